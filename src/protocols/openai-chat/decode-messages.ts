// Chat's flat list of messages to turns: leading system messages apart, tool messages gathered as the
// first blocks of one user turn, whatever comes later in place.
import type { Block, Message, ToolCallBlock, ToolResultBlock } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { type Fields, wrongValue } from '../../canonical/fields.ts';
import { isArray, type Json, type JsonObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { inputText, readThoughtSignature } from './call-reader.ts';
import { decodeContent } from './decode-parts.ts';
import { origin } from './reply-parts.ts';
import { plainFields, readThinking } from './thinking.ts';

export interface Turns {
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
  /** Fields of messages that turns have no place for, by their paths. */
  readonly extras: JsonObject;
}

interface Turn {
  readonly role: Message['role'];
  readonly blocks: Block[];
  readonly name: string | undefined;
  /** Holds tool results and takes more: from tool messages, then from a user message. */
  open: boolean;
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];

export function decodeMessages(messages: readonly Fields[]): Turns {
  const reader = new TurnReader();
  for (const message of messages) reader.read(message);
  return {
    system: reader.system,
    extras: reader.extras,
    messages: reader.turns.map(({ role, blocks, name }) => given<Message>({ role, blocks, name })),
  };
}

class TurnReader {
  readonly system: Block[] = [];
  readonly turns: Turn[] = [];
  readonly extras: Record<string, Json> = {};
  /** Ids made for legacy function calls, by function name: their results come without one. */
  readonly #legacy = new Map<string, string>();
  #legacyCount = 0;

  read(message: Fields): void {
    const role = message.requireString('role');
    switch (role) {
      case 'system':
      case 'developer':
        this.#system(message);
        break;
      case 'user':
        this.#user(message);
        break;
      case 'assistant':
        this.#assistant(message);
        break;
      case 'tool':
        this.#result(message, message.requireString('tool_call_id'));
        break;
      case 'function':
        this.#result(message, this.#legacyId(message));
        break;
      default:
        throw wrongValue(message.at('role'), role, roles);
    }
  }

  #system(message: Fields): void {
    const blocks = decodeContent(message);
    if (this.turns.length === 0) this.system.push(...blocks);
    else this.#add('system', blocks, message.string('name'));
    this.#keep(message, this.turns.length === 0 ? unnamed : inMessage);
  }

  #keep(message: Fields, known: ReadonlySet<string>): void {
    for (const [name, value] of Object.entries(message.rest(known) ?? {})) {
      const says = value !== undefined && !(isArray(value) && value.length === 0);
      if (says) this.extras[message.at(name)] = value;
    }
  }

  #user(message: Fields): void {
    const blocks = decodeContent(message);
    const name = message.string('name');
    this.#keep(message, inMessage);
    const last = this.turns.at(-1);
    if (last?.open === true && name === undefined) {
      last.blocks.push(...blocks);
      last.open = false;
    } else this.#add('user', blocks, name);
  }

  #result(message: Fields, callId: string): void {
    const result = given<ToolResultBlock>({
      type: 'tool_result',
      callId,
      content: decodeContent(message),
      extras: message.rest(message.get('role') === 'tool' ? inResult : inLegacyResult),
    });
    const last = this.turns.at(-1);
    if (last?.open === true) last.blocks.push(result);
    else this.#add('user', [result], undefined).open = true;
  }

  #assistant(message: Fields): void {
    const blocks: Block[] = readThinking(message.value).map(({ text, sealed, redacted }) =>
      redacted === undefined
        ? given<Extract<Block, { type: 'reasoning' }>>({ type: 'reasoning', text, sealed })
        : { type: 'reasoning', text, sealed: redacted, redacted: true },
    );
    blocks.push(...decodeContent(message));
    const refusal = message.string('refusal');
    if (refusal !== undefined && refusal !== '') blocks.push({ type: 'refusal', text: refusal });
    const audio = message.object('audio');
    if (audio !== undefined) blocks.push({ type: 'raw', origin, value: { audio: audio.value } });
    for (const call of message.objects('tool_calls') ?? []) blocks.push(decodeCallBlock(call));
    const legacy = message.object('function_call');
    if (legacy !== undefined) blocks.push(this.#legacyCall(legacy));
    this.#add('assistant', blocks, message.string('name'));
    this.#keep(message, inAssistant);
  }

  #legacyCall(call: Fields): ToolCallBlock {
    const name = call.requireString('name');
    const id = `call_function_${this.#legacyCount}`;
    this.#legacyCount += 1;
    this.#legacy.set(name, id);
    return { type: 'tool_call', id, name, input: callInput(call, 'arguments') };
  }

  #legacyId(message: Fields): string {
    const name = message.requireString('name');
    const id = this.#legacy.get(name);
    if (id !== undefined) return id;
    throw new GatewayError(
      'bad_request',
      `\`${message.at('name')}\` is "${name}", a function nobody has called before.`,
      {
        param: message.at('name'),
        remedy: 'Put the assistant message with that `function_call` before it.',
      },
    );
  }

  #add(role: Message['role'], blocks: Block[], name: string | undefined): Turn {
    const turn: Turn = { role, blocks, name, open: false };
    this.turns.push(turn);
    return turn;
  }
}

/** `index` is left over from the stream a client built its history of. */
const inCall = new Set(['id', 'type', 'index', 'function', 'custom', 'extra_content']);
const inResult = new Set(['role', 'content', 'tool_call_id']);
/** Here the name is the call's id. */
const inLegacyResult = new Set([...inResult, 'name']);
const unnamed = new Set(['role', 'content']);
const inMessage = new Set([...unnamed, 'name']);
const inAssistant = new Set([
  ...inMessage,
  ...plainFields,
  'thinking_blocks',
  'refusal',
  'audio',
  'tool_calls',
  'function_call',
]);
const inFunction = new Set(['name', 'arguments']);
const inCustom = new Set(['name', 'input']);

function decodeCallBlock(call: Fields): ToolCallBlock {
  const id = call.requireString('id');
  const custom = call.object('custom');
  const called = custom ?? call.requireObject('function');
  return given<ToolCallBlock>({
    type: 'tool_call',
    id,
    name: called.requireString('name'),
    input: custom === undefined ? callInput(called, 'arguments') : (custom.string('input') ?? ''),
    custom: custom === undefined ? undefined : true,
    sealed: readThoughtSignature(call.value),
    extras: call.restWithin(
      inCall,
      custom === undefined ? 'function' : 'custom',
      custom === undefined ? inFunction : inCustom,
    ),
  });
}

/** No arguments at all are sent as "" as often as "{}"; only the latter is JSON. */
function callInput(called: Fields, field: string): string {
  const text = inputText(called.get(field));
  return text.trim() === '' ? '{}' : text;
}
