// Canonical events as one text_completion body: gathered per choice, written at the end.
import type { Json, JsonObject } from '../../../canonical/json.ts';
import { Ledger } from '../../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../../canonical/protocol.ts';
import type { ReplyEvent } from '../../../canonical/reply.ts';
import { encodeError } from '../encode-error.ts';
import { mergeLogprobs, noteFinish, replyBody } from '../reply-parts.ts';
import { encodeUsage } from '../usage.ts';
import { asCompletionLogprobs } from './logprobs.ts';
import { completionHead, completionStop, isSaid } from './reply-parts.ts';

interface Choice {
  text: string;
  logprobs: Json | undefined;
  finish: string;
}

export class CompletionBodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #choices = new Map<number, Choice>();
  readonly #lanes = new Map<number, Choice>();
  #head: JsonObject = {};
  #usage: JsonObject | undefined = undefined;
  #over = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    if (event.type === 'error') {
      this.#over = true;
      return encodeError(event.error, this.#options.callId).body;
    }
    if (event.type === 'end') {
      this.#over = true;
      return replyBody(this.#head, this.#choices, encodeChoice, this.#usage);
    }
    this.#gather(event);
    return '';
  }

  #gather(event: Exclude<ReplyEvent, { type: 'error' | 'end' }>): void {
    switch (event.type) {
      case 'start':
        this.#head = completionHead(event, this.#options, this.ledger);
        break;
      case 'open': {
        const choice = this.#choice(event.choice);
        if (isSaid(event.block, this.ledger)) this.#lanes.set(event.index, choice);
        break;
      }
      case 'delta': {
        const choice = this.#lanes.get(event.index);
        if (choice !== undefined) choice.text += event.text;
        break;
      }
      case 'logprobs': {
        const choice = this.#choice(event.choice);
        choice.logprobs = mergeLogprobs(choice.logprobs, event.value);
        break;
      }
      case 'finish':
        noteFinish(event, this.ledger);
        this.#choice(event.choice).finish = completionStop(event.reason);
        break;
      case 'usage':
        this.#usage = encodeUsage(event.usage, event.extras);
        break;
      case 'annotate':
        this.ledger.dropped('annotations');
        break;
      default:
    }
  }

  #choice(index: number): Choice {
    const choice = this.#choices.get(index) ?? { text: '', logprobs: undefined, finish: 'stop' };
    this.#choices.set(index, choice);
    return choice;
  }
}

function encodeChoice({ text, logprobs, finish }: Choice, index: number): JsonObject {
  const told = logprobs === undefined ? null : asCompletionLogprobs(logprobs, 0).value;
  return { text, index, logprobs: told, finish_reason: finish };
}
