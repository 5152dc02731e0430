// Reads along with a Responses reply. Reads that hold only deltas and done events go on untouched; the events
// that carry usage, the end or an error all have a `response` or an `error` in them and are parsed.
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Operation, Watcher, WatchOutput } from '../../canonical/protocol.ts';
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
import { afterQuoted, defineQuoted } from '../../lib/quoted.ts';
import { errorOfEvent, errorOfResponse } from './errors.ts';
import { decodeUsage } from './usage.ts';

export function watchResponses(stream: boolean, output: WatchOutput, operation: Operation): Watcher {
  if (stream) return new StreamWatcher(new ResponsesReader(), output);
  return new BodyWatcher(operation === 'count' ? judgeCount : judgeBody, output);
}

const RESPONSE = defineQuoted('response');
const ERROR = defineQuoted('error');
/** Pictures come in one event. */
const MOST_EVENT = 32 * 1024 * 1024;

class ResponsesReader implements EventReader {
  usage: Usage | undefined = undefined;
  started = false;
  /** There was a response, or a part of one. */
  #opened = false;
  /** Only a whole response ends one, and then the stream is over. */
  readonly finished = false;
  readonly closing: Buffer = Buffer.alloc(0);
  readonly mostEvent = MOST_EVENT;

  /** Some servers write Chat's end marker. */
  isEnd(data: string): boolean {
    return data.trim() === '[DONE]';
  }

  /** Inside JSON strings quotes are escaped, so these patterns only match real keys and values. */
  isPlain(text: string): boolean {
    return text.endsWith('}\n\n') && afterQuoted(text, RESPONSE) < 0 && afterQuoted(text, ERROR) < 0;
  }

  read(event: JsonObject): EventVerdict {
    if (this.#isEarly(event)) return undefined;
    const response = asObject(event.response);
    if (response !== undefined) this.usage = decodeUsage(response.usage) ?? this.usage;
    const error = errorOfEvent(event);
    if (error !== undefined) return error;
    this.started ||= saysSomething(event);
    if (event.type === 'response.completed' || event.type === 'response.incomplete')
      return errorOfResponse(response ?? {}) ?? 'terminal';
    return this.started ? 'content' : 'prelude';
  }

  /** A sign of life before the response: some readers take nothing there, and whoever waits is kept alive by us. */
  #isEarly(event: JsonObject): boolean {
    this.#opened ||= event.type !== 'keepalive';
    return !this.#opened;
  }
}

/** Of a response as a whole, that it is there: no answer yet. */
const preludes: ReadonlySet<string> = new Set([
  'response.created',
  'response.in_progress',
  'response.queued',
  'response.content_part.added',
  'response.reasoning_summary_part.added',
  'keepalive',
]);

function saysSomething(event: JsonObject): boolean {
  const type = asString(event.type) ?? '';
  if (type === 'response.output_item.added') return beginsAnswer(asObject(event.item));
  return type.startsWith('response.') && !preludes.has(type);
}

/** An empty message or thought is no answer yet; any other item says something by being there. */
function beginsAnswer(item: JsonObject | undefined): boolean {
  return item?.type !== 'message' && item?.type !== 'reasoning';
}

/** Fields that settle whether the body is an answer; the rest of it is not parsed. */
const telling = ['object', 'status', 'error', 'usage', 'message', 'type', 'code', 'detail'] as const;

function judgeBody(outline: BodyOutline): BodyVerdict {
  const body: Record<string, Json | undefined> = {};
  for (const name of telling) body[name] = outline.value(name);
  const error = errorOfResponse(body);
  if (error !== undefined) return error;
  const wrong = wrongBody(body, outline.value('output'));
  return wrong === undefined ? { usage: decodeUsage(body.usage) } : garbled(wrong);
}

/** What is wrong with an unstreamed reply; undefined when it is a response. */
export function wrongBody(body: JsonObject, output: Json | undefined): string | undefined {
  if (body.object !== undefined && body.object !== 'response') return 'its body is no response';
  return asArray(output) === undefined ? 'its body has no output' : undefined;
}

function judgeCount(outline: BodyOutline): BodyVerdict {
  return typeof outline.value('input_tokens') === 'number'
    ? { usage: undefined }
    : garbled('its body states no input tokens');
}
