// Contents to turns. Calls and results belong together by their ids; where clients leave these out, as the
// dialect allows, ids are made and results find their calls by name and order.
import type { Block, Message, ReasoningBlock, TextBlock, ToolResultBlock } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { missing, wrongValue } from '../../canonical/fields.ts';
import { asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { hexDigest } from '../../lib/digest.ts';
import { given } from '../../lib/given.ts';
import { decodeData, decodeFile } from './decode-media.ts';
import { Fields, wrongType } from './fields.ts';
import { DIALECT, VENDOR } from './origin.ts';
import { dataIn } from './response-data.ts';

const ID_DIGITS = 24;

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly idMade: boolean;
}

export function decodeContents(body: Fields): Message[] {
  const contents = body.objects('contents');
  if (contents === undefined || contents.length === 0) {
    const what = contents === undefined ? 'is missing' : 'is empty';
    throw new GatewayError('bad_request', `\`${body.at('contents')}\` ${what}.`, {
      param: body.at('contents'),
      remedy: 'Send at least one content.',
    });
  }
  const reader = new ContentReader();
  return contents.map((content) => reader.read(content));
}

/** The prompt before the conversation: a content, or just its text. */
export function decodeSystem(body: Fields): Block[] {
  const value = body.get('systemInstruction');
  if (value === undefined) return [];
  if (typeof value === 'string') return value === '' ? [] : [{ type: 'text', text: value }];
  const content = new Fields(objectAt(value, body.at('systemInstruction')), body.at('systemInstruction'));
  const parts = content.objects('parts') ?? (content.has('text') ? [content] : []);
  const reader = new ContentReader();
  return parts.map((part) => reader.part(part)).filter((block) => !isEmpty(block));
}

function objectAt(value: Json, path: string): JsonObject {
  if (isObject(value)) return value;
  throw wrongType(path, 'an object', value);
}

class ContentReader {
  /** Calls without results, in order. */
  readonly #asked: Asked[] = [];
  #calls = 0;

  read(content: Fields): Message {
    const word = content.string('role')?.toLowerCase() ?? 'user';
    const role = word === 'model' ? 'assistant' : 'user';
    if (word !== 'model' && word !== 'user' && word !== 'function') {
      throw wrongValue(content.at('role'), word, ['user', 'model']);
    }
    const parts = content.objects('parts') ?? missing(content.at('parts'), 'a list of parts');
    const blocks = parts.map((part) => this.part(part)).filter((block) => !isEmpty(block));
    const results = blocks.filter((block) => block.type === 'tool_result');
    if (results.length === 0) return { role, blocks };
    return { role, blocks: [...results, ...blocks.filter((block) => block.type !== 'tool_result')] };
  }

  part(part: Fields): Block {
    const call = part.object('functionCall');
    if (call !== undefined) return this.#call(call, part);
    const result = part.object('functionResponse');
    if (result !== undefined) return this.#result(result, part);
    const data = part.object('inlineData');
    if (data !== undefined) return decodeData(data, part, part.rest(IN_MEDIA));
    const file = part.object('fileData');
    if (file !== undefined) return decodeFile(file, part, part.rest(IN_MEDIA));
    if (part.has('text') || part.has('thoughtSignature')) return decodeText(part);
    if (Object.keys(part.value).length > 0) return { type: 'raw', origin: DIALECT, value: part.value };
    throw new GatewayError('bad_request', `\`${part.path}\` holds nothing.`, {
      param: part.path,
      remedy: 'Send a text, inlineData, fileData, functionCall or functionResponse there.',
    });
  }

