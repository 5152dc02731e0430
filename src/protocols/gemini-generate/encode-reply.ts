// Canonical events as a stream: every chunk is a small reply of its own. Calls go whole, since clients make
// them as soon as they see them; the last chunk has the reason and the usage, and nothing marks the end.

import { saidInHead } from '../../canonical/head-extras.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockHead, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { encodeStreamError } from './encode-error.ts';
import { encodeLogprobs, joinedLogprobs } from './logprobs.ts';
import {
  callPart,
  endingOf,
  feedbackOf,
  moreFields,
  notesOf,
  rawPart,
  replyTail,
  signatureOf,
  textPart,
} from './reply-parts.ts';
import { encodeUsage } from './usage.ts';

/** A chunk that says nothing: some clients take comments for data. */
export const keepalive = 'data: {}\r\n\r\n';

const CHUNK = 'data: {"candidates":[{"content":{"parts":[';
const END = '\r\n\r\n';

type CallHead = Extract<BlockHead, { type: 'tool_call' }>;

/** An open block: what stands before and after each of its deltas, or a call that is being gathered. */
interface Lane {
  readonly choice: number;
  readonly thought: boolean;
  readonly before: string;
  readonly after: string;
  readonly call: CallHead | undefined;
  input: string;
  signature: string | undefined;
}

interface Choice {
  spoken: boolean;
  logprobs: JsonObject | undefined;
  notes: JsonObject;
  finish: EventOf<'finish'> | undefined;
}

export function createEncoder(options: EncoderOptions): ReplyEncoder {
  return options.stream && options.operation !== 'count'
    ? new StreamEncoder(options)
    : new BodyEncoder(options);
}

export class StreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #lanes = new Map<number, Lane>();
  readonly #choices = new Map<number, Choice>();
  #tail = '';
  #usage: JsonObject | undefined = undefined;
  #waitingLogprobs = 0;
  #over = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'delta':
        return this.#delta(event.index, event.text);
      case 'open':
        return this.#open(event);
      case 'seal':
        return this.#seal(event);
      case 'close':
        return this.#close(event.index);
      case 'ping':
        return keepalive;
      case 'error':
        this.#over = true;
        return encodeStreamError(event.error);
      case 'end':
        return this.#end();
      default:
        this.#remember(event);
        return '';
    }
  }

  #remember(event: EventOf<'start' | 'annotate' | 'logprobs' | 'finish' | 'usage'>): void {
    switch (event.type) {
      case 'start':
        for (const name of saidInHead(event.extras)) this.ledger.dropped(name);
        this.#tail = replyTail(event.id === '' ? this.#options.callId : event.id, event.model, event.created);
        break;
      case 'annotate': {
        const choice = this.#choice(this.#lanes.get(event.index)?.choice ?? 0);
        choice.notes = { ...choice.notes, ...notesOf(event.origin, event.value, this.ledger) };
        break;
      }
      case 'logprobs':
        this.#logprobs(event);
        break;
      case 'finish':
        this.#choice(event.choice).finish = event;
        break;
      case 'usage':
        this.#usage = encodeUsage(event.usage, event.extras);
        break;
    }
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { spoken: false, logprobs: undefined, notes: {}, finish: undefined };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  /** They go out with the next chunk of their choice, which is the one they speak of. */
  #logprobs(event: EventOf<'logprobs'>): void {
    const more = encodeLogprobs(event.value);
    if (more === undefined) {
      this.ledger.dropped('logprobs');
      return;
    }
    const choice = this.#choice(event.choice);
    if (choice.logprobs === undefined) this.#waitingLogprobs += 1;
    choice.logprobs = joinedLogprobs(choice.logprobs, more);
  }

  #open({ block, choice, index }: EventOf<'open'>): string {
    switch (block.type) {
      case 'text':
      case 'refusal':
        this.#lane(index, choice, false, undefined);
        return '';
      case 'reasoning':
        if (block.redacted === undefined) this.#lane(index, choice, true, undefined);
        else this.ledger.dropped('thinking.redacted');
        return '';
      case 'tool_call':
        this.#lane(index, choice, false, block);
        return '';
      case 'raw': {
        const part = rawPart(block, this.ledger);
        return part === undefined ? '' : this.#chunk(choice, part);
      }
    }
  }

  #lane(index: number, choice: number, thought: boolean, call: CallHead | undefined): void {
    const before = `${CHUNK}{"text":`;
    const thinking = thought ? ',"thought":true' : '';
    const after = `${thinking}}],"role":"model"},"index":${choice}}],${this.#tail}}${END}`;
    this.#lanes.set(index, { choice, thought, before, after, call, input: '', signature: undefined });
    this.#choice(choice);
  }

  #delta(index: number, text: string): string {
    const lane = this.#lanes.get(index);
    if (lane === undefined) return '';
    if (lane.call !== undefined) {
      lane.input += text;
      return '';
    }
    this.#choice(lane.choice).spoken = true;
    if (this.#waitingLogprobs > 0) return this.#chunk(lane.choice, textPart(text, lane.thought));
    return lane.before + JSON.stringify(text) + lane.after;
  }

  #seal(event: EventOf<'seal'>): string {
    const lane = this.#lanes.get(event.index);
    const place = lane?.call === undefined ? 'content' : 'functionCall';
    const signature = signatureOf(event.sealed, place, this.ledger);
    if (lane === undefined || signature === undefined) return '';
    if (lane.call === undefined) return this.#chunk(lane.choice, textPart('', lane.thought, signature));
    lane.signature = signature;
    return '';
  }

  #close(index: number): string {
    const lane = this.#lanes.get(index);
    this.#lanes.delete(index);
    if (lane?.call === undefined) return '';
    const part = callPart(lane.call, lane.input, lane.signature, this.ledger);
    return part === undefined ? '' : this.#chunk(lane.choice, part);
  }

  #chunk(index: number, part: string): string {
    const choice = this.#choice(index);
    choice.spoken = true;
    return `${CHUNK}${part}],"role":"model"},"index":${index}${this.#takeLogprobs(choice)}}],${this.#tail}}${END}`;
  }

  #takeLogprobs(choice: Choice): string {
    const { logprobs } = choice;
    if (logprobs === undefined) return '';
    choice.logprobs = undefined;
    this.#waitingLogprobs -= 1;
    return `,"logprobsResult":${JSON.stringify(logprobs)}`;
  }

  #end(): string {
    this.#over = true;
    const usage = this.#usage === undefined ? '' : `"usageMetadata":${JSON.stringify(this.#usage)},`;
    const first = this.#choice(0);
    const feedback = feedbackOf(first.finish);
    if (feedback !== undefined && !first.spoken) {
      return `data: {"promptFeedback":${JSON.stringify(feedback)},${usage}${this.#tail}}${END}`;
    }
    let out = '';
    const last = this.#choices.size - 1;
    for (const [at, [index, choice]] of [...this.#choices].sort(([a], [b]) => a - b).entries()) {
      const ending = moreFields({ ...endingOf(choice.finish, this.ledger), ...choice.notes });
      const close = `],"role":"model"}${ending},"index":${index}${this.#takeLogprobs(choice)}}],`;
      out += `${CHUNK}{"text":""}${close}${at === last ? usage : ''}${this.#tail}}${END}`;
    }
    return out;
  }
}
