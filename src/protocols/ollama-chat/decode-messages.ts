// Ollama's flat list of messages to turns: leading system messages apart, tool messages gathered as the first
// blocks of one user turn. Calls here have ids at times, and results name their call by id, by tool, or not at all.
import type { Block, ImageBlock, Message, ToolCallBlock, ToolResultBlock } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { type Fields, wrongType, wrongValue } from '../../canonical/fields.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { parseDataUrl } from '../../lib/data-url.ts';
import { given } from '../../lib/given.ts';
import { mediaTypeOf } from './image-beginnings.ts';

export interface Turns {
  readonly system: readonly Block[];
  readonly messages: readonly Message[];
  /** Fields of messages that turns have no place for, by their paths. */
  readonly extras: JsonObject;
}

interface Turn {
  readonly role: Message['role'];
  readonly blocks: Block[];
  /** Holds tool results and takes more: from tool messages, then from a user message. */
  open: boolean;
}

interface Pending {
  readonly id: string;
  readonly name: string;
}

const roles = ['system', 'user', 'assistant', 'tool'];

/** No messages at all are a wish to have the model loaded. */
export function decodeMessages(body: Fields): Turns {
  const reader = new TurnReader();
  for (const message of body.objects('messages') ?? []) reader.read(message);
  return {
    system: reader.system,
    extras: reader.extras,
    messages: reader.turns.map(({ role, blocks }) => ({ role, blocks })),
  };
}

const inMessage = new Set(['role', 'content', 'images']);
const inAssistant = new Set([...inMessage, 'thinking', 'tool_calls']);
const inTool = new Set([...inMessage, 'tool_name', 'tool_call_id', 'name']);

class TurnReader {
  readonly system: Block[] = [];
  readonly turns: Turn[] = [];
  readonly extras: Record<string, Json> = {};
  /** Calls whose results are still to come. */
  #pending: Pending[] = [];
  #made = 0;

  read(message: Fields): void {
    // Go takes `User` for `user`.
    const role = message.requireString('role').toLowerCase();
    switch (role) {
      case 'system':
        if (this.turns.length === 0) this.system.push(...decodeContent(message));
        else this.#add('system', decodeContent(message));
        break;
      case 'user':
        this.#user(decodeContent(message));
        break;
      case 'assistant':
        this.#assistant(message);
        break;
      case 'tool':
        this.#result(message);
        break;
      default:
        throw wrongValue(message.at('role'), role, roles);
    }
    this.#keep(message, role === 'assistant' ? inAssistant : role === 'tool' ? inTool : inMessage);
  }

  #user(blocks: readonly Block[]): void {
    const last = this.turns.at(-1);
    if (last?.open === true) {
      last.blocks.push(...blocks);
      last.open = false;
    } else this.#add('user', [...blocks]);
  }

  #assistant(message: Fields): void {
    const blocks: Block[] = [];
    const thinking = message.string('thinking') ?? '';
    if (thinking !== '') blocks.push({ type: 'reasoning', text: thinking });
    blocks.push(...decodeContent(message));
    this.#pending = [];
    for (const call of message.objects('tool_calls') ?? []) {
      const block = decodeToolCall(call, () => this.#makeId());
      this.#pending.push({ id: block.id, name: block.name });
      blocks.push(block);
    }
    this.#add('assistant', blocks);
  }

  #result(message: Fields): void {
    const result = given<ToolResultBlock>({
      type: 'tool_result',
      callId: this.#answered(message),
      content: decodeContent(message),
    });
    const last = this.turns.at(-1);
    if (last?.open === true) last.blocks.push(result);
    else this.#add('user', [result]).open = true;
  }

  /** The call a result is for: named by id or by tool, else the first that waits. */
  #answered(message: Fields): string {
    const id = message.string('tool_call_id') ?? '';
    const name = message.string('tool_name') ?? message.string('name') ?? '';
    let at = this.#pending.findIndex((call) => id !== '' && call.id === id);
    if (at < 0) at = this.#pending.findIndex((call) => name !== '' && call.name === name);
    if (at < 0 && id === '') at = this.#pending.length === 0 ? -1 : 0;
    const call = at < 0 ? undefined : this.#pending.splice(at, 1)[0];
    if (call !== undefined) return call.id;
    return id === '' ? this.#makeId() : id;
  }

  /** The same call gets the same id in every turn, so that prompts stay cacheable. */
  #makeId(): string {
    this.#made += 1;
    return `call_${this.#made}`;
  }

  #keep(message: Fields, known: ReadonlySet<string>): void {
    for (const [name, value] of Object.entries(message.rest(known) ?? {})) {
      const says = value !== undefined && value !== '' && !(isArray(value) && value.length === 0);
      if (says) this.extras[message.at(name)] = value;
    }
  }

  #add(role: Message['role'], blocks: Block[]): Turn {
    const turn: Turn = { role, blocks, open: false };
    this.turns.push(turn);
    return turn;
  }
}

/** Text is a string here and nothing else; pictures stand before it, as its templates put them. */
function decodeContent(message: Fields): Block[] {
  const blocks: Block[] = decodeImages(message);
  const content = message.string('content') ?? '';
  if (content !== '') blocks.push({ type: 'text', text: content });
  return blocks;
}

const BASE64_END = /^[A-Za-z0-9+/]*={0,2}$/;
const LOOKED_AT = 64;

export function decodeImages(holder: Fields): ImageBlock[] {
  const images = holder.get('images');
  if (images === undefined) return [];
  if (!isArray(images)) throw wrongType(holder.at('images'), 'a list of base64 strings', images);
  return images.map((image, at) => decodeImage(image, `${holder.at('images')}[${at}]`));
}

/** Ollama takes bare base64; clients that send a whole data URL mean the same. */
function decodeImage(image: Json, path: string): ImageBlock {
  if (typeof image !== 'string') throw wrongType(path, 'a base64 string', image);
  const url = parseDataUrl(image);
  if (url !== undefined && url !== 'broken') return { type: 'image', source: { kind: 'base64', ...url } };
  if (image === '' || !BASE64_END.test(image.slice(-LOOKED_AT)) || !BASE64_END.test(image.slice(0, 4))) {
    throw new GatewayError('bad_request', `\`${path}\` is not base64.`, {
      param: path,
      remedy: 'Send the bytes of the picture, encoded as base64; URLs are not fetched.',
    });
  }
  return { type: 'image', source: { kind: 'base64', mediaType: mediaTypeOf(image), data: image } };
}

const inCall = new Set(['id', 'type', 'function']);
const inFunction = new Set(['name', 'arguments', 'index']);

function decodeToolCall(call: Fields, makeId: () => string): ToolCallBlock {
  const called = call.requireObject('function');
  const id = call.string('id') ?? '';
  return given<ToolCallBlock>({
    type: 'tool_call',
    id: id === '' ? makeId() : id,
    name: called.requireString('name'),
    input: decodeArguments(called),
    custom: undefined,
    cache: undefined,
    sealed: undefined,
    extras: call.restWithin(inCall, 'function', inFunction),
  });
}

/** An object; the text of one, as OpenAI's clients have it, says the same. */
function decodeArguments(called: Fields): string {
  const value = called.get('arguments');
  if (value === undefined || value === '') return '{}';
  if (isObject(value)) return JSON.stringify(value);
  if (typeof value === 'string' && isObjectText(value)) return value;
  throw wrongType(called.at('arguments'), 'an object', value);
}

function isObjectText(text: string): boolean {
  try {
    return isObject(JSON.parse(text) as Json);
  } catch {
    return false;
  }
}