  #call(call: Fields, part: Fields): Block {
    const name = call.requireString('name');
    const args = call.object('args')?.value ?? {};
    const own = call.string('id') ?? '';
    const input = JSON.stringify(args);
    const id = own === '' ? this.#makeId(name, input) : own;
    this.#asked.push({ id, name, idMade: own === '' });
    this.#calls += 1;
    const signature = part.string('thoughtSignature') ?? '';
    return given<Extract<Block, { type: 'tool_call' }>>({
      type: 'tool_call',
      id,
      name,
      input,
      custom: undefined,
      sealed: signature === '' ? undefined : { origin: VENDOR, value: signature },
      cache: undefined,
      extras: merged(part.rest(IN_CALL_PART), 'functionCall', call.rest(IN_CALL)),
    });
  }

  /** The same call in the same place always has the same one: prompts stay cacheable. */
  #makeId(name: string, input: string): string {
    return `call_${hexDigest(`${this.#calls}/${name}/${input}`).slice(0, ID_DIGITS)}`;
  }

  #result(result: Fields, part: Fields): Block {
    const response = result.object('response')?.value ?? {};
    const { texts, isError, exact } = readResponse(response);
    const inner = result.objects('parts') ?? [];
    const content: Block[] = [...texts, ...inner.map((item) => this.part(item))];
    const extras = merged(part.rest(IN_RESULT_PART), 'functionResponse', {
      ...result.rest(IN_RESULT),
      ...(exact ? {} : { response }),
    });
    return given<ToolResultBlock>({
      type: 'tool_result',
      callId: this.#answered(result),
      content,
      isError,
      cache: undefined,
      extras,
    });
  }

  #answered(result: Fields): string {
    const id = result.string('id') ?? '';
    const name = result.string('name') ?? '';
    const at = this.#placeOf(id, name);
    const asked = this.#asked[at];
    if (asked !== undefined) this.#asked.splice(at, 1);
    if (asked !== undefined) return asked.id;
    if (id !== '') return id;
    throw new GatewayError(
      'bad_request',
      `\`${result.path}\` answers "${name}", a function that nobody has called before.`,
      { param: result.path, remedy: 'Put the content with that functionCall before it.' },
    );
  }

  #placeOf(id: string, name: string): number {
    const same = this.#asked.findIndex((asked) => asked.id === id);
    if (same >= 0) return same;
    const open = this.#asked.findIndex((asked) => asked.name === name && (id === '' || asked.idMade));
    return open < 0 && id === '' && name === '' ? 0 : open;
  }
}

const IN_TEXT = new Set(['text']);
const IN_THOUGHT = new Set(['text', 'thought', 'thoughtSignature']);
const IN_MEDIA = new Set(['inlineData', 'fileData']);
const IN_CALL_PART = new Set(['functionCall', 'thoughtSignature']);
const IN_CALL = new Set(['id', 'name', 'args']);
const IN_RESULT_PART = new Set(['functionResponse']);
const IN_RESULT = new Set(['id', 'name', 'response', 'parts']);

function decodeText(part: Fields): Block {
  const text = part.string('text') ?? '';
  if (part.boolean('thought') !== true) {
    return given<TextBlock>({ type: 'text', text, cache: undefined, extras: part.rest(IN_TEXT) });
  }
  if (part.rest(IN_THOUGHT) !== undefined) return { type: 'raw', origin: DIALECT, value: part.value };
  const signature = part.string('thoughtSignature') ?? '';
  return given<ReasoningBlock>({
    type: 'reasoning',
    text,
    sealed: signature === '' ? undefined : { origin: VENDOR, value: signature },
    redacted: undefined,
  });
}

interface Response {
  readonly texts: readonly TextBlock[];
  readonly isError: boolean | undefined;
  /** The words say all of it, also whether they are words or data. */
  readonly exact: boolean;
}

/** `{output: "…"}` and `{error: "…"}` are how clients wrap words; anything else is data. */
function readResponse(response: JsonObject): Response {
  const names = Object.keys(response);
  const [name] = names;
  const lone = names.length === 1 && name !== undefined ? asString(response[name]) : undefined;
  const isError = name === 'error' && names.length === 1 ? true : undefined;
  if (lone !== undefined && (name === 'output' || name === 'error')) {
    return { texts: textOf(lone), isError, exact: dataIn(lone) === undefined };
  }
  if (names.length === 0) return { texts: [], isError: undefined, exact: true };
  return { texts: textOf(JSON.stringify(response)), isError, exact: true };
}

function textOf(text: string): readonly TextBlock[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function isEmpty(block: Block): boolean {
  return block.type === 'text' && block.text === '' && block.extras === undefined;
}

function merged(
  outer: JsonObject | undefined,
  name: string,
  inner: JsonObject | undefined,
): JsonObject | undefined {
  if (inner === undefined || Object.keys(inner).length === 0) return outer;
  return { ...outer, [name]: inner };
}
