// A Messages reply as canonical events, streamed or whole. Order on the wire: message_start, blocks,
// message_delta, message_stop; whatever else an upstream does is put into that order or called garbled.
import type { GatewayError } from '../../canonical/errors.ts';
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { garbled } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { errorInside } from './errors.ts';
import { BlockReader, blockIndex } from './read-blocks.ts';
import { decodeFinish } from './stop-reasons.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage, mergeCounters, usageExtras } from './usage.ts';

/** What is wrong with a reply that begins anew. */
export const SECOND_START = 'a second message starts before the first is whole';

/** What is wrong with an unstreamed reply; undefined when it is a message. */
export function wrongBody(body: JsonObject, content: Json | undefined): string | undefined {
  const { type, role } = body;
  if (type !== undefined && type !== 'message') return 'its body is no message';
  if (role !== undefined && role !== 'assistant') return 'its body is no message of the assistant';
  const blocks = asArray(content);
  if (blocks === undefined) return 'its body has no content';
  if (blocks.length > 0 || typeof body.stop_reason === 'string') return undefined;
  return 'its body has neither content nor a reason to stop';
}

export function createDecoder(stream: boolean, emit: Emit): ReplyDecoder {
  return stream ? new StreamDecoder(emit) : new BodyDecoder(emit);
}

class Reply {
  readonly emit: Emit;
  readonly blocks: BlockReader;
  id: string | undefined = undefined;
  started = false;
  over = false;
  #counters: JsonObject | undefined = undefined;

  constructor(emit: Emit) {
    this.emit = emit;
    this.blocks = new BlockReader(emit);
  }

  start(message: JsonObject): void {
    this.started = true;
    this.id = asString(message.id);
    const id = this.id ?? '';
    this.blocks.messageId = id;
    this.emit({ type: 'start', id, model: asString(message.model) ?? '' });
    this.count(message.usage);
  }

  count(usage: Json | undefined): void {
    if (!isObject(usage)) return;
    this.#counters = mergeCounters(this.#counters, usage);
    const extras = usageExtras(this.#counters);
    const counted = decodeUsage(this.#counters);
    if (counted === undefined) return;
    this.emit(
      extras === undefined ? { type: 'usage', usage: counted } : { type: 'usage', usage: counted, extras },
    );
  }

  /** Blocks that came whole: of an unstreamed reply, or with the start of a streamed one. */
  whole(content: readonly Json[]): void {
    for (const [at, block] of content.entries()) {
      if (!isObject(block)) continue;
      this.blocks.start(at, block);
      this.blocks.stop(at);
    }
  }

  finish(delta: JsonObject, around: JsonObject): void {
    this.blocks.end();
    this.emit(decodeFinish(delta, around, this.blocks.called));
    this.emit({ type: 'end' });
    this.over = true;
  }

  fail(error: GatewayError): void {
    this.emit({ type: 'error', error });
    this.over = true;
  }

  garbled(how: string, cause?: unknown): void {
    this.fail(garbled(how, cause));
  }
}

class StreamDecoder implements ReplyDecoder {
  readonly #reply: Reply;
  /** What was said about the end so far; it is passed on at `message_stop`. */
  #delta: JsonObject = {};
  #around: JsonObject = {};

  constructor(emit: Emit) {
    this.#reply = new Reply(emit);
  }

  push(frame: Buffer): void {
    for (const { data } of readEvents(frame)) {
      if (this.#reply.over) return;
      if (data !== '' && data !== '[DONE]') this.#parse(data);
    }
  }

  #parse(data: string): void {
    const plain = this.#reply.started ? readTextDelta(data) : undefined;
    if (plain !== undefined) {
      this.#reply.blocks.say(plain.at, 'text', plain.text);
      return;
    }
    let event: Json;
    try {
      event = JSON.parse(data) as Json;
    } catch (cause) {
      this.#reply.garbled('an event is not JSON', cause);
      return;
    }
    if (isObject(event)) this.#read(event);
  }

  #read(event: JsonObject): void {
    const { blocks } = this.#reply;
    switch (event.type) {
      case 'content_block_delta':
        this.#ensureStart();
        blocks.delta(blockIndex(event), asObject(event.delta) ?? {});
        break;
      case 'content_block_start':
        this.#ensureStart();
        blocks.start(blockIndex(event), asObject(event.content_block) ?? {});
        break;
      case 'content_block_stop':
        blocks.stop(blockIndex(event));
        break;
      case 'message_start':
        this.#start(asObject(event.message) ?? {});
        break;
      case 'message_delta':
        this.#readEnding(event);
        break;
      case 'message_stop':
        this.#ensureStart();
        this.#reply.finish(this.#delta, this.#around);
        break;
      case 'ping':
        this.#reply.emit({ type: 'ping' });
        break;
      default:
        this.#fault(event);
    }
  }

  #fault(event: JsonObject): void {
    const error = errorInside(event);
    if (error !== undefined) this.#reply.fail(error);
  }

  #start(message: JsonObject): void {
    const reply = this.#reply;
    if (!reply.started) {
      reply.start(message);
      reply.whole(asArray(message.content) ?? []);
      return;
    }
    const id = asString(message.id);
    if (id === undefined || id === reply.id || reply.blocks.count === 0) return;
    // Somebody upstream lost its own upstream and began anew inside the same reply. Half a tool call
    // cannot be unsaid, and reasoning of two replies is refused when it comes back.
    reply.garbled(SECOND_START);
  }

  #ensureStart(): void {
    if (!this.#reply.started) this.#reply.start({});
  }

  #readEnding(event: JsonObject): void {
    this.#ensureStart();
    this.#delta = mergeCounters(this.#delta, asObject(event.delta) ?? {});
    this.#around = mergeCounters(this.#around, event);
    this.#reply.count(event.usage);
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
    let body: JsonObject | undefined;
    try {
      body = asObject(JSON.parse(frame.toString('utf8')) as Json);
    } catch (cause) {
      reply.garbled('the body is not JSON', cause);
      return;
    }
    const error = body === undefined ? undefined : errorInside(body);
    const wrong = wrongBody(body ?? {}, body?.content);
    if (error !== undefined) reply.fail(error);
    else if (body === undefined || wrong !== undefined) reply.garbled(wrong ?? 'its body is no object');
    else {
      reply.start(body);
      reply.whole(asArray(body.content) ?? []);
      reply.finish(body, {});
    }
  }
}
