// Reads along with a Messages reply. Reads that hold only block events go on untouched; the events that
// carry usage, the end or an error all have `message_` or `"error"` in them and are parsed.
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
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
import { afterQuoted, defineQuoted } from '../../lib/quoted.ts';
import { SECOND_START, wrongBody } from './decode-reply.ts';
import { errorInside } from './errors.ts';
import { decodeUsage, mergeCounters } from './usage.ts';

const ERROR = defineQuoted('error', 1);
const MESSAGE = defineQuoted('message');

export function watchMessages(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new StreamWatcher(new MessagesReader(), output) : new BodyWatcher(judgeBody, output);
}

class MessagesReader implements EventReader {
  started = false;
  finished = false;
  readonly closing: Buffer = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  /** Counters so far: later reports overwrite earlier ones field by field. */
  #counters: JsonObject | undefined = undefined;
  #id: string | undefined = undefined;
  #blocks = false;

  get usage(): Usage | undefined {
    return decodeUsage(this.#counters);
  }

  /** Inside JSON strings quotes are escaped, so these only match real keys and types. */
  isPlain(text: string): boolean {
    return (
      text.endsWith('}\n\n') &&
      text.includes('content_block') &&
      !text.includes('message_') &&
      afterQuoted(text, ERROR) < 0 &&
      afterQuoted(text, MESSAGE) < 0
    );
  }

  read(event: JsonObject): EventVerdict {
    switch (event.type) {
      case 'message_stop':
        return 'terminal';
      case 'message_start':
        if (this.#restarts(asObject(event.message) ?? {})) return garbled(SECOND_START);
        break;
      case 'message_delta':
        this.#readEnding(event);
        break;
      case 'content_block_start':
      case 'content_block_delta':
        this.#blocks = true;
        if (beginsAnswer(event)) this.started = true;
        break;
      default: {
        const error = errorInside(event);
        if (error !== undefined) return error;
      }
    }
    return this.started ? 'content' : 'prelude';
  }

  /** Another message after blocks of this one: half a reply cannot be unsaid. */
  #restarts(message: JsonObject): boolean {
    const id = asString(message.id);
    if (this.#blocks && id !== undefined && id !== this.#id) return true;
    this.#id ??= id;
    if ((asArray(message.content)?.length ?? 0) > 0) this.#blocks = true;
    this.#count(asObject(message.usage));
    return false;
  }

  #readEnding(event: JsonObject): void {
    this.#count(asObject(event.usage));
    if (typeof asObject(event.delta)?.stop_reason !== 'string') return;
    this.finished = true;
    this.started = true;
  }

  #count(usage: JsonObject | undefined): void {
    if (usage !== undefined) this.#counters = mergeCounters(this.#counters, usage);
  }
}

/** An empty text or thinking block is no answer yet; any other block says something by being there. */
function beginsAnswer(event: JsonObject): boolean {
  if (event.type === 'content_block_delta') return true;
  const kind = asObject(event.content_block)?.type;
  return kind !== 'text' && kind !== 'thinking';
}

const NOT_CONTENT = ['type', 'role', 'error', 'object', 'message', 'detail', 'stop_reason'] as const;

/** As strict as the decoder, and for that content is looked at: a reply that no client can read is a fault. */
function judgeBody(body: BodyOutline): BodyVerdict {
  const said: Record<string, Json> = {};
  for (const name of NOT_CONTENT) {
    const value = body.value(name);
    if (value !== undefined) said[name] = value;
  }
  const error = errorInside(said);
  if (error !== undefined) return error;
  if (typeof body.value('input_tokens') === 'number') return { usage: undefined };
  const wrong = wrongBody(said, body.value('content'));
  if (wrong !== undefined) return garbled(wrong);
  return { usage: decodeUsage(asObject(body.value('usage'))) };
}
