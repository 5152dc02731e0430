// What is open in a reply: a part of a message, a thought, a call. Each knows its events and, at the end, what
// it has said as a whole.
import type { Sealed } from '../../canonical/blocks.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { BlockHead } from '../../canonical/reply.ts';
import { type DeltaFrame, deltaFrame, type EventWriter, fieldsText } from './event-writer.ts';
import { type CallName, callItem, messageItem, reasoningItem, sealText, textPart } from './reply-items.ts';

/** Where an item stands in the reply. */
export interface Seat {
  readonly id: string;
  readonly output: number;
}

/** Takes the JSON text of an item that is done. */
export type Settle = (output: number, item: string) => void;

export interface Lane {
  delta(text: string): string;
  close(): string;
}

function placeText({ id, output }: Seat): string {
  return `"item_id":${JSON.stringify(id)},"output_index":${output}`;
}

function itemEvent(writer: EventWriter, type: 'added' | 'done', output: number, item: string): string {
  return writer.event(`response.output_item.${type}`, `"output_index":${output},"item":${item}`);
}

/** A message takes parts until something else begins. */
export class MessageLane {
  readonly seat: Seat;
  readonly phase: Json | undefined;
  readonly #writer: EventWriter;
  readonly #settle: Settle;
  readonly #parts: Json[] = [];

  constructor(seat: Seat, phase: Json | undefined, writer: EventWriter, settle: Settle) {
    this.seat = seat;
    this.phase = phase;
    this.#writer = writer;
    this.#settle = settle;
  }

  open(): string {
    const item = JSON.stringify(messageItem(this.seat.id, 'in_progress', [], this.phase));
    return itemEvent(this.#writer, 'added', this.seat.output, item);
  }

  part(refusal: boolean): PartLane {
    const at = this.#parts.length;
    this.#parts.push(null);
    return new PartLane(this.seat, at, refusal, this.#writer, (part) => {
      this.#parts[at] = part;
    });
  }

