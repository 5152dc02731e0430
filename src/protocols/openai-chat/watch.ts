// Reads along with a Chat reply. Most reads are plain content: a few searches say so, and the bytes go
// on untouched. Everything else (prelude, usage, finish, error, end) is parsed, once per stream or so.
import { asArray, asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Watcher, WatchOutput } from '../../canonical/protocol.ts';
import type { Usage } from '../../canonical/usage.ts';
import {
  type BodyOutline,
  type BodyVerdict,
  BodyWatcher,
  type EventReader,
  type EventVerdict,
  garbled,
  StreamWatcher,
} from '../../canonical/watchers.ts';
import { decodeInBandError } from './errors.ts';
import { decodeUsage } from './usage.ts';

export function watchChat(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new StreamWatcher(new ChatReader(), output) : new BodyWatcher(judgeBody, output);
}

class ChatReader implements EventReader {
  usage: Usage | undefined = undefined;
  started = false;
  finished = false;
  readonly closing: Buffer = Buffer.from('data: [DONE]\n\n');

  isEnd(data: string): boolean {
    return data.trim() === '[DONE]';
  }

  /** Inside JSON strings quotes are escaped, so these patterns only match real keys. */
  isPlain(bytes: Buffer): boolean {
    const text = bytes.toString('latin1');
    return (
      text.startsWith('data: {') &&
      text.endsWith('}\n\n') &&
      !states(text, '"finish_reason"') &&
      !states(text, '"usage"') &&
      !states(text, '"error"')
    );
  }

  read(chunk: JsonObject): EventVerdict {
    if (isError(chunk.error)) return decodeInBandError(chunk.error);
    const usage = decodeUsage(chunk.usage);
    if (usage !== undefined) this.usage = usage;
    const choices = asArray(chunk.choices) ?? [];
    if (choices.length === 0 && usage !== undefined) return 'usage';
    for (const choice of choices) this.#readChoice(asObject(choice));
    return this.started ? 'content' : 'prelude';
  }

  #readChoice(choice: JsonObject | undefined): void {
    if (typeof choice?.finish_reason === 'string' && choice.finish_reason !== '') this.finished = true;
    if (this.finished || hasContent(asObject(choice?.delta))) this.started = true;
  }
}

const SPACE = 0x20;
const COLON = 0x3a;

/** `"usage":null` stands in every chunk once usage was asked for; only a value counts. */
function states(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at)) {
    at += key.length;
    // Some upstreams write a space behind the colon, and before it.
    while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === COLON) at += 1;
    if (!text.startsWith('null', at)) return true;
  }
  return false;
}

function hasContent(delta: JsonObject | undefined): boolean {
  if (delta === undefined) return false;
  for (const [name, value] of Object.entries(delta)) {
    if (name === 'role' || value === null || value === undefined || value === '') continue;
    if (!Array.isArray(value) || value.length > 0) return true;
  }
  return false;
}

function judgeBody(body: BodyOutline): BodyVerdict {
  const error = body.has('error') ? body.value('error') : undefined;
  if (isError(error)) return decodeInBandError(error);
  if (!body.has('choices')) return garbled('its body has no choices');
  return { usage: decodeUsage(body.value('usage')) };
}

function isError(value: Json | undefined): value is Json {
  return asObject(value) !== undefined || (typeof value === 'string' && value !== '');
}
