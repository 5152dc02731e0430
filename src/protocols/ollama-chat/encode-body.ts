// Canonical events as one body: gathered, written at the end.
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { encodeError } from './encode-error.ts';
import {
  type Call,
  CallShelf,
  doneFields,
  logprobList,
  noteFinish,
  noteHead,
  noteSeal,
  noteStart,
  timestamp,
} from './reply-parts.ts';
import { encodeStop } from './stop-reasons.ts';
import { encodeUsage } from './usage.ts';

type Lane = 'content' | 'thinking' | Call;

export class BodyEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #shelf = new CallShelf(this.ledger);
  readonly #lanes = new Map<number, Lane>();
  readonly #said = { content: '', thinking: '' };
  readonly #calls: JsonObject[] = [];
  readonly #logprobs: Json[] = [];
  #head: JsonObject = {};
  #refused = false;
  #finish: EventOf<'finish'> | undefined = undefined;
  #usage: EventOf<'usage'> | undefined = undefined;
  #firstAt: number | undefined = undefined;
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
        return JSON.stringify(this.#body());
      default:
        this.#gather(event);
        return '';
    }
  }

  #gather(event: Exclude<ReplyEvent, { type: 'error' | 'end' }>): void {
    switch (event.type) {
      case 'start':
        noteStart(event, this.ledger);
        this.#head = { model: event.model, created_at: timestamp(event.created ?? this.#options.created) };
        break;
      case 'open':
        this.#open(event);
        break;
      case 'delta':
        this.#delta(event);
        break;
      case 'close':
        this.#close(event.index);
        break;
      case 'finish':
        this.#ending(event);
        break;
      case 'usage':
        this.#usage = event;
        break;
      case 'ping':
        break;
      default:
        this.#note(event);
    }
  }

  #note(event: EventOf<'seal' | 'annotate' | 'logprobs'>): void {
    if (event.type === 'annotate') this.ledger.dropped('annotations');
    else if (event.type === 'seal') {
      noteSeal(event.sealed, typeof this.#lanes.get(event.index) === 'object', this.ledger);
    } else if (event.choice === 0) this.#logprobs.push(...logprobList(event.value));
  }

  #open({ index, choice, block }: EventOf<'open'>): void {
    noteHead(block, this.ledger);
    if (choice !== 0) {
      this.ledger.dropped('choices', 'a reply has one');
      return;
    }
    if (block.type === 'refusal') this.#refused = true;
    if (block.type === 'tool_call') this.#lanes.set(index, { head: block, input: '' });
    else if (block.type === 'text' || block.type === 'refusal') this.#lanes.set(index, 'content');
    else if (block.type === 'reasoning' && block.redacted === undefined) this.#lanes.set(index, 'thinking');
  }

  #delta({ index, text }: EventOf<'delta'>): void {
    const lane = this.#lanes.get(index);
    if (lane === undefined) return;
    this.#firstAt ??= this.#options.elapsed?.();
    if (typeof lane === 'object') lane.input += text;
    else this.#said[lane] += text;
  }

  #close(index: number): void {
    const lane = this.#lanes.get(index);
    const call = typeof lane === 'object' ? this.#shelf.take(lane) : undefined;
    if (call !== undefined) this.#calls.push(call);
  }

  #ending(event: EventOf<'finish'>): void {
    if (event.choice !== 0) return;
    noteFinish(event, this.ledger);
    this.#finish = event;
    this.#calls.push(...this.#shelf.rest(event.reason));
    if (event.reason === 'refusal' && !this.#refused) this.#said.content += event.explanation ?? '';
  }

  #body(): JsonObject {
    const { operation, elapsed } = this.#options;
    const extras = this.#finish?.extras;
    const reason = encodeStop(this.#finish?.reason ?? 'stop', extras);
    const end = elapsed?.();
    const timing = end === undefined ? undefined : { first: this.#firstAt ?? end, end };
    const usage = encodeUsage(this.#usage?.usage, this.#usage?.extras, timing);
    const context = operation === 'complete' ? extras?.context : undefined;
    return Object.assign(
      {},
      this.#head,
      this.#words(operation === 'complete'),
      doneFields(reason, context, usage),
      this.#logprobs.length === 0 ? undefined : { logprobs: this.#logprobs },
    );
  }

  #words(complete: boolean): JsonObject {
    const { content, thinking } = this.#said;
    const more = {
      ...(thinking === '' ? {} : { thinking }),
      ...(this.#calls.length === 0 ? {} : { tool_calls: this.#calls }),
    };
    return complete ? { response: content, ...more } : { message: { role: 'assistant', content, ...more } };
  }
}
