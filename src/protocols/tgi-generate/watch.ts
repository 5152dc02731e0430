// Reads along with TGI's answer: an event for each token, the last of which has the whole text and says why it is the
// last. There is no other end marker.
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
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
import { inBandError } from './errors.ts';
import { decodeUsage } from './usage.ts';

export function watchGenerate(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new StreamWatcher(new TokenReader(), output) : new BodyWatcher(judgeBody, output);
}

class TokenReader implements EventReader {
  usage: Usage | undefined = undefined;
  started = false;
  finished = false;
  readonly closing: Buffer = Buffer.alloc(0);

  /** Inside JSON strings quotes are escaped, so these patterns only match real keys. */
  isPlain(text: string): boolean {
    return !text.includes('"error') && isNull(text, GENERATED) && isNull(text, DETAILS);
  }

  read(event: JsonObject): EventVerdict {
    const error = inBandError(event);
    if (error !== undefined) return error;
    const token = asObject(event.token);
    const details = asObject(event.details);
    const isLast = details !== undefined || typeof event.generated_text === 'string';
    if (isLast || saysSomething(token)) this.started = true;
    if (!isLast) return this.started ? 'content' : 'prelude';
    this.finished = true;
    this.usage = decodeUsage(details);
    return 'terminal';
  }
}

/** What is no text (a beginning or an end) says nothing. */
function saysSomething(token: JsonObject | undefined): boolean {
  return token?.special !== true && (asString(token?.text) ?? '') !== '';
}

const GENERATED = '"generated_text"';
const DETAILS = '"details"';
const SPACE = 0x20;
const COLON = 0x3a;

/** Has this field no value in any of the events? */
function isNull(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at)) {
    at += key.length;
    while (text.charCodeAt(at) === SPACE || text.charCodeAt(at) === COLON) at += 1;
    if (!text.startsWith('null', at)) return false;
  }
  return true;
}

function judgeBody(outline: BodyOutline): BodyVerdict {
  const error = inBandError({ error: outline.value('error'), error_type: outline.value('error_type') });
  if (error !== undefined) return error;
  if (!outline.has('generated_text')) return garbled('its body has no generated_text');
  return { usage: decodeUsage(asObject(outline.value('details'))) };
}
