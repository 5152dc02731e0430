// A Converse reply as canonical events, streamed or whole. The service names neither reply nor model. Usage comes
// before or after the end; the reply is whole when both have come.
import type { GatewayError } from '../../canonical/errors.ts';
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type JsonObject,
  objectIn,
} from '../../canonical/json.ts';
import type { ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { garbled } from '../../canonical/watchers.ts';
import { type EventMessage, readMessages } from '../../lib/event-stream.ts';
import { errorInBody, errorInMessage, malformed } from './errors.ts';
import { BlockReader } from './read-blocks.ts';
import { decodeFinish } from './stop-reasons.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage, usageExtras } from './usage.ts';

/** What is wrong with an unstreamed reply; undefined when it is one. */
export function wrongBody(body: JsonObject): string | undefined {
  const message = asObject(asObject(body.output)?.message);
  const content = asArray(message?.content);
  if (content === undefined) return 'its body has no message';
  if (message?.role !== undefined && message.role !== 'assistant')
    return 'its body is no message of the assistant';
  if (content.length > 0 || typeof body.stopReason === 'string') return undefined;
  return 'its body has neither content nor a reason to stop';
}

export function createDecoder(stream: boolean, emit: Emit): ReplyDecoder {
  return stream ? new StreamDecoder(emit) : new BodyDecoder(emit);
}

class Reply {
  readonly emit: Emit;
  readonly blocks: BlockReader;
  started = false;
  over = false;
  #finished = false;
  #measured = false;

  constructor(emit: Emit) {
    this.emit = emit;
    this.blocks = new BlockReader(emit);
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.emit({ type: 'start', id: '', model: '' });
  }

  /** `end`: what states the reason. */
  finish(end: JsonObject): void {
    const failure = malformed(asString(end.stopReason) ?? '');
    if (failure !== undefined) {
      this.fail(failure);
      return;
    }
    if (this.#finished) return;
    this.#finished = true;
    this.blocks.end();
    this.emit(decodeFinish(end, this.blocks.called));
    this.#settle();
  }

  /** `around`: what holds the counters and what stands beside them. */
  measure(around: JsonObject): void {
    this.#measured = true;
    const usage = decodeUsage(around.usage);
    const extras = usageExtras(around);
    if (usage !== undefined) this.emit({ type: 'usage', usage, ...(extras === undefined ? {} : { extras }) });
    this.#settle();
  }

  fail(error: GatewayError): void {
    this.over = true;
    this.emit({ type: 'error', error });
  }

  #settle(): void {
    if (!this.#finished || !this.#measured || this.over) return;
    this.over = true;
    this.emit({ type: 'end' });
  }
}

class StreamDecoder implements ReplyDecoder {
  readonly #reply: Reply;

  constructor(emit: Emit) {
    this.#reply = new Reply(emit);
  }

  push(frame: Buffer): void {
    for (const message of readMessages(frame)) {
      if (this.#reply.over) return;
      this.#message(message);
    }
  }

  #message(message: EventMessage): void {
    const reply = this.#reply;
    const type = message.headers.get(':event-type');
    const text = message.payload.toString('utf8');
    const plain = type === 'contentBlockDelta' && reply.started ? readTextDelta(text) : undefined;
    if (plain !== undefined) {
      reply.blocks.say(plain.at, 'text', plain.text);
      return;
    }
    const error = errorInMessage(message);
    if (error !== undefined) {
      reply.fail(error);
      return;
    }
    const event = objectIn(text);
    if (event === undefined) reply.fail(garbled('an event of its stream is no JSON object'));
    else this.#event(type, event);
  }

  #event(type: string | undefined, event: JsonObject): void {
    const reply = this.#reply;
    const at = asNumber(event.contentBlockIndex) ?? 0;
    switch (type) {
      case 'messageStart':
        reply.start();
        break;
      case 'contentBlockStart':
        reply.start();
        reply.blocks.start(at, asObject(event.start) ?? {});
        break;
      case 'contentBlockDelta':
        reply.start();
        reply.blocks.delta(at, asObject(event.delta) ?? {});
        break;
      case 'contentBlockStop':
        reply.blocks.stop(at);
        break;
      case 'messageStop':
        reply.start();
        reply.finish(event);
        break;
      case 'metadata':
        reply.start();
        reply.measure(event);
        break;
      default:
      // Events of names nobody knows are passed over.
    }
  }
}

class BodyDecoder implements ReplyDecoder {
  readonly #reply: Reply;

  constructor(emit: Emit) {
    this.#reply = new Reply(emit);
  }

  push(frame: Buffer): void {
    const reply = this.#reply;
    if (reply.over) return;
    const body = objectIn(frame.toString('utf8'));
    const error = body === undefined ? garbled('its body is no JSON object') : errorInBody(body);
    const wrong = wrongBody(body ?? {});
    if (error !== undefined) reply.fail(error);
    else if (body === undefined || wrong !== undefined) reply.fail(garbled(wrong ?? 'its body is no object'));
    else this.#read(body);
  }

  #read(body: JsonObject): void {
    const reply = this.#reply;
    reply.start();
    const message = asObject(asObject(body.output)?.message);
    for (const [at, block] of (asArray(message?.content) ?? []).entries()) {
      if (isObject(block)) reply.blocks.whole(at, block);
    }
    reply.finish(body);
    if (!reply.over) reply.measure(body);
  }
}
