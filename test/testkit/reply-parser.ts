// Replies out of the bytes of a connection, each byte looked at once however large the reply.
import { type JsonValue, parse } from './json-value.ts';
import { headersOf } from './scripted-upstream.ts';

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Transfer coding removed. */
  readonly body: Buffer;
  readonly text: string;
  readonly json: JsonValue;
  /** False when the connection ended before the body did. */
  readonly whole: boolean;
}

interface Open {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: Buffer[];
  readonly chunked: boolean;
  /** Bytes still missing of the body or of the current chunk; undefined between chunks. */
  left: number | undefined;
}

export class ReplyParser {
  readonly #take: (reply: RawReply) => void;
  #rest: Buffer = Buffer.alloc(0);
  #open: Open | undefined = undefined;

  constructor(take: (reply: RawReply) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  /** The connection has closed: what there is of a reply is all there will be. */
  end(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    if (this.#rest.length > 0 && !open.chunked) open.pieces.push(this.#rest);
    this.#take(replyOf(open, open.left === Number.POSITIVE_INFINITY));
  }

  /** One step forward; false when more bytes are needed. */
  #step(): boolean {
    const open = this.#open;
    if (open === undefined) return this.#readHead();
    return open.left === undefined ? this.#readSize(open) : this.#readData(open, open.left);
  }

  #readHead(): boolean {
    const close = this.#rest.indexOf('\r\n\r\n');
    if (close < 0) return false;
    const [first = '', ...lines] = this.#rest.toString('latin1', 0, close).split('\r\n');
    this.#rest = this.#rest.subarray(close + 4);
    const status = Number(first.split(' ')[1]);
    const headers = headersOf(lines);
    const chunked = headers['transfer-encoding'] === 'chunked';
    this.#open = {
      status,
      headers,
      pieces: [],
      chunked,
      left: chunked ? undefined : lengthOf(status, headers),
    };
    return true;
  }

  #readSize(open: Open): boolean {
    const line = this.#rest.indexOf('\r\n');
    if (line < 0) return false;
    const size = Number.parseInt(this.#rest.toString('latin1', 0, line), 16);
    if (size === 0 && this.#rest.length < line + 4) return false;
    this.#rest = this.#rest.subarray(size === 0 ? line + 4 : line + 2);
    if (size === 0) this.#close(open);
    else open.left = size;
    return true;
  }

  #readData(open: Open, left: number): boolean {
    const frame = open.chunked ? 2 : 0;
    if (open.chunked && this.#rest.length < left + frame) {
      // Whole data can be taken out early; the line break after a chunk is waited for.
      const early = Math.min(left, this.#rest.length);
      if (early === 0) return false;
      this.#keep(open, early);
      open.left = left - early;
      return false;
    }
    const taken = Math.min(left, this.#rest.length);
    this.#keep(open, taken);
    this.#rest = this.#rest.subarray(frame);
    open.left = open.chunked ? undefined : left - taken;
    if (open.left === 0) this.#close(open);
    return open.chunked || this.#open === undefined;
  }

  #keep(open: Open, length: number): void {
    if (length > 0) open.pieces.push(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
  }

  #close(open: Open): void {
    this.#open = undefined;
    this.#take(replyOf(open, true));
  }
}

function lengthOf(status: number, headers: Readonly<Record<string, string>>): number {
  const stated = headers['content-length'];
  if (stated !== undefined) return Number(stated);
  return status === 204 ? 0 : Number.POSITIVE_INFINITY;
}

function replyOf({ status, headers, pieces }: Open, whole: boolean): RawReply {
  const body = Buffer.concat(pieces);
  const text = body.toString('utf8');
  return {
    status,
    headers,
    body,
    text,
    get json() {
      return parse(text);
    },
    whole,
  };
}
