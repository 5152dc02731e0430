// Reads along with a Messages reply. Reads that hold only block events go on untouched; the events that
// carry usage, the end or an error all have `message_` or `"error"` in them and are parsed.
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
import { SECOND_START } from './decode-reply.ts';
import { decodeStreamError } from './errors.ts';
import { decodeUsage, mergeCounters } from './usage.ts';

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
    return this.#counters === undefined ? undefined : decodeUsage(this.#counters);
  }

  /** Inside JSON strings quotes are escaped, so `"error"` only matches a real key or type. */
  isPlain(bytes: Buffer): boolean {
    const text = bytes.toString('latin1');
    return (
      text.endsWith('}\n\n') &&
      text.includes('content_block') &&
      !text.includes('message_') &&
      !text.includes('"error"')
    );
  }

  read(event: JsonObject): EventVerdict {
    switch (event.type) {
      case 'error':
        return decodeStreamError(event.error);
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
      default:
        // Some upstreams send their errors without a type.
        if (asObject(event.error) !== undefined) return decodeStreamError(event.error);
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

function judgeBody(body: BodyOutline): BodyVerdict {
  const error = body.has('error') ? body.value('error') : undefined;
  if (error !== undefined && error !== null) return decodeStreamError(error);
  if (!body.has('content') && !body.has('input_tokens')) return garbled('its body has no content');
  const usage = asObject(body.value('usage'));
  return { usage: usage === undefined ? undefined : decodeUsage(usage) };
}
