// AWS's binary event streams: messages of a prelude (length of the message, length of its headers, checksum of
// both), headers, payload and a checksum of all before it. What is cut here is always one or more whole messages,
// however the bytes were split on the way.
import { crc32 } from 'node:zlib';
import { UnfinishedBytes } from './unfinished-bytes.ts';

const PRELUDE = 12;
const CHECKSUM = 4;
const LEAST = PRELUDE + CHECKSUM;
const MOST_HEADERS = 128 * 1024;

export interface EventMessage {
  /** Where it stands in the bytes it was read from. */
  readonly start: number;
  readonly end: number;
  /** Its headers that are text; others say nothing to us. */
  readonly headers: ReadonlyMap<string, string>;
  readonly payload: Buffer;
}

export interface MessageOutput {
  /** One or more whole messages, checksums proven. */
  messages(bytes: Buffer): void;
  /** These are no messages, or one is larger than the bound; nothing follows. */
  broken(why: string): void;
}

export class EventStreamFramer {
  readonly #output: MessageOutput;
  readonly #bound: number;
  readonly #rest = new UnfinishedBytes();
  #over = false;

  constructor(bound: number, output: MessageOutput) {
    this.#bound = bound;
    this.#output = output;
  }

  /** Bytes of an unfinished message. */
  get pending(): number {
    return this.#rest.length;
  }

  push(chunk: Buffer): void {
    if (this.#over || chunk.length === 0) return;
    if (this.#rest.length === 0) {
      const cut = this.#wholeIn(chunk);
      if (cut > 0) this.#output.messages(cut === chunk.length ? chunk : chunk.subarray(0, cut));
      if (!this.#over && cut < chunk.length) this.#rest.add(chunk.subarray(cut));
      return;
    }
    this.#rest.add(chunk);
    const cut = this.#wholeIn(this.#rest.peek());
    if (cut > 0) this.#output.messages(this.#rest.take(cut));
  }

  /** How many bytes of whole, sound messages these begin with. What is broken behind them is said after them. */
  #wholeIn(bytes: Buffer): number {
    let at = 0;
    let wrong: string | undefined;
    while (wrong === undefined && bytes.length - at >= PRELUDE) {
      wrong = wrongPrelude(bytes, at, this.#bound);
      if (wrong !== undefined) break;
      const end = at + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      wrong = wrongMessage(bytes, at, end);
      if (wrong === undefined) at = end;
    }
    if (wrong === undefined) return at;
    this.#over = true;
    this.#rest.drop();
    if (at > 0) this.#output.messages(Buffer.from(bytes.subarray(0, at)));
    this.#output.broken(wrong);
    return 0;
  }
}

function wrongPrelude(bytes: Buffer, at: number, bound: number): string | undefined {
  const total = bytes.readUInt32BE(at);
  const headers = bytes.readUInt32BE(at + 4);
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) {
    return 'the checksum of a message length is wrong';
  }
  if (total > bound) return `a message of its stream is larger than ${bound} bytes`;
  if (total < LEAST || headers > total - LEAST || headers > MOST_HEADERS) {
    return 'the lengths of a message do not fit together';
  }
  return undefined;
}

function wrongMessage(bytes: Buffer, at: number, end: number): string | undefined {
  const stated = bytes.readUInt32BE(end - CHECKSUM);
  return crc32(bytes.subarray(at, end - CHECKSUM)) === stated
    ? undefined
    : 'the checksum of a message is wrong';
}

/** The messages in `bytes`, which must hold whole, sound ones. */
export function readMessages(bytes: Buffer): EventMessage[] {
  const messages: EventMessage[] = [];
  for (let start = 0; bytes.length - start >= LEAST; ) {
    const end = start + bytes.readUInt32BE(start);
    const payloadAt = start + PRELUDE + bytes.readUInt32BE(start + 4);
    messages.push({
      start,
      end,
      headers: readHeaders(bytes, start + PRELUDE, payloadAt),
      payload: bytes.subarray(payloadAt, end - CHECKSUM),
    });
    start = end;
  }
  return messages;
}

const TEXT = 7;
const BYTES = 6;
/** Bytes of a value by its type: true, false, byte, short, integer, long, …, timestamp, uuid. */
const SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

/** Nearly all messages of a stream have one of a few sets of headers. */
const seen = new Map<string, ReadonlyMap<string, string>>();
const MOST_SEEN = 64;

function readHeaders(bytes: Buffer, from: number, to: number): ReadonlyMap<string, string> {
  const text = bytes.toString('latin1', from, to);
  const known = seen.get(text);
  if (known !== undefined) return known;
  const headers = parseHeaders(bytes, from, to);
  if (seen.size < MOST_SEEN) seen.set(text, headers);
  return headers;
}

/** A header of an unknown type ends the reading: nobody knows where the next begins. */
function parseHeaders(bytes: Buffer, from: number, to: number): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = from;
  while (at < to) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    const type = bytes[nameEnd] ?? -1;
    const end = valueEnd(bytes, type, nameEnd + 1, to);
    if (end > to) break;
    if (type === TEXT) {
      headers.set(bytes.toString('latin1', at + 1, nameEnd), bytes.toString('utf8', nameEnd + 3, end));
    }
    at = end;
  }
  return headers;
}

/** Beyond the last header when that cannot be. */
function valueEnd(bytes: Buffer, type: number, at: number, to: number): number {
  if (type !== TEXT && type !== BYTES) return at + (SIZES[type] ?? Number.POSITIVE_INFINITY);
  return at + 2 > to ? Number.POSITIVE_INFINITY : at + 2 + bytes.readUInt16BE(at);
}

/** Headers once encoded serve every message that has them. */
export function encodeHeaders(headers: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const text = Buffer.from(value);
      const head = Buffer.alloc(name.length + 4);
      head[0] = name.length;
      head.write(name, 1, 'latin1');
      head[name.length + 1] = TEXT;
      head.writeUInt16BE(text.length, name.length + 2);
      return Buffer.concat([head, text]);
    }),
  );
}

export function encodeMessage(headers: Buffer, payload: string): Buffer {
  const size = Buffer.byteLength(payload);
  const total = LEAST + headers.length + size;
  const bytes = Buffer.allocUnsafe(total);
  bytes.writeUInt32BE(total, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, PRELUDE);
  bytes.write(payload, PRELUDE + headers.length, 'utf8');
  bytes.writeUInt32BE(crc32(bytes.subarray(0, total - CHECKSUM)), total - CHECKSUM);
  return bytes;
}
