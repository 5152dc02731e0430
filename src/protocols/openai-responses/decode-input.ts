// The flat list of items to turns: leading system messages apart, results of tools first in a user's turn,
// whatever a model said or did in one turn of the assistant.
import type {
  Block,
  Message,
  ReasoningBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../canonical/blocks.ts';
import { type Fields, wrongType, wrongValue } from '../../canonical/fields.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeContent, textsOf } from './decode-parts.ts';
import { MORE_TOOLS } from './decode-tools.ts';
import { pointers, refuseUnknown, toolItems, toolOutputs } from './item-kinds.ts';
import { flatName } from './namespaces.ts';
import { DIALECT, readForeign, VENDOR } from './origin.ts';

export interface Turns {
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
}

interface Turn {
  readonly role: Message['role'];
  readonly blocks: Block[];
  /** Holds tool results and takes more: further results, then a user's message. */
  open: boolean;
}

const roles = ['user', 'assistant', 'system', 'developer'];

export function decodeInput(body: Fields): Turns {
  const input = body.get('input');
  if (input === undefined) return { system: [], messages: [] };
  if (typeof input === 'string') {
    const blocks: Block[] = input === '' ? [] : [{ type: 'text', text: input }];
    return { system: [], messages: blocks.length === 0 ? [] : [{ role: 'user', blocks }] };
  }
  if (!isArray(input)) throw wrongType('input', 'a string or a list of items', input);
  const reader = new TurnReader(body.get('store') === false);
  for (const [at, item] of (body.objects('input') ?? []).entries()) reader.read(item, at);
  return {
    system: reader.system,
    messages: reader.turns.map(({ role, blocks }) => ({ role, blocks })),
  };
}

class TurnReader {
  readonly system: Block[] = [];
  readonly turns: Turn[] = [];
  /** Nothing was stored: what only points to a stored item points nowhere. */
  readonly #unstored: boolean;

  constructor(unstored: boolean) {
    this.#unstored = unstored;
  }

  read(item: Fields, at: number): void {
    const type = typeOf(item);
    switch (type) {
      case 'message':
        this.#message(item, at);
        break;
      case 'function_call':
        this.#assistant().push(decodeCallItem(item, 'arguments'));
        break;
      case 'custom_tool_call':
        this.#assistant().push(decodeCallItem(item, 'input'));
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
        this.#result(decodeOutput(item));
        break;
      case 'reasoning':
        this.#reasoning(item);
        break;
      case MORE_TOOLS:
        // They are among the call's tools.
        break;
      default:
        this.#other(item, type);
    }
  }

  #message(item: Fields, at: number): void {
    const role = item.requireString('role');
    const blocks = decodeContent(item);
    switch (role) {
      case 'system':
      case 'developer': {
        const traced = blocks.map((block) => withTrace(block, { role }));
        if (this.turns.length === 0) this.system.push(...traced);
        else this.#add('system', traced);
        break;
      }
      case 'assistant': {
        const trace = { item: at, ...item.rest(inMessage) };
        if (this.#hasSpoken()) this.#add('assistant', []);
        this.#assistant().push(...blocks.map((block) => withTrace(block, trace)));
        break;
      }
      case 'user':
        this.#user(blocks);
        break;
      default:
        throw wrongValue(item.at('role'), role, roles);
    }
  }

  #user(blocks: readonly Block[]): void {
    const last = this.turns.at(-1);
    if (last?.open === true) {
      last.blocks.push(...blocks);
      last.open = false;
    } else this.#add('user', [...blocks]);
  }

  #result(result: ToolResultBlock): void {
    const last = this.turns.at(-1);
    if (last?.open === true) last.blocks.push(result);
    else this.#add('user', [result]).open = true;
  }

  #assistant(): Block[] {
    const last = this.turns.at(-1);
    return last?.role === 'assistant' ? last.blocks : this.#add('assistant', []).blocks;
  }

  /** Another message is another turn, but for calls: nothing may come between them and their results. */
  #hasSpoken(): boolean {
    const last = this.turns.at(-1);
    if (last?.role !== 'assistant' || last.blocks.some((block) => block.type === 'tool_call')) return false;
    return last.blocks.some((block) => block.type === 'text' || block.type === 'refusal');
  }

  #reasoning(item: Fields): void {
    const encrypted = item.string('encrypted_content') ?? '';
    const foreign = readForeign(encrypted);
    if (foreign?.kind === 'call') {
      this.#sealCall(foreign.callId, foreign.sealed);
      return;
    }
    const text = textsOf(item, 'content') || textsOf(item, 'summary');
    if (text === '' && encrypted === '' && this.#unstored) return;
    const sealed = foreign?.sealed ?? (encrypted === '' ? undefined : { origin: VENDOR, value: encrypted });
    const redacted =
      sealed !== undefined && (foreign === undefined ? text === '' : foreign.kind === 'redacted');
    const block = given<ReasoningBlock>({
      type: 'reasoning',
      text,
      sealed,
      redacted: redacted ? true : undefined,
      trace: item.rest(inReasoning),
    });
    this.#assistant().push(block);
  }

  #sealCall(id: string, sealed: NonNullable<ToolCallBlock['sealed']>): void {
    const blocks = this.#assistant();
    const at = blocks.findIndex((block) => block.type === 'tool_call' && block.id === id);
    const call = blocks[at];
    if (call?.type === 'tool_call') blocks[at] = { ...call, sealed };
  }

  /** Items of the vendor's own tools. */
  #other(item: Fields, type: string): void {
    const call = toolItems.get(type);
    const output = toolOutputs.get(type);
    if (call !== undefined) this.#assistant().push(call(item));
    else if (output !== undefined) this.#result(output(item));
    else if (pointers.has(type)) this.#user([{ type: 'raw', origin: DIALECT, value: item.value }]);
    else {
      refuseUnknown(item, type);
      const raw: Block = { type: 'raw', origin: DIALECT, value: item.value, spare: true };
      if (type.endsWith('_output') || type.endsWith('_response')) this.#user([raw]);
      else this.#assistant().push(raw);
    }
  }

  #add(role: Message['role'], blocks: Block[]): Turn {
    const turn: Turn = { role, blocks, open: false };
    this.turns.push(turn);
    return turn;
  }
}

