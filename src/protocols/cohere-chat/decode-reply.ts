// Cohere's replies to canonical events, streamed or whole. A plan that goes before calls is text of the answer, as
// it is with other vendors; thoughts have blocks of their own. Blocks end when the next one begins, since citations
// of a block may come after its end.
import { BlockKeeper } from '../../canonical/block-keeper.ts';
import type { GatewayError } from '../../canonical/errors.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { ReplyDecoder } from '../../canonical/protocol.ts';
import type { Emit } from '../../canonical/reply.ts';
import { garbled } from '../../canonical/watchers.ts';
import { readEvents } from '../../lib/sse.ts';
import { type Citation, decodeCitations } from './citations.ts';
import { errorInEnd, errorInside } from './errors.ts';
import { decodeLogprobs } from './logprobs.ts';
import { DIALECT } from './origin.ts';
import { CallReader } from './read-calls.ts';
import { decodeStop } from './stop-reasons.ts';
import { readTextDelta } from './text-delta.ts';
import { decodeUsage } from './usage.ts';

/** What is wrong with an unstreamed reply; undefined when it is one. */
export function wrongBody(body: JsonObject): string | undefined {
  const message = asObject(body.message);
  if (message === undefined) return 'its body has no message';
  if (message.role !== undefined && message.role !== 'assistant') {
    return 'its body is no message of the assistant';
  }
  return typeof body.finish_reason === 'string' ? undefined : 'its body states no reason to stop';
}

export function createDecoder(stream: boolean, emit: Emit): ReplyDecoder {
  return stream ? new StreamDecoder(emit) : new BodyDecoder(emit);
}

type Part = Citation['part'];

class Reply {
  readonly calls: CallReader;
  over = false;
  started = false;
  readonly #emit: Emit;
  readonly #keeper: BlockKeeper;
  /** The one block that words go into: opening any other ends it. */
  #at = 0;
  #part: Part | undefined = undefined;
  #key = '';
  #blocks = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
    this.#keeper = new BlockKeeper(emit);
    this.calls = new CallReader(this.#keeper);
  }

  start(id: string): void {
    if (this.started) return;
    this.started = true;
    this.calls.seed = id;
    this.#emit({ type: 'start', id, model: '' });
  }

  say(at: number, part: Part, words: string): void {
    if (words === '') return;
    if (this.#part !== part || this.#at !== at) this.#open(at, part);
    this.#keeper.delta(0, this.#key, words);
  }

  call(at: number, wire: JsonObject): void {
    this.#part = undefined;
    if (!this.calls.start(at, wire)) this.fail(garbled('a tool call in it has no name'));
  }

  cite(citations: readonly Citation[]): void {
    for (const { part, annotation } of citations) {
      if (this.#part !== part) this.#open(this.#at, part);
      this.#keeper.annotate(0, this.#key, annotation, DIALECT);
    }
  }

  logprobs(value: Json | undefined): void {
    const logprobs = value === undefined || value === null ? undefined : decodeLogprobs(value);
    if (logprobs !== undefined) this.#emit({ type: 'logprobs', choice: 0, value: logprobs });
  }

  /** `end`: what states the reason and the counters. */
  finish(end: JsonObject): void {
    const error = errorInEnd(end);
    if (error !== undefined) {
      this.#report(end);
      this.fail(error);
      return;
    }
    this.calls.end();
    this.#keeper.closeAll(0);
    const reason = decodeStop(asString(end.finish_reason), this.calls.any);
    this.#emit({ type: 'finish', choice: 0, reason });
    this.#report(end);
    this.over = true;
    this.#emit({ type: 'end' });
  }

  #report(end: JsonObject): void {
    const usage = decodeUsage(end.usage);
    if (usage !== undefined) this.#emit({ type: 'usage', usage });
  }

  fail(error: GatewayError): void {
    if (this.over) return;
    this.over = true;
    this.#emit({ type: 'error', error });
  }

  #open(at: number, part: Part): void {
    this.#at = at;
    this.#part = part;
    this.#key = `prose ${this.#blocks}`;
    this.#blocks += 1;
    this.#keeper.open(0, this.#key, { type: part === 'reasoning' ? 'reasoning' : 'text' });
  }
}

