// Canonical events as lines: deltas, whole calls, and a done line with reason and counters. A delta costs one
// string join: everything around the text is made once per reply.
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncoderOptions, ReplyEncoder } from '../../canonical/protocol.ts';
import type { EventOf, ReplyEvent } from '../../canonical/reply.ts';
import { encodeStreamError } from './encode-error.ts';
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

/** White space before the next line is the only sign of life that all clients read over: an empty line is none. */
export const keepalive = ' ';

/** What stands before and after the text of a delta, of the line's end. */
interface Prose {
  readonly before: string;
  readonly after: string;
}

const CHAT = '"message":{"role":"assistant","content":';
const ONGOING = ',"done":false';

export class StreamEncoder implements ReplyEncoder {
  readonly ledger = new Ledger();
  readonly #options: EncoderOptions;
  readonly #shelf = new CallShelf(this.ledger);
  readonly #lanes = new Map<number, Prose | Call>();
  #text: Prose = { before: '', after: '' };
  #thinking: Prose = { before: '', after: '' };
  /** `{"model":…,"created_at":…,` */
  #head = '';
  #logprobs: readonly Json[] = [];
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
      case 'delta':
        return this.#delta(event.index, event.text);
      case 'start':
        this.#start(event);
        return '';
      case 'open':
        this.#open(event);
        return '';
      case 'close':
        return this.#close(event.index);
      case 'finish':
        return this.#ending(event);
      case 'ping':
        return event.note === undefined ? keepalive : this.#own(event.note);
      case 'error':
        this.#over = true;
        return encodeStreamError(event.error);
      case 'end':
        return this.#end();
      default:
        this.#note(event);
        return '';
    }
  }

  #note(event: EventOf<'seal' | 'annotate' | 'logprobs' | 'usage'>): void {
    switch (event.type) {
      case 'usage':
        this.#usage = event;
        break;
      case 'logprobs':
        if (event.choice === 0) this.#logprobs = [...this.#logprobs, ...logprobList(event.value)];
        break;
      case 'annotate':
        this.ledger.dropped('annotations');
        break;
      case 'seal': {
        const lane = this.#lanes.get(event.index);
        noteSeal(event.sealed, lane !== undefined && 'head' in lane, this.ledger);
      }
    }
  }

  /** A line that adds nothing to the answer, with something of the gateway's own. */
  #own(note: JsonObject): string {
    const { before, after } = this.#text;
    return `${before}""${after},"signalbox":${JSON.stringify(note)}${this.#lineEnd()}`;
  }

  #start(event: EventOf<'start'>): void {
    noteStart(event, this.ledger);
    const time = timestamp(event.created ?? this.#options.created);
    this.#head = `{"model":${JSON.stringify(event.model)},"created_at":"${time}",`;
    if (this.#options.operation === 'complete') {
      this.#text = { before: `${this.#head}"response":`, after: ONGOING };
      this.#thinking = { before: `${this.#head}"response":"","thinking":`, after: ONGOING };
    } else {
      this.#text = { before: this.#head + CHAT, after: `}${ONGOING}` };
      this.#thinking = { before: `${this.#head}${CHAT}"","thinking":`, after: `}${ONGOING}` };
    }
  }

  #open({ index, choice, block }: EventOf<'open'>): void {
    noteHead(block, this.ledger);
    if (choice !== 0) {
      this.ledger.dropped('choices', 'a reply has one');
      return;
    }
    if (block.type === 'tool_call') this.#lanes.set(index, { head: block, input: '' });
    else if (block.type === 'text' || block.type === 'refusal') this.#lanes.set(index, this.#text);
    else if (block.type === 'reasoning' && block.redacted === undefined) {
      this.#lanes.set(index, this.#thinking);
    }
  }

  #delta(index: number, text: string): string {
    const lane = this.#lanes.get(index);
    if (lane === undefined) return '';
    this.#firstAt ??= this.#options.elapsed?.();
    if ('head' in lane) {
      lane.input += text;
      return '';
    }
    return `${lane.before}${JSON.stringify(text)}${lane.after}${this.#lineEnd()}`;
  }

  /** Log probabilities go out with the next line, which is the delta they speak of. */
  #lineEnd(): string {
    if (this.#logprobs.length === 0) return '}\n';
    const logprobs = JSON.stringify(this.#logprobs);
    this.#logprobs = [];
    return `,"logprobs":${logprobs}}\n`;
  }

  #close(index: number): string {
    const lane = this.#lanes.get(index);
    this.#lanes.delete(index);
    const call = lane !== undefined && 'head' in lane ? this.#shelf.take(lane) : undefined;
    return call === undefined ? '' : this.#calls([call]);
  }

  #calls(calls: readonly JsonObject[]): string {
    const { before, after } = this.#text;
    return `${before}"","tool_calls":${JSON.stringify(calls)}${after}${this.#lineEnd()}`;
  }

  #ending(event: EventOf<'finish'>): string {
    if (event.choice !== 0) return '';
    noteFinish(event, this.ledger);
    this.#finish = event;
    const rest = this.#shelf.rest(event.reason);
    const { before, after } = this.#text;
    const told = event.reason === 'refusal' ? (event.explanation ?? '') : '';
    // Spoken in the reply already where there was a block of it.
    const words =
      told === '' || this.#refused() ? '' : `${before}${JSON.stringify(told)}${after}${this.#lineEnd()}`;
    return words + (rest.length === 0 ? '' : this.#calls(rest));
  }

  #refused(): boolean {
    return this.ledger.entries.some(({ field }) => field === 'refusal');
  }

  #end(): string {
    this.#over = true;
    const extras = this.#finish?.extras;
    const reason = encodeStop(this.#finish?.reason ?? 'stop', extras);
    const end = this.#options.elapsed?.();
    const timing = end === undefined ? undefined : { first: this.#firstAt ?? end, end };
    const usage = encodeUsage(this.#usage?.usage, this.#usage?.extras, timing);
    const context = this.#options.operation === 'complete' ? extras?.context : undefined;
    const done = JSON.stringify(doneFields(reason, context, usage)).slice(1, -1);
    const after = this.#text.after.slice(0, -ONGOING.length);
    return `${this.#text.before}""${after},${done}${this.#lineEnd()}`;
  }
}