const inMessage = new Set(['type', 'role', 'content']);
const inReasoning = new Set(['type', 'encrypted_content']);
const inCall = new Set(['type', 'call_id', 'arguments', 'input']);
const inOutput = new Set(['call_id', 'output']);

/** Messages and references may leave their type out. */
function typeOf(item: Fields): string {
  const type = item.string('type');
  if (type !== undefined) return type;
  return item.has('role') || !item.has('id') ? 'message' : 'item_reference';
}

function withTrace(block: Block, trace: JsonObject): Block {
  if (block.type === 'audio' || block.type === 'raw') return block;
  return { ...block, trace: { ...block.trace, ...trace } };
}

function decodeCallItem(item: Fields, field: 'arguments' | 'input'): ToolCallBlock {
  const namespace = item.string('namespace');
  const name = item.requireString('name');
  return given<ToolCallBlock>({
    type: 'tool_call',
    id: item.requireString('call_id'),
    name: namespace === undefined ? name : flatName(namespace, name),
    input: field === 'input' ? (item.string('input') ?? '') : argumentsOf(item),
    custom: field === 'input' ? true : undefined,
    sealed: undefined,
    cache: undefined,
    extras: undefined,
    trace: item.rest(inCall),
  });
}

/** No arguments at all are sent as "" as often as "{}"; only the latter is JSON. */
function argumentsOf(item: Fields): string {
  const value = item.get('arguments');
  if (isObject(value)) return JSON.stringify(value);
  const text = item.string('arguments') ?? '';
  return text.trim() === '' ? '{}' : text;
}

function decodeOutput(item: Fields): ToolResultBlock {
  const output: Json | undefined = item.get('output');
  return given<ToolResultBlock>({
    type: 'tool_result',
    callId: item.requireString('call_id'),
    content: isObject(output)
      ? [{ type: 'text', text: JSON.stringify(output) }]
      : decodeContent(item, 'output'),
    isError: undefined,
    cache: undefined,
    extras: undefined,
    trace: item.rest(inOutput),
  });
}
