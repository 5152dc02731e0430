// Canonical events as one chat.completion body: gathered per choice, written at the end.
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockHead, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { encodeError } from './encode-error.ts';
import {
  annotationOf,
  mergeLogprobs,
  noteFinish,
  noteHead,
  rawFieldsOf,
  replyBody,
  replyHead,
  thoughtSignature,
} from './reply-parts.ts';
import { encodeStop, type FinishReason } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

type Prose = 'content' | 'reasoning' | 'refusal';

interface Call {
  readonly head: Extract<BlockHead, { type: 'tool_call' }>;
  input: string;
  signature: JsonObject | undefined;
}

class Choice {
  /** Undefined until a block of that kind opens: no text is null on the wire, empty text is "". */
  readonly prose: Partial<Record<Prose, string>> = {};
  readonly calls: Call[] = [];
  readonly annotations: Json[] = [];
  raw: JsonObject = {};
  logprobs: Json | undefined = undefined;
  finish: FinishReason = 'stop';
}

/** Where deltas of an open block go. */
type Lane = { readonly choice: Choice } & ({ readonly prose: Prose } | { readonly call: Call });

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #choices = new Map<number, Choice>();
  readonly #lanes = new Map<number, Lane>();
  #head: JsonObject = {};
  #usage: JsonObject | undefined = undefined;
  #over = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'start':
        this.#head = replyHead(event, this.#options, 'chat.completion', this.ledger);
        return '';
      case 'usage':
        this.#usage = encodeUsage(event.usage, event.extras);
        return '';
      case 'error':
        this.#over = true;
        return encodeError(event.error, this.#options.callId).body;
      case 'end':
        this.#over = true;
        return replyBody(this.#head, this.#choices, encodeChoice, this.#usage);
      default:
        this.#gather(event);
        return '';
    }
  }

  #gather(event: Exclude<ReplyEvent, { type: 'start' | 'usage' | 'error' | 'end' }>): void {
    switch (event.type) {
      case 'open':
        this.#open(event);
        break;
      case 'delta':
        this.#delta(event);
        break;
      case 'seal':
        this.#seal(event);
        break;
      case 'annotate': {
        const annotation = annotationOf(event.value, this.ledger);
        if (annotation !== undefined) this.#laneChoice(event.index).annotations.push(annotation);
        break;
      }
      case 'logprobs': {
        const choice = this.#choice(event.choice);
        choice.logprobs = mergeLogprobs(choice.logprobs, event.value);
        break;
      }
      case 'finish':
        this.#finish(event);
        break;
      case 'close':
      case 'ping':
        break;
    }
  }

  #choice(index: number): Choice {
    const choice = this.#choices.get(index) ?? new Choice();
    this.#choices.set(index, choice);
    return choice;
  }

  #laneChoice(index: number): Choice {
    return this.#lanes.get(index)?.choice ?? this.#choice(0);
  }

  #open(event: EventOf<'open'>): void {
    const { block, index } = event;
    const choice = this.#choice(event.choice);
    noteHead(block, this.ledger);
    if (block.type === 'tool_call') {
      const call: Call = { head: block, input: '', signature: undefined };
      choice.calls.push(call);
      this.#lanes.set(index, { choice, call });
    } else if (block.type === 'raw') choice.raw = { ...choice.raw, ...rawFieldsOf(block) };
    else if (block.type !== 'reasoning' || block.redacted === undefined) {
      const prose = block.type === 'text' ? 'content' : block.type;
      choice.prose[prose] ??= '';
      this.#lanes.set(index, { choice, prose });
    }
  }

  #delta(event: EventOf<'delta'>): void {
    const lane = this.#lanes.get(event.index);
    if (lane === undefined) return;
    if ('call' in lane) lane.call.input += event.text;
    else lane.choice.prose[lane.prose] = (lane.choice.prose[lane.prose] ?? '') + event.text;
  }

  #seal(event: EventOf<'seal'>): void {
    const lane = this.#lanes.get(event.index);
    const call = lane !== undefined && 'call' in lane ? lane.call : undefined;
    const signature = thoughtSignature(event.sealed, call !== undefined, this.ledger);
    if (call !== undefined) call.signature = signature;
  }

  #finish(event: EventOf<'finish'>): void {
    const choice = this.#choice(event.choice);
    noteFinish(event, this.ledger);
    choice.finish = encodeStop(event.reason, choice.prose.refusal !== undefined);
    if (event.reason === 'refusal') choice.prose.refusal ??= event.explanation ?? '';
  }
}

function encodeChoice(choice: Choice, index: number): JsonObject {
  const { content, refusal, reasoning } = choice.prose;
  return {
    index,
    message: {
      role: 'assistant',
      content: content ?? null,
      refusal: refusal === undefined || refusal === '' ? null : refusal,
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
      ...(choice.calls.length === 0 ? {} : { tool_calls: choice.calls.map(encodeCall) }),
      annotations: choice.annotations,
      ...choice.raw,
    },
    logprobs: choice.logprobs ?? null,
    finish_reason: choice.finish,
  };
}

function encodeCall(call: Call): JsonObject {
  const { id, name, custom } = call.head;
  const called: JsonObject =
    custom === true
      ? { type: 'custom', custom: { name, input: call.input } }
      : { type: 'function', function: { name, arguments: call.input === '' ? '{}' : call.input } };
  return { id, ...called, ...call.signature };
}
