// Reads along with a Messages reply. Reads that hold only block events go on untouched; the events that
// carry usage, the end or an error all have `message_` or `"error"` in them and are parsed.
import type { GatewayError } from '../../canonical/errors.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
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
import { decodeError } from './errors.ts';
import { decodeUsage } from './usage.ts';

export function watchMessages(stream: boolean, output: WatchOutput): Watcher {
  return stream ? new StreamWatcher(new MessagesReader(), output) : new BodyWatcher(judgeBody, output);
}

class MessagesReader implements EventReader {
  started = false;
  finished = false;
  readonly closing: Buffer = Buffer.from('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  /** Counters so far: later reports overwrite earlier ones field by field. */
  #counters: JsonObject | undefined = undefined;

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
        return inBandError(event.error);
      case 'message_stop':
        return 'terminal';
      case 'message_start':
        this.#count(asObject(asObject(event.message)?.usage));
        break;
      case 'message_delta':
        this.#readEnding(event);
        break;
      default:
        if (beginsAnswer(event)) this.started = true;
    }
    return this.started ? 'content' : 'prelude';
  }

  #readEnding(event: JsonObject): void {
    this.#count(asObject(event.usage));
    if (typeof asObject(event.delta)?.stop_reason !== 'string') return;
    this.finished = true;
    this.started = true;
  }

  #count(usage: JsonObject | undefined): void {
    if (usage === undefined) return;
    const given = Object.entries(usage).filter(([, count]) => count !== null && count !== undefined);
    this.#counters = { ...this.#counters, ...Object.fromEntries(given) };
  }
}

/** An empty text or thinking block is no answer yet; any other block says something by being there. */
function beginsAnswer(event: JsonObject): boolean {
  if (event.type === 'content_block_delta') return true;
  if (event.type !== 'content_block_start') return false;
  const kind = asObject(event.content_block)?.type;
  return kind !== 'text' && kind !== 'thinking';
}

function judgeBody(body: BodyOutline): BodyVerdict {
  const error = body.has('error') ? body.value('error') : undefined;
  if (error !== undefined && error !== null) return inBandError(error);
  if (!body.has('content') && !body.has('input_tokens')) return garbled('its body has no content');
  const usage = asObject(body.value('usage'));
  return { usage: usage === undefined ? undefined : decodeUsage(usage) };
}

const STATUS_OF: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
};

/** An error inside a 200 states its type; that type has a status. */
function inBandError(error: Json | undefined): GatewayError {
  const type = asObject(error)?.type;
  const status = (typeof type === 'string' ? STATUS_OF[type] : undefined) ?? 500;
  return decodeError(status, {}, Buffer.from(JSON.stringify({ type: 'error', error: error ?? {} })));
}
