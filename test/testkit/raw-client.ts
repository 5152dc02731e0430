// A client on a raw socket: sends exactly these bytes, keeps exactly those that come back, and can be rude.
import { connect, type Socket } from 'node:net';
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

export interface RawClient {
  /** Everything received so far, as it came. */
  readonly received: Buffer;
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  write(data: string | Buffer): Promise<void>;
  /** The next whole reply, or what there is of it when the connection ends. */
  reply(): Promise<RawReply>;
  /** Until the bytes received contain this text. */
  until(text: string): Promise<void>;
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
  if (body !== undefined) lines.push('content-type: application/json', `content-length: ${data.length}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), data]);
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
  /** Where the next reply starts. */
  #from = 0;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#all = undefined;
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
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

  async reply(): Promise<RawReply> {
    for (;;) {
      const parsed = parseReply(this.received.subarray(this.#from), this.isClosed);
      if (parsed !== undefined) {
        this.#from += parsed.length;
        return parsed.reply;
      }
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

interface Parsed {
  readonly reply: RawReply;
  readonly length: number;
}

function parseReply(data: Buffer, closed: boolean): Parsed | undefined {
  const close = data.indexOf('\r\n\r\n');
  if (close < 0) return undefined;
  const [first = '', ...lines] = data.toString('latin1', 0, close).split('\r\n');
  const status = Number(first.split(' ')[1]);
  const headers = headersOf(lines);
  const rest = data.subarray(close + 4);
  const body = bodyOf(rest, headers, status);
  if (!body.whole && !closed) return undefined;
  return { reply: replyOf(status, headers, body), length: close + 4 + body.length };
}

interface Body {
  readonly data: Buffer;
  readonly length: number;
  readonly whole: boolean;
}

function bodyOf(rest: Buffer, headers: Readonly<Record<string, string>>, status: number): Body {
  if (headers['transfer-encoding'] === 'chunked') return unchunk(rest);
  const stated = headers['content-length'];
  const length = stated === undefined ? Number.POSITIVE_INFINITY : Number(stated);
  if (stated === undefined && status === 204) return { data: Buffer.alloc(0), length: 0, whole: true };
  const data = rest.subarray(0, Math.min(length, rest.length));
  return { data, length: data.length, whole: rest.length >= length };
}

function unchunk(rest: Buffer): Body {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = rest.indexOf('\r\n', at);
    if (line < 0) return { data: Buffer.concat(pieces), length: rest.length, whole: false };
    const size = Number.parseInt(rest.toString('latin1', at, line), 16);
    const from = line + 2;
    if (rest.length < from + size + 2) {
      pieces.push(rest.subarray(from, Math.min(from + size, rest.length)));
      return { data: Buffer.concat(pieces), length: rest.length, whole: false };
    }
    pieces.push(rest.subarray(from, from + size));
    at = from + size + 2;
    if (size === 0) return { data: Buffer.concat(pieces), length: at, whole: true };
  }
}

function replyOf(status: number, headers: Readonly<Record<string, string>>, body: Body): RawReply {
  const text = body.data.toString('utf8');
  return {
    status,
    headers,
    body: body.data,
    text,
    get json() {
      return parse(text);
    },
    whole: body.whole,
  };
}
