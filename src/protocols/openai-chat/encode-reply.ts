// Canonical events as a Chat stream: role first, then content, finish, usage if asked for, `[DONE]`.
// A delta costs one string join: everything around the text is made once per block.
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockHead, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { chunkClose, chunkHead, noteChunk, streamEnd } from './chunk-frame.ts';
import { encodeStreamError } from './encode-error.ts';
import {
  annotationOf,
  mergeLogprobs,
  noteFinish,
  noteHead,
  rawFieldsOf,
  replyHead,
  thoughtSignature,
} from './reply-parts.ts';
import { encodeStop } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

export const keepalive = ': keepalive\n\n';

/** An open block: what stands before and after each of its deltas. */
interface Lane {
  readonly choice: number;
  readonly before: string;
  /** Closes the delta object; the rest of the choice follows. */
  readonly after: string;
  /** Position among the choice's tool calls. */
  readonly call: number | undefined;
  /** A delta of this call that says nothing: clients read its input whatever else a delta brings. */
  readonly nothing: JsonObject | undefined;
  /** A function call that has said nothing yet: nothing is no JSON, so it is to say `{}`. */
  silent: boolean;
}

interface CallLane {
  readonly at: number;
  readonly nothing: JsonObject;
}

interface Choice {
  calls: number;
  refused: boolean;
  logprobs: Json | undefined;
}

