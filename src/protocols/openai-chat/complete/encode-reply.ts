// Canonical events as a stream of text_completion chunks, usage if asked for, `[DONE]`. A delta costs one string
// join.
import type { Json, JsonObject } from '../../../canonical/json.ts';
import { Ledger } from '../../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../../canonical/protocol.ts';
import type { ReplyEvent } from '../../../canonical/reply.ts';
import { chunkClose, chunkHead, streamEnd } from '../chunk-frame.ts';
import { encodeStreamError } from '../encode-error.ts';
import { keepalive } from '../encode-reply.ts';
import { mergeLogprobs, noteFinish } from '../reply-parts.ts';
import { encodeUsage } from '../usage.ts';
import { asCompletionLogprobs } from './logprobs.ts';
import { completionHead, completionStop, isSaid } from './reply-parts.ts';

interface Choice {
  /** They go out with the next chunk, which is the text they speak of. */
  logprobs: Json | undefined;
  offset: number;
}

export class CompletionStreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  /** Choices by the index of their open blocks. */
  readonly #lanes = new Map<number, number>();
  readonly #choices = new Map<number, Choice>();
  /** `data: {…,"choices":[{"text":` */
  #head = '';
  #close = '';
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
        if (isSaid(event.block, this.ledger)) this.#lanes.set(event.index, event.choice);
        return '';
      case 'close':
        this.#lanes.delete(event.index);
        return '';
      case 'logprobs': {
        const choice = this.#choice(event.choice);
        choice.logprobs = mergeLogprobs(choice.logprobs, event.value);
        return '';
      }
      case 'annotate':
        this.ledger.dropped('annotations');
        return '';
      case 'seal':
        return '';
      case 'finish':
        noteFinish(event, this.ledger);
        return this.#chunk(event.choice, '', `"${completionStop(event.reason)}"`);
      case 'usage':
        this.#usage = encodeUsage(event.usage, event.extras);
        return '';
      case 'ping':
        return keepalive;
      case 'error':
        this.#over = true;
        return encodeStreamError(event.error);
      case 'end':
        return this.#end();
    }
  }

  #start(event: Extract<ReplyEvent, { type: 'start' }>): string {
    const head = completionHead(event, this.#options, this.ledger);
    this.#head = chunkHead(head, 'text');
    this.#close = chunkClose(this.#options.includeUsage);
    return '';
  }

  #delta(index: number, text: string): string {
    const choice = this.#lanes.get(index);
    return choice === undefined ? '' : this.#chunk(choice, text, 'null');
  }

  #chunk(index: number, text: string, finish: string): string {
    const place = `,"index":${index},"logprobs":${this.#logprobs(index)},"finish_reason":${finish}`;
    return this.#head + JSON.stringify(text) + place + this.#close;
  }

  #logprobs(index: number): string {
    const choice = this.#choices.get(index);
    if (choice?.logprobs === undefined) return 'null';
    const { value, offset } = asCompletionLogprobs(choice.logprobs, choice.offset);
    choice.logprobs = undefined;
    choice.offset = offset;
    return JSON.stringify(value);
  }

  #choice(index: number): Choice {
    const choice = this.#choices.get(index) ?? { logprobs: undefined, offset: 0 };
    this.#choices.set(index, choice);
    return choice;
  }

  #end(): string {
    this.#over = true;
    return streamEnd(this.#head, 'text', this.#options.includeUsage ? this.#usage : undefined);
  }
}
