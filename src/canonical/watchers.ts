// The part of reading along that every dialect shares: cutting, bounding, ending. A dialect adds an
// EventReader (or a body verdict) that knows its own events.
import { sendRuns } from '../lib/event-runs.ts';
import { elementSpans, skipSpace } from '../lib/json-elements.ts';
import { type Field, named, ScanError, scanObject } from '../lib/json-scan.ts';
import { isObjectText } from '../lib/json-shape.ts';
import { type EventSpan, readEvents } from '../lib/sse.ts';
import { SseFramer } from '../lib/sse-framer.ts';
import { GatewayError } from './errors.ts';
import { type Json, type JsonObject, objectIn } from './json.ts';
import type { FrameKind, Watcher, WatchOutput } from './protocol.ts';
import type { Usage } from './usage.ts';

const MOST_EVENT = 1024 * 1024;
const MOST_BODY = 64 * 1024 * 1024;
const MOST_DEPTH = 512;
/** In one event or body; the richest have some thirty. */
const MOST_FIELDS = 1_000;
const TOO_MANY = `more than ${MOST_FIELDS} fields`;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');
const BLANK_LINE = Buffer.from('\n\n');
const OPEN_BRACKET = 0x5b;

/** What one event is, or why the stream has failed. `undefined`: nothing the flow need know. */
export type EventVerdict = FrameKind | GatewayError | undefined;

export interface EventReader {
  readonly usage: Usage | undefined;
  /** The answer has begun. */
  readonly started: boolean;
  /** The upstream has said why it stopped: from here on a clean close is a complete answer. */
  readonly finished: boolean;
  /** The end marker, for upstreams that finish and then just close. */
  readonly closing: Buffer;
  /** Bytes of the largest event, where pictures travel in one. */
  readonly mostEvent?: number;
  /**
   * Nothing but answer in here? Asked once per read, after the start, and must be cheap and never wrong.
   * `text` holds the read's bytes as characters (latin1).
   */
  isPlain(text: string): boolean;
  /** Asked for every event of a read that is not plain, in order. */
  read(event: JsonObject): EventVerdict;
  /** Is this data the end marker itself, in dialects where that is no JSON? */
  isEnd?(data: string): boolean;
}

export class StreamWatcher implements Watcher {
  pieces = 0;
  readonly #reader: EventReader;
  readonly #output: WatchOutput;
  readonly #framer: SseFramer;
  #over = false;
  #failure: GatewayError | undefined = undefined;

