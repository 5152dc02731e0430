// A client on a raw socket: sends exactly these bytes, keeps exactly those that come back, and can be rude.
import { connect, type Socket } from 'node:net';
import type { JsonValue } from './json-value.ts';
import { type RawReply, ReplyParser } from './reply-parser.ts';

export type { RawReply } from './reply-parser.ts';

export interface RawClient {
  /** Everything received so far, as it came. */
  readonly received: Buffer;
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  write(data: string | Buffer): Promise<void>;
  /** So many bytes at a time, each a write of its own; `between` is waited for before each but the first. */
  dribble(data: string | Buffer, size: number, between?: () => Promise<unknown>): Promise<void>;
  /** The next whole reply, or what there is of it when the connection ends. */
  reply(): Promise<RawReply>;
  /** Until the bytes received contain this text. */
  until(text: string): Promise<void>;
  /** Does something the moment the nth byte is there, before anything else is read. */
  at(byte: number, act: () => void): void;
  /** Stops reading: the other side's writes pile up. */
  pause(): void;
  resume(): void;
  /** FIN. */
  end(): void;
  /** RST. */
  abort(): void;
}

export async function createRawClient(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return new Client(socket);
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
}

/** The bytes of a plain request; strings and buffers as a body go out as they are. */
export function requestBytes(path: string, { method = 'POST', headers = {}, body }: RequestOptions): Buffer {
  const data = body === undefined ? Buffer.alloc(0) : bodyBytes(body);
  const lines = [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1'];
  if (body !== undefined) lines.push(`content-length: ${data.length}`);
  if (body !== undefined && headers['content-type'] === undefined)
    lines.push('content-type: application/json');
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), data]);
}

/** Several requests written as one, on one connection; their replies in the order they came. */
export async function pipeline(url: string, requests: readonly Buffer[]): Promise<readonly RawReply[]> {
  const client = await createRawClient(url);
  await client.write(Buffer.concat(requests));
  const replies: RawReply[] = [];
  for (const _request of requests) replies.push(await client.reply());
  client.abort();
  return replies;
}

/** One request on a connection of its own. */
export async function send(url: string, path: string, options: RequestOptions = {}): Promise<RawReply> {
  const client = await createRawClient(url);
  await client.write(requestBytes(path, options));
  const reply = await client.reply();
  client.abort();
  return reply;
}

function bodyBytes(body: JsonValue): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

class Client implements RawClient {
  readonly closed: Promise<void>;
  isClosed = false;
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #all: Buffer | undefined = Buffer.alloc(0);
  readonly #replies: RawReply[] = [];
  readonly #parser = new ReplyParser((reply) => this.#replies.push(reply));
  #waiting: (() => void)[] = [];
  #length = 0;
  #moments: { readonly byte: number; readonly act: () => void }[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#all = undefined;
      this.#act();
      this.#parser.push(chunk);
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        this.#parser.end();
        this.#wake();
        resolve();
      });
    });
  }

  get received(): Buffer {
    this.#all ??= Buffer.concat(this.#chunks);
    return this.#all;
  }

  write(data: string | Buffer): Promise<void> {
    return new Promise((resolve) => this.#socket.write(data, () => resolve()));
  }

  async dribble(data: string | Buffer, size: number, between?: () => Promise<unknown>): Promise<void> {
    const all = Buffer.from(data as string);
    for (let at = 0; at < all.length && !this.isClosed; at += size) {
      if (at > 0) await between?.();
      await this.write(all.subarray(at, at + size));
    }
  }

  at(byte: number, act: () => void): void {
    this.#moments.push({ byte, act });
    this.#act();
  }

  #act(): void {
    const due = this.#moments.filter(({ byte }) => byte <= this.#length);
    if (due.length === 0) return;
    this.#moments = this.#moments.filter(({ byte }) => byte > this.#length);
    for (const { act } of due) act();
  }

  async reply(): Promise<RawReply> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      if (this.isClosed) throw new Error('The connection was closed without a reply.');
      await this.#more();
    }
  }

  async until(text: string): Promise<void> {
    while (!this.received.includes(text)) {
      if (this.isClosed) {
        throw new Error(`The connection was closed before ${JSON.stringify(text)} came.\n${this.received}`);
      }
      await this.#more();
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  abort(): void {
    this.#socket.resetAndDestroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
