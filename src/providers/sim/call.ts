// A call as the simulator understands it, whichever dialect it came in.
import { GatewayError } from '../../canonical/errors.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type Json,
  type JsonObject,
} from '../../canonical/json.ts';
import { countPieces } from './pieces.ts';

export type Dialect = 'chat' | 'messages';

export interface SimTool {
  readonly name: string;
  readonly schema: JsonObject;
}

/** `names` are the tools a forced or restricted choice leaves; undefined leaves all. */
export interface SimChoice {
  readonly mode: 'auto' | 'none' | 'required';
  readonly names: readonly string[] | undefined;
}

export interface SimCall {
  readonly dialect: Dialect;
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly maxTokens: number | undefined;
  readonly stop: readonly string[];
  readonly n: number;
  /** Undefined: prose. An empty schema asks for any JSON object. */
  readonly schema: JsonObject | undefined;
  readonly tools: readonly SimTool[];
  readonly choice: SimChoice;
  readonly parallel: boolean;
  /** Sentences of reasoning; 0 for none. `thinkingBudget` bounds its tokens. */
  readonly thoughts: number;
  readonly thinkingBudget: number | undefined;
  readonly prompt: Prompt;
}

export interface Prompt {
  readonly tokens: number;
  readonly images: number;
  /** Text of the last user message that has any. */
  readonly lastUser: string;
  /** Tool results that nobody has answered yet. */
  readonly results: readonly string[];
}

const PER_MESSAGE = 3;
/** Pictures and files cost a flat sum: what counts is that the sum is the same each time. */
export const PER_MEDIUM = 85;

/** Reads a conversation along and keeps what the simulator needs of it. */
export class PromptReader {
  #tokens = 0;
  #images = 0;
  #lastUser = '';
  #results: string[] = [];

  message(): void {
    this.#tokens += PER_MESSAGE;
  }

  text(text: string): void {
    this.#tokens += countPieces(text);
  }

  json(value: Json | undefined): void {
    if (value !== undefined) this.text(JSON.stringify(value));
  }

  medium(isImage: boolean): void {
    this.#tokens += PER_MEDIUM;
    if (isImage) this.#images += 1;
  }

  result(text: string): void {
    this.#results.push(text);
  }

  /** Somebody has spoken since: the results are answered. */
  answered(): void {
    this.#results = [];
  }

  user(text: string): void {
    if (text !== '') this.#lastUser = text;
  }

  done(): Prompt {
    return {
      tokens: this.#tokens,
      images: this.#images,
      lastUser: this.#lastUser,
      results: this.#results,
    };
  }
}

export function modelIn(body: JsonObject): string {
  const model = asString(body['model']);
  if (model === undefined || model === '') throw wrong('model', 'must be the name of a model');
  return model;
}

export function messagesIn(body: JsonObject): readonly JsonObject[] {
  const messages = asArray(body['messages']);
  if (messages === undefined || messages.length === 0) {
    throw wrong('messages', 'must be a list with at least one message');
  }
  return messages.map((message, i) => {
    if (!isObject(message)) throw wrong(`messages[${i}]`, 'must be an object');
    return message;
  });
}

/** A string as one text part, a list as its objects. */
export function partsIn(content: Json | undefined): readonly JsonObject[] {
  const text = asString(content);
  if (text !== undefined) return [{ type: 'text', text }];
  return (asArray(content) ?? []).filter(isObject);
}

export function textOfParts(parts: readonly JsonObject[]): string {
  return parts
    .filter((part) => part['type'] === 'text')
    .map((part) => asString(part['text']) ?? '')
    .join('\n');
}

export function countIn(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  const count = asNumber(value);
  if (count === undefined || !Number.isInteger(count) || count < 1) {
    throw wrong(field, 'must be a whole number of at least 1');
  }
  return count;
}

export function stopsIn(value: Json | undefined): readonly string[] {
  const one = asString(value);
  const list = one === undefined ? (asArray(value) ?? []) : [one];
  return list.filter((stop) => typeof stop === 'string').filter((stop) => stop !== '');
}

export function toolOf(name: Json | undefined, schema: Json | undefined): readonly SimTool[] {
  const text = asString(name);
  return text === undefined || text === '' ? [] : [{ name: text, schema: asObject(schema) ?? {} }];
}

export function wrong(param: string, what: string): GatewayError {
  return new GatewayError('bad_request', `${param} ${what}.`, { param });
}
