// Reads along with a Chat reply. Most reads are plain content: a few searches say so, and the bytes go
// on untouched. Everything else (prelude, usage, finish, error, end) is parsed, once per stream or so.

import type { GatewayError } from '../../canonical/errors.ts';
import { asArray, asObject, asString, type JsonObject } from '../../canonical/json.ts';
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
import { afterQuoted, defineQuoted, type Quoted } from '../../lib/quoted.ts';
import { inBandError } from './errors.ts';
import { brokenOff } from './stop-reasons.ts';
import { usageIn } from './usage.ts';

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
  isPlain(text: string): boolean {
    return (
      text.startsWith('data: {') &&
      text.endsWith('}\n\n') &&
      !states(text, FINISH_REASON) &&
      !states(text, USAGE) &&
      !states(text, ERROR)
    );
  }

  read(chunk: JsonObject): EventVerdict {
    const error = inBandError(chunk);
    if (error !== undefined) return error;
    const stated = usageIn(chunk);
    if (stated !== undefined) this.usage = stated.usage;
    const choices = asArray(chunk.choices) ?? [];
    if (choices.length === 0 && stated !== undefined) return 'usage';
    for (const choice of choices) {
      const failure = this.#readChoice(asObject(choice) ?? {});
      if (failure !== undefined) return failure;
    }
    return this.started ? 'content' : 'prelude';
  }

  #readChoice(choice: JsonObject): GatewayError | undefined {
    const word = asString(choice.finish_reason) ?? '';
    if (word !== '') this.finished = true;
    // Some engines stream whole messages; completions stream bare text.
    const text = asString(choice.text) ?? '';
    const said = text !== '' || hasContent(asObject(choice.delta) ?? asObject(choice.message));
    if (this.finished || said) this.started = true;
    return brokenOff(word);
  }
}

const SPACE = 0x20;
const COLON = 0x3a;

const FINISH_REASON = defineQuoted('finish_reason');
const USAGE = defineQuoted('usage');
const ERROR = defineQuoted('error', 1);

/** `"usage":null` stands in every chunk once usage was asked for; only a value counts. */
function states(text: string, key: Quoted): boolean {
  for (let at = afterQuoted(text, key); at >= 0; at = afterQuoted(text, key, at)) {
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

/** Fields that settle whether the body is an answer; the rest of it is not parsed. */
const telling = ['object', 'error', 'choices', 'usage', 'x_groq', 'message', 'type', 'code'] as const;

function judgeBody(outline: BodyOutline): BodyVerdict {
  const body = Object.fromEntries(telling.map((name) => [name, outline.value(name)]));
  const error = inBandError(body);
  if (error !== undefined) return error;
  const choices = (asArray(body.choices) ?? []).map(asObject).filter((choice) => choice !== undefined);
  if (choices.length === 0) return garbled('its body has no choices');
  for (const choice of choices) {
    const failure = brokenOff(asString(choice.finish_reason) ?? '');
    if (failure !== undefined) return failure;
  }
  return { usage: usageIn(body)?.usage };
}