export class StreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #lanes = new Map<number, Lane>();
  readonly #choices = new Map<number, Choice>();
  /** `data: {…,"choices":[{"index":` */
  #head = '';
  /** What follows the delta of an ordinary chunk, and what ends any chunk. */
  #tail = '';
  #close = '';
  #waitingLogprobs = 0;
  #usage: JsonObject | undefined = undefined;
  #over = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'delta':
        return this.#delta(event.index, event.text);
      case 'start':
        return this.#start(event);
      case 'open':
        return this.#open(event);
      case 'seal':
        return this.#seal(event);
      case 'annotate':
        return this.#annotate(event);
      case 'logprobs':
        return this.#logprobs(event);
      case 'close':
        return this.#closeLane(event.index);
      case 'finish':
        return this.#finish(event);
      case 'usage':
        this.#usage = encodeUsage(event.usage, event.extras);
        return '';
      case 'ping':
        return event.note === undefined ? keepalive : noteChunk(this.#head, 'index', event.note);
      case 'error':
        this.#over = true;
        return encodeStreamError(event.error);
      case 'end':
        return this.#end();
    }
  }

  #delta(index: number, text: string): string {
    const lane = this.#lanes.get(index);
    if (lane === undefined) return '';
    lane.silent = false;
    if (this.#waitingLogprobs > 0) {
      return lane.before + JSON.stringify(text) + lane.after + this.#tailOf(lane.choice, 'null');
    }
    return lane.before + JSON.stringify(text) + lane.after + this.#tail;
  }

  #closeLane(index: number): string {
    const rest = this.#lanes.get(index)?.silent === true ? this.#delta(index, '{}') : '';
    this.#lanes.delete(index);
    return rest;
  }

  #start(event: EventOf<'start'>): string {
    const head = replyHead(event, this.#options, 'chat.completion.chunk', this.ledger);
    this.#head = chunkHead(head, 'index');
    this.#close = chunkClose(this.#options.includeUsage);
    this.#tail = `,"logprobs":null,"finish_reason":null${this.#close}`;
    return this.#introduce(0);
  }

  /** The first chunk of a choice names the role; '' when it has been said. */
  #introduce(choice: number): string {
    if (this.#choices.has(choice)) return '';
    this.#choices.set(choice, { calls: 0, refused: false, logprobs: undefined });
    return this.#chunk(choice, '{"role":"assistant","content":"","refusal":null}', 'null');
  }

  #state(choice: number): Choice {
    const state = this.#choices.get(choice) ?? { calls: 0, refused: false, logprobs: undefined };
    this.#choices.set(choice, state);
    return state;
  }

  #open(event: EventOf<'open'>): string {
    const { choice, block, index } = event;
    const role = this.#introduce(choice);
    noteHead(block, this.ledger);
    switch (block.type) {
      case 'text':
        this.#lane(index, choice, '{"content":', '}');
        return role;
      case 'refusal':
        this.#state(choice).refused = true;
        this.#lane(index, choice, '{"refusal":', '}');
        return role;
      case 'reasoning':
        if (block.redacted === undefined) this.#lane(index, choice, '{"reasoning_content":', '}');
        return role;
      case 'tool_call':
        return role + this.#openCall(index, choice, block);
      case 'raw':
        return role + this.#raw(choice, block);
    }
  }

  #lane(index: number, choice: number, opening: string, after: string, call?: CallLane): void {
    const before = `${this.#head}${choice},"delta":${opening}`;
    this.#lanes.set(index, {
      choice,
      before,
      after,
      call: call?.at,
      nothing: call?.nothing,
      silent: opening.endsWith('"arguments":'),
    });
  }

  #openCall(index: number, choice: number, block: Extract<BlockHead, { type: 'tool_call' }>): string {
    const state = this.#state(choice);
    const call = state.calls;
    state.calls += 1;
    const kind = block.custom === true ? 'custom' : 'function';
    const field = block.custom === true ? 'input' : 'arguments';
    const opening = `{"tool_calls":[{"index":${call},"${kind}":{"${field}":`;
    this.#lane(index, choice, opening, '}}]}', { at: call, nothing: { [kind]: { [field]: '' } } });
    const first = { index: call, id: block.id, type: kind, [kind]: { name: block.name, [field]: '' } };
    return this.#chunk(choice, JSON.stringify({ tool_calls: [first] }), 'null');
  }

  #raw(choice: number, block: Extract<BlockHead, { type: 'raw' }>): string {
    const fields = rawFieldsOf(block);
    return fields === undefined ? '' : this.#chunk(choice, JSON.stringify(fields), 'null');
  }

  #seal(event: EventOf<'seal'>): string {
    const lane = this.#lanes.get(event.index);
    const signature = thoughtSignature(event.sealed, lane?.call !== undefined, this.ledger);
    if (lane === undefined || signature === undefined) return '';
    const signed = { index: lane.call, ...lane.nothing, ...signature };
    return this.#chunk(lane.choice, JSON.stringify({ tool_calls: [signed] }), 'null');
  }

  #annotate(event: EventOf<'annotate'>): string {
    const annotation = annotationOf(event.value, this.ledger);
    const choice = this.#lanes.get(event.index)?.choice ?? 0;
    if (annotation === undefined) return '';
    return this.#chunk(choice, JSON.stringify({ annotations: [annotation] }), 'null');
  }

  /** They go out with the next chunk of their choice, which is the delta they speak of. */
  #logprobs(event: EventOf<'logprobs'>): string {
    const role = this.#introduce(event.choice);
    const state = this.#state(event.choice);
    if (state.logprobs === undefined) this.#waitingLogprobs += 1;
    state.logprobs = mergeLogprobs(state.logprobs, event.value);
    return role;
  }

  #finish(event: EventOf<'finish'>): string {
    const role = this.#introduce(event.choice);
    const state = this.#state(event.choice);
    noteFinish(event, this.ledger);
    let refusal = '';
    if (event.reason === 'refusal' && !state.refused && event.explanation !== undefined) {
      refusal = this.#chunk(event.choice, JSON.stringify({ refusal: event.explanation }), 'null');
    }
    const word = encodeStop(event.reason, state.refused);
    return role + refusal + this.#chunk(event.choice, '{}', `"${word}"`);
  }

  #end(): string {
    this.#over = true;
    return streamEnd(this.#head, 'index', this.#options.includeUsage ? this.#usage : undefined);
  }

  #chunk(choice: number, delta: string, finish: string): string {
    return `${this.#head}${choice},"delta":${delta}${this.#tailOf(choice, finish)}`;
  }

  #tailOf(choice: number, finish: string): string {
    const state = this.#choices.get(choice);
    let logprobs = 'null';
    if (state?.logprobs !== undefined) {
      logprobs = JSON.stringify(state.logprobs);
      state.logprobs = undefined;
      this.#waitingLogprobs -= 1;
    }
    return `,"logprobs":${logprobs},"finish_reason":${finish}${this.#close}`;
  }
}