  constructor(reader: EventReader, output: WatchOutput) {
    this.#reader = reader;
    this.#output = output;
    const most = reader.mostEvent ?? MOST_EVENT;
    this.#framer = new SseFramer(most, {
      events: (bytes) => this.#events(bytes),
      overflow: () => this.#fail(garbled(`an event of its stream is larger than ${most} bytes`)),
    });
  }

  get usage(): Usage | undefined {
    return this.#reader.usage;
  }

  push(chunk: Buffer): void {
    if (!this.#over) this.#framer.push(chunk);
  }

  end(): void {
    const rest = this.#over ? undefined : this.#framer.rest();
    if (rest !== undefined) this.#events(Buffer.concat([rest, BLANK_LINE]));
    if (this.#over) return;
    if (this.#reader.finished) {
      this.#over = true;
      this.#output.frame(this.#reader.closing, 'terminal');
    } else this.#fail(truncated());
  }

  #events(bytes: Buffer): void {
    if (this.#over) return;
    const count = this.#reader.started ? this.#plainEvents(bytes) : 0;
    if (count > 0) {
      this.pieces += count;
      this.#output.frame(bytes, 'content');
      return;
    }
    sendRuns(bytes, readEvents(bytes), (event) => this.#kindOf(event), this.#output);
    if (this.#failure !== undefined) this.#output.fault(this.#failure);
  }

  /** How many events, if they are nothing but answer; else 0, and they must be looked at one by one. */
  #plainEvents(bytes: Buffer): number {
    const text = bytes.toString('latin1');
    return this.#reader.isPlain(text) ? wellFormedEvents(text) : 0;
  }

  #kindOf(event: EventSpan): FrameKind | undefined {
    if (this.#over || event.data === '') return undefined;
    const verdict = this.#verdict(event);
    if (verdict instanceof GatewayError) {
      this.#over = true;
      this.#failure = verdict;
      return undefined;
    }
    if (verdict === 'terminal') return this.#ending();
    if (verdict === 'content' && !this.#reader.finished) this.pieces += 1;
    return verdict;
  }

  /** The end marker of an answer that never began is no answer. */
  #ending(): FrameKind | undefined {
    this.#over = true;
    if (this.#reader.started) return 'terminal';
    this.#failure = truncated();
    return undefined;
  }

  #verdict(event: EventSpan): EventVerdict {
    // An end marker may be a proxy's; only the model's own reason to stop makes the answer whole.
    if (this.#reader.isEnd?.(event.data) === true) return this.#reader.finished ? 'terminal' : truncated();
    const value = objectIn(event.data);
    return value === undefined ? garbled('an event of its stream is not JSON') : this.#reader.read(value);
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    this.#output.fault(error);
  }
}

const DATA = 'data:';
const SPACE = 0x20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * How many events these bytes hold, if each is one line of JSON data with at most an `event:` line
 * before it; 0 if any is not, and must be looked at closely. The structure of the JSON is checked, so
 * that garbage is found however the stream was cut.
 */
function wellFormedEvents(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) {
    const from = text.startsWith(DATA, at) ? afterData(text, at) : dataAfterName(text, at);
    if (from < 0) return 0;
    const end = text.indexOf('\n', from);
    // Some end their lines with a carriage return, too; behind JSON it is white space.
    const next = text.charCodeAt(end + 1) === CARRIAGE_RETURN ? end + 2 : end + 1;
    if (end < 0 || text.charCodeAt(next) !== LINE_FEED) return 0;
    if (!isObjectText(text, from, end, MOST_DEPTH)) return 0;
    at = next + 1;
  }
  return count;
}

/** Where the data begins in an event that has a name; -1 if that is not how it looks. */
function dataAfterName(text: string, at: number): number {
  if (!text.startsWith('event: ', at)) return -1;
  const line = text.indexOf('\n', at) + 1;
  return line > 0 && text.startsWith(DATA, line) ? afterData(text, line) : -1;
}

/** Some leave out the space behind the colon. */
function afterData(text: string, at: number): number {
  const from = at + DATA.length;
  return text.charCodeAt(from) === SPACE ? from + 1 : from;
}

/** The outline of an unstreamed body: its fields, each parsed only when asked for. */
export class BodyOutline {
  readonly #bytes: Buffer;
  readonly #fields: readonly Field[];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#fields = scanObject(bytes, MOST_DEPTH, MOST_FIELDS).fields;
  }

  has(name: string): boolean {
    return named(this.#fields, name) !== undefined;
  }

  value(name: string): Json | undefined {
    const field = named(this.#fields, name);
    if (field === undefined) return undefined;
    return JSON.parse(this.#bytes.toString('utf8', field.start, field.end)) as Json;
  }

  /** How many elements a list has, without reading them; undefined when it is none. */
  length(name: string): number | undefined {
    const field = named(this.#fields, name);
    if (field === undefined || this.#bytes[field.start] !== OPEN_BRACKET) return undefined;
    return elementSpans(this.#bytes, field.start).length;
  }
}

export type BodyVerdict = { readonly usage: Usage | undefined } | GatewayError;

/** An unstreamed reply: one body, handed on whole once its outline has been checked. */
export class BodyWatcher implements Watcher {
  usage: Usage | undefined = undefined;
  pieces = 0;
  readonly #judge: (outline: BodyOutline) => BodyVerdict;
  readonly #output: WatchOutput;
  readonly #lists: boolean;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #over = false;

  /** `lists`: the body may be a bare list, of which nobody knows more than that it is whole. */
  constructor(judge: (outline: BodyOutline) => BodyVerdict, output: WatchOutput, lists = false) {
    this.#judge = judge;
    this.#output = output;
    this.#lists = lists;
  }

  push(chunk: Buffer): void {
    if (this.#over) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.pieces = Math.ceil(this.#length / 4);
    if (this.#length > MOST_BODY) this.#fail(garbled(`its body is larger than ${MOST_BODY} bytes`));
  }

  end(): void {
    if (this.#over) return;
    const first = this.#chunks[0];
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const body = whole.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
      ? whole.subarray(BYTE_ORDER_MARK.length)
      : whole;
    const verdict = this.#verdict(body);
    if (verdict instanceof GatewayError) {
      this.#fail(verdict);
      return;
    }
    this.#over = true;
    this.usage = verdict.usage;
    this.#output.frame(body, 'terminal');
  }

  #verdict(body: Buffer): BodyVerdict {
    try {
      return this.#lists && body[skipSpace(body, 0)] === OPEN_BRACKET
        ? wholeList(body)
        : this.#judge(new BodyOutline(body));
    } catch (cause) {
      const tooMany = cause instanceof ScanError && cause.reason === 'fields';
      return garbled(tooMany ? `its body has ${TOO_MANY}` : 'its body is not a complete JSON object', cause);
    }
  }

  #fail(error: GatewayError): void {
    this.#over = true;
    // What is no reply is no output.
    this.pieces = 0;
    this.#chunks.length = 0;
    this.#output.fault(error);
  }
}

function wholeList(body: Buffer): BodyVerdict {
  JSON.parse(body.toString('utf8'));
  return { usage: undefined };
}

export function garbled(what: string, cause?: unknown): GatewayError {
  return new GatewayError('upstream_garbled', `The upstream's reply cannot be read: ${what}.`, { cause });
}

export function truncated(): GatewayError {
  return new GatewayError(
    'upstream_truncated',
    'The upstream ended its stream before the answer was complete.',
  );
}