  close(): string {
    const item = JSON.stringify(messageItem(this.seat.id, 'completed', this.#parts, this.phase));
    this.#settle(this.seat.output, item);
    return itemEvent(this.#writer, 'done', this.seat.output, item);
  }
}

const NO_LOGPROBS = ',"logprobs":[]';

export class PartLane implements Lane {
  /** They go out with the next delta, which is the one they speak of. */
  logprobs: readonly Json[] = [];
  readonly refusal: boolean;
  readonly #writer: EventWriter;
  readonly #place: string;
  readonly #frame: DeltaFrame;
  readonly #done: (part: JsonObject) => void;
  readonly #annotations: Json[] = [];
  readonly #allLogprobs: Json[] = [];
  #text = '';

  constructor(
    seat: Seat,
    at: number,
    refusal: boolean,
    writer: EventWriter,
    done: (part: JsonObject) => void,
  ) {
    this.refusal = refusal;
    this.#writer = writer;
    this.#done = done;
    this.#place = `${placeText(seat)},"content_index":${at}`;
    this.#frame = refusal
      ? deltaFrame('response.refusal.delta', this.#place)
      : deltaFrame('response.output_text.delta', this.#place, NO_LOGPROBS);
  }

  open(): string {
    return this.#writer.event('response.content_part.added', `${this.#place},"part":${this.#part()}`);
  }

  delta(text: string): string {
    this.#text += text;
    if (this.logprobs.length === 0) return this.#writer.delta(this.#frame, text);
    const after = `,"logprobs":${JSON.stringify(this.logprobs)}}\n\n`;
    this.#allLogprobs.push(...this.logprobs);
    this.logprobs = [];
    return this.#writer.delta({ ...this.#frame, after }, text);
  }

  annotate(annotation: JsonObject): string {
    const at = this.#annotations.length;
    this.#annotations.push(annotation);
    const fields = `${this.#place},${fieldsText({ annotation_index: at, annotation })}`;
    return this.#writer.event('response.output_text.annotation.added', fields);
  }

  close(): string {
    const text = JSON.stringify(this.#text);
    this.#allLogprobs.push(...this.logprobs);
    const said = this.refusal
      ? this.#writer.event('response.refusal.done', `${this.#place},"refusal":${text}`)
      : this.#writer.event(
          'response.output_text.done',
          `${this.#place},"text":${text},"logprobs":${JSON.stringify(this.#allLogprobs)}`,
        );
    this.#done(this.#whole());
    return said + this.#writer.event('response.content_part.done', `${this.#place},"part":${this.#part()}`);
  }

  #part(): string {
    return JSON.stringify(this.#whole());
  }

  #whole(): JsonObject {
    return this.refusal
      ? { type: 'refusal', refusal: this.#text }
      : textPart(this.#text, this.#annotations, this.#allLogprobs);
  }
}

/** Thoughts go as a summary, which clients show and bring back, unless the upstream told them word for word. */
export class ThoughtLane implements Lane {
  sealed: string | undefined = undefined;
  readonly #seat: Seat;
  readonly #verbatim: boolean;
  readonly #writer: EventWriter;
  readonly #settle: Settle;
  readonly #place: string;
  readonly #frame: DeltaFrame;
  #text = '';

  constructor(seat: Seat, verbatim: boolean, writer: EventWriter, settle: Settle) {
    this.#seat = seat;
    this.#verbatim = verbatim;
    this.#writer = writer;
    this.#settle = settle;
    this.#place = `${placeText(seat)},"${verbatim ? 'content' : 'summary'}_index":0`;
    this.#frame = deltaFrame(`response.${this.#word}_text.delta`, this.#place);
  }

  get #word(): string {
    return this.#verbatim ? 'reasoning' : 'reasoning_summary';
  }

  open(): string {
    const item = JSON.stringify({ id: this.#seat.id, type: 'reasoning', summary: [] });
    return itemEvent(this.#writer, 'added', this.#seat.output, item);
  }

  delta(text: string): string {
    const opening = this.#text === '' ? this.#part('added', '') : '';
    this.#text += text;
    return opening + this.#writer.delta(this.#frame, text);
  }

  close(): string {
    let out = '';
    if (this.#text !== '') {
      const fields = `${this.#place},"text":${JSON.stringify(this.#text)}`;
      out = this.#writer.event(`response.${this.#word}_text.done`, fields) + this.#part('done', this.#text);
    }
    const verbatim = this.#verbatim && this.#text !== '';
    const item = JSON.stringify(reasoningItem(this.#seat.id, this.#text, verbatim, this.sealed));
    this.#settle(this.#seat.output, item);
    return out + itemEvent(this.#writer, 'done', this.#seat.output, item);
  }

  #part(step: 'added' | 'done', text: string): string {
    const part = { type: this.#verbatim ? 'reasoning_text' : 'summary_text', text };
    const type = this.#verbatim ? `response.content_part.${step}` : `response.reasoning_summary_part.${step}`;
    return this.#writer.event(type, `${this.#place},"part":${JSON.stringify(part)}`);
  }
}

type CallHead = Extract<BlockHead, { type: 'tool_call' }>;

export class CallLane implements Lane {
  /** Somebody's seal on the call: it follows as a thought of its own, since calls have no place for it. */
  sealed: Sealed | undefined = undefined;
  readonly #seat: Seat;
  readonly #head: CallHead;
  readonly #name: CallName;
  readonly #writer: EventWriter;
  readonly #settle: Settle;
  readonly #frame: DeltaFrame;
  #text = '';

  constructor(seat: Seat, head: CallHead, name: CallName, writer: EventWriter, settle: Settle) {
    this.#seat = seat;
    this.#head = head;
    this.#name = name;
    this.#writer = writer;
    this.#settle = settle;
    this.#frame = deltaFrame(`response.${this.#word}.delta`, placeText(seat));
  }

  get #word(): string {
    return this.#head.custom === true ? 'custom_tool_call_input' : 'function_call_arguments';
  }

  /** The seal as `encrypted_content`, if there is one. */
  get seal(): string | undefined {
    return this.sealed === undefined ? undefined : sealText(this.sealed, 'call', this.#head.id);
  }

  open(): string {
    const item = callItem(this.#seat.id, 'in_progress', this.#head, this.#name, '');
    return itemEvent(this.#writer, 'added', this.#seat.output, JSON.stringify(item));
  }

  delta(text: string): string {
    this.#text += text;
    return this.#writer.delta(this.#frame, text);
  }

  close(): string {
    // Nothing is no JSON.
    const silent = this.#text === '' && this.#head.custom !== true;
    const out = silent ? this.delta('{}') : '';
    const text = JSON.stringify(this.#text);
    const place = placeText(this.#seat);
    const said =
      this.#head.custom === true
        ? `${place},"input":${text}`
        : `${place},"name":${JSON.stringify(this.#name.name)},"arguments":${text}`;
    const item = JSON.stringify(callItem(this.#seat.id, 'completed', this.#head, this.#name, this.#text));
    this.#settle(this.#seat.output, item);
    return (
      out +
      this.#writer.event(`response.${this.#word}.done`, said) +
      itemEvent(this.#writer, 'done', this.#seat.output, item)
    );
  }
}

/** An item that is whole from the start. */
export function wholeItem(output: number, item: string, writer: EventWriter, settle: Settle): string {
  settle(output, item);
  return itemEvent(writer, 'added', output, item) + itemEvent(writer, 'done', output, item);
}
