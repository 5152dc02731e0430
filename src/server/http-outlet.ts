// An Outlet over node's ServerResponse.
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { WireHeaders } from '../canonical/wire.ts';
import type { Outlet } from '../flow/emit/outlet.ts';
import type { Connection } from './connection.ts';

/** The one status that dialects use and HTTP has no words for: 529. */
const UNUSUAL = 'Overloaded';
const LAST_CHUNK = '0\r\n\r\n';
/** Node joins head and body into one write only when the body is a string; every byte is one latin1 character. */
const JOINED = 64 * 1024;

/** Headers of every answer on this listener: CORS, and `connection: close` while draining. */
export type Always = () => WireHeaders;

export class HttpOutlet implements Outlet {
  readonly #response: ServerResponse;
  readonly #connection: Connection;
  readonly #always: Always;
  #chunked = false;
  #waiting: (() => void)[] | undefined = undefined;

  constructor(response: ServerResponse, connection: Connection, always: Always) {
    this.#response = response;
    this.#connection = connection;
    this.#always = always;
  }

  get blocked(): boolean {
    return this.#response.writableNeedDrain;
  }

  begin(status: number, headers: string[], length: number | undefined): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    const always = this.#always();
    for (const name in always) headers.push(name, always[name] as string);
    if (length !== undefined) headers.push('content-length', String(length));
    response.writeHead(status, STATUS_CODES[status] ?? UNUSUAL, headers);
    // Node writes a chunk as four pieces; one buffer of our own is a system call with one piece.
    this.#chunked = response.chunkedEncoding;
    response.chunkedEncoding = false;
  }

  write(bytes: Buffer | string): boolean {
    if (this.#response.destroyed) return true;
    const room = this.#response.write(this.#chunked ? framed(bytes) : bytes);
    if (!room) this.#connection.blocked();
    return room;
  }

  end(bytes?: Buffer | string): void {
    const response = this.#response;
    if (response.destroyed) return;
    if (this.#chunked) response.end(bytes === undefined ? LAST_CHUNK : framed(bytes, LAST_CHUNK));
    else if (bytes instanceof Buffer && bytes.length <= JOINED)
      response.end(bytes.toString('latin1'), 'latin1');
    else response.end(bytes);
    this.#connection.ended();
  }

  cut(): void {
    this.#response.destroy();
  }

  /** Resolves when there is room again, and also when nobody reads any more: nothing may wait for ever. */
  drained(): Promise<void> {
    const response = this.#response;
    if (response.destroyed || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#waiting === undefined) {
        this.#waiting = [];
        response.on('drain', () => this.release());
      }
      this.#waiting.push(resolve);
    });
  }

  /** Whoever waits goes on. */
  release(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** One chunk of the chunked transfer coding, and what follows it. */
function framed(bytes: Buffer | string, after = ''): Buffer | string {
  const length = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length;
  const size = length.toString(16);
  if (length === 0) return after;
  if (typeof bytes === 'string') return `${size}\r\n${bytes}\r\n${after}`;
  const frame = Buffer.allocUnsafe(size.length + length + 4 + after.length);
  let at = frame.write(`${size}\r\n`, 0, 'latin1');
  at += bytes.copy(frame, at);
  frame.write(`\r\n${after}`, at, 'latin1');
  return frame;
}
