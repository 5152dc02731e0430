// Canonical events as one body: gathered per candidate, written at the end. Also the answer of a count.

import { saidInHead } from '../../canonical/head-extras.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { BlockHead, EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { inputTokens } from '../../canonical/usage.ts';
import { encodeCount } from './count-tokens.ts';
import { encodeError } from './encode-error.ts';
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

/** An open block. */
interface Lane {
  readonly choice: Choice;
  readonly head: BlockHead;
  text: string;
  signature: string | undefined;
}

interface Choice {
  readonly parts: string[];
  notes: JsonObject;
  logprobs: JsonObject | undefined;
  finish: EventOf<'finish'> | undefined;
}

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #lanes = new Map<number, Lane>();
  readonly #choices = new Map<number, Choice>();
  #tail = '';
  #usage: EventOf<'usage'> | undefined = undefined;
  #over = false;

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  event(event: ReplyEvent): string {
    if (this.#over) return '';
    switch (event.type) {
      case 'error':
        this.#over = true;
        return encodeError(event.error, this.#options.callId).body;
      case 'end':
        this.#over = true;
        return this.#options.operation === 'count' ? this.#count() : this.#body();
      case 'start':
      case 'usage':
      case 'finish':
      case 'logprobs':
        this.#remember(event);
        return '';
      case 'ping':
        return '';
      default:
        this.#gather(event);
        return '';
    }
  }

  #remember(event: EventOf<'start' | 'usage' | 'finish' | 'logprobs'>): void {
    switch (event.type) {
      case 'start':
        for (const name of saidInHead(event.extras)) this.ledger.dropped(name);
        this.#tail = replyTail(event.id === '' ? this.#options.callId : event.id, event.model, event.created);
        break;
      case 'usage':
        this.#usage = event;
        break;
      case 'finish':
        this.#choice(event.choice).finish = event;
        break;
      case 'logprobs': {
        const choice = this.#choice(event.choice);
        const more = encodeLogprobs(event.value);
        if (more === undefined) this.ledger.dropped('logprobs');
        else choice.logprobs = joinedLogprobs(choice.logprobs, more);
        break;
      }
    }
  }

  #gather(event: EventOf<'open' | 'delta' | 'seal' | 'annotate' | 'close'>): void {
    if (event.type === 'open') {
      this.#open(event);
      return;
    }
    const lane = this.#lanes.get(event.index);
    if (lane === undefined) return;
    switch (event.type) {
      case 'delta':
        lane.text += event.text;
        break;
      case 'seal': {
        const place = lane.head.type === 'tool_call' ? 'functionCall' : 'content';
        lane.signature = signatureOf(event.sealed, place, this.ledger);
        break;
      }
      case 'annotate':
        lane.choice.notes = { ...lane.choice.notes, ...notesOf(event.origin, event.value, this.ledger) };
        break;
      case 'close':
        this.#lanes.delete(event.index);
        this.#close(lane);
        break;
    }
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { parts: [], notes: {}, logprobs: undefined, finish: undefined };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #open({ block, choice, index }: EventOf<'open'>): void {
    if (block.type === 'reasoning' && block.redacted !== undefined) this.ledger.dropped('thinking.redacted');
    this.#lanes.set(index, { choice: this.#choice(choice), head: block, text: '', signature: undefined });
  }

  #close(lane: Lane): void {
    const part = this.#part(lane);
    if (part !== undefined) lane.choice.parts.push(part);
  }

  #part({ head, text, signature }: Lane): string | undefined {
    switch (head.type) {
      case 'tool_call':
        return callPart(head, text, signature, this.ledger);
      case 'raw':
        return rawPart(head, this.ledger);
      default:
        if (text === '' && signature === undefined) return undefined;
        return textPart(text, head.type === 'reasoning', signature);
    }
  }

  #body(): string {
    const usage =
      this.#usage === undefined
        ? ''
        : `"usageMetadata":${JSON.stringify(encodeUsage(this.#usage.usage, this.#usage.extras))},`;
    const first = this.#choice(0);
    const feedback = feedbackOf(first.finish);
    if (feedback !== undefined && first.parts.length === 0) {
      return `{"promptFeedback":${JSON.stringify(feedback)},${usage}${this.#tail}}`;
    }
    const candidates = [...this.#choices]
      .sort(([a], [b]) => a - b)
      .map(([index, choice]) => this.#candidate(index, choice));
    return `{"candidates":[${candidates.join(',')}],${usage}${this.#tail}}`;
  }

  #candidate(index: number, { parts, finish, notes, logprobs }: Choice): string {
    const ends = endingOf(finish, this.ledger);
    const more = logprobs === undefined ? undefined : { logprobsResult: logprobs };
    const ending = moreFields(Object.assign({}, ends, notes, { index }, more));
    const content = parts.length === 0 ? '"role":"model"' : `"parts":[${parts.join(',')}],"role":"model"`;
    return `{"content":{${content}}${ending}}`;
  }

  #count(): string {
    return encodeCount(this.#usage === undefined ? 0 : inputTokens(this.#usage.usage));
  }
}