class StreamDecoder implements ReplyDecoder {
  readonly #reply: Reply;

  constructor(emit: Emit) {
    this.#reply = new Reply(emit);
  }

  push(frame: Buffer): void {
    for (const { data } of readEvents(frame)) {
      if (this.#reply.over) return;
      const plain = this.#reply.started ? readTextDelta(data) : undefined;
      if (plain !== undefined) this.#reply.say(plain.at, 'text', plain.text);
      else if (data !== '' && data !== '[DONE]') this.#parse(data);
    }
  }

  #parse(data: string): void {
    const event = parsed(data);
    if (event === undefined) this.#reply.fail(garbled('an event of its stream is not a JSON object'));
    else this.#event(event);
  }

  #event(event: JsonObject): void {
    const reply = this.#reply;
    const at = asNumber(event.index) ?? 0;
    const delta = asObject(event.delta) ?? {};
    const message = asObject(delta.message) ?? {};
    switch (event.type) {
      case 'message-start':
        reply.start(asString(event.id) ?? '');
        break;
      case 'message-end':
        reply.start('');
        reply.finish(delta);
        break;
      case 'content-start':
      case 'content-delta':
        reply.start('');
        this.#content(at, asObject(message.content) ?? {});
        reply.logprobs(event.logprobs);
        break;
      case 'tool-plan-delta':
        reply.start('');
        reply.say(0, 'plan', asString(message.tool_plan) ?? '');
        break;
      case 'citation-start':
        reply.start('');
        reply.cite(decodeCitations(message.citations));
        break;
      default:
        this.#callEvent(event, at, message);
    }
  }

  #callEvent(event: JsonObject, at: number, message: JsonObject): void {
    const reply = this.#reply;
    const wire = asObject(message.tool_calls) ?? asObject(asArray(message.tool_calls)?.[0]) ?? {};
    switch (event.type) {
      case 'tool-call-start':
        reply.start('');
        reply.call(at, wire);
        break;
      case 'tool-call-delta':
        reply.calls.delta(at, wire);
        break;
      case 'tool-call-end':
        reply.calls.stop(at);
        break;
      default: {
        // Events of names nobody knows are passed over.
        const error = errorInside(event);
        if (error !== undefined) reply.fail(error);
      }
    }
  }

  #content(at: number, content: JsonObject): void {
    this.#reply.say(at, 'reasoning', asString(content.thinking) ?? '');
    this.#reply.say(at, 'text', asString(content.text) ?? '');
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
    const body = parsed(frame.toString('utf8'));
    if (body === undefined) {
      reply.fail(garbled('its body is not a JSON object'));
      return;
    }
    const error = errorInEnd(body) ?? errorInside(body);
    const wrong = wrongBody(body);
    if (error !== undefined || wrong !== undefined) reply.fail(error ?? garbled(wrong ?? ''));
    else this.#read(body, asObject(body.message) ?? {});
  }

  /** In the order of a stream: thoughts and words, the plan, the calls; citations behind what they are about. */
  #read(body: JsonObject, message: JsonObject): void {
    const reply = this.#reply;
    reply.start(asString(body.id) ?? '');
    let citations = decodeCitations(message.citations);
    const say = (at: number, part: Part, words: Json | undefined): void => {
      if (typeof words !== 'string' || words === '') return;
      reply.say(at, part, words);
      reply.cite(citations.filter((citation) => citation.part === part));
      citations = citations.filter((citation) => citation.part !== part);
    };
    for (const [at, value] of contentOf(message.content).entries()) {
      say(at, 'reasoning', value.thinking);
      say(at, 'text', value.text);
    }
    say(0, 'plan', message.tool_plan);
    reply.cite(citations);
    reply.logprobs(body.logprobs);
    for (const [at, call] of (asArray(message.tool_calls) ?? []).entries()) {
      reply.call(at, asObject(call) ?? {});
    }
    if (!reply.over) reply.finish(body);
  }
}

function contentOf(content: Json | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return [{ text: content }];
  return (asArray(content) ?? []).map((part) => asObject(part) ?? {});
}

function parsed(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
