// An HTTP/1.1 server on a raw socket that says exactly what a script says, and remembers what it was asked.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { ChunkedBody } from '../../src/transport/chunked.ts';
import { type JsonValue, parse } from './json-value.ts';
import { createGate, json, type Script, type Step } from './script.ts';
import { systemTimer, type Timer } from './timer.ts';

export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: JsonValue;
  /** Settles when the other side closed before the script was through. */
  readonly aborted: Promise<void>;
  /** When the call was there whole, and when the other side left, by `performance.now()`. */
  readonly arrivedAt: number;
  abortedAt: number | undefined;
  /** Bytes of the call, its head included. */
  readonly received: number;
  /** Bytes of the script written so far. */
  written: number;
}

export type Responder = Script | ((call: RecordedCall) => Script);

export interface ScriptedUpstream {
  readonly url: string;
  readonly port: number;
  /** Everything that was posted. */
  readonly calls: RecordedCall[];
  /** What was asked by GET: models being discovered. Answered with 404, unless `respondToGet` knows better. */
  readonly probes: RecordedCall[];
  /** How many connections are open, were open at once at most, and ever were. */
  readonly open: number;
  readonly mostOpen: number;
  readonly accepted: number;
  /** What every call from now on is answered with; forgets what `next` still had in store. */
  respond(responder: Responder): void;
  /** What is asked by GET from now on; undefined: there is nothing. */
  respondToGet(responder: (call: RecordedCall) => Script | undefined): void;
  /** What the next calls are answered with, one each, before the standing answer applies again. */
  next(...responders: readonly Responder[]): void;
  /** The call with this number, once it is there. */
  call(number: number): Promise<RecordedCall>;
  close(): Promise<void>;
}

const NOTHING_THERE = json({ error: { message: 'There is nothing here.' } }, 404);
const UNSCRIPTED = json({ error: { message: 'The test gave this upstream no script.' } }, 500);

export interface UpstreamOptions {
  readonly port?: number;
  /** What the script's pauses go by. */
  readonly timer?: Timer;
  readonly tls?: TlsOptions;
}

export async function createScriptedUpstream(options: UpstreamOptions = {}): Promise<ScriptedUpstream> {
  const upstream = new Upstream(options);
  await upstream.listen(options.port ?? 0);
  return upstream;
}

class Upstream implements ScriptedUpstream {
  readonly calls: RecordedCall[] = [];
  readonly probes: RecordedCall[] = [];
  accepted = 0;
  mostOpen = 0;
  port = 0;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #timer: Timer;
  readonly #sockets = new Set<Socket>();
  readonly #queue: Responder[] = [];
  #standing: Responder = UNSCRIPTED;
  #getting: (call: RecordedCall) => Script | undefined = () => undefined;
  #arrivals: (() => void)[] = [];

  constructor({ tls, timer = systemTimer }: UpstreamOptions) {
    const serve = (socket: Socket): void => this.#serve(socket);
    const socketOptions = { noDelay: true, allowHalfOpen: false };
    this.#server =
      tls === undefined
        ? createServer(socketOptions, serve)
        : createTlsServer({ ...socketOptions, ...tls }, serve);
    this.#server.on('tlsClientError', () => {});
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#timer = timer;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  respond(responder: Responder): void {
    this.#queue.length = 0;
    this.#standing = responder;
  }

  respondToGet(responder: (call: RecordedCall) => Script | undefined): void {
    this.#getting = responder;
  }

  next(...responders: readonly Responder[]): void {
    this.#queue.push(...responders);
  }

  async call(number: number): Promise<RecordedCall> {
    for (;;) {
      const call = this.calls[number];
      if (call !== undefined) return call;
      await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    }
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.accepted += 1;
    this.#sockets.add(socket);
    this.mostOpen = Math.max(this.mostOpen, this.#sockets.size);
    // Each call on a kept connection waits for its close.
    socket.setMaxListeners(0);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    // Calls that were sent at once are answered one after the other.
    let answered: Promise<void> = Promise.resolve();
    const reader = new CallReader((call) => {
      answered = answered.then(() => this.#answer(socket, call));
    });
    socket.on('data', (chunk) => reader.push(chunk));
  }

  async #answer(socket: Socket, request: Request): Promise<void> {
    const closed = createGate();
    const call = recorded(request, closed.opened);
    let over = false;
    const onClose = (): void => {
      if (over) return;
      call.abortedAt = performance.now();
      closed.open();
    };
    socket.once('close', onClose);
    over = await new Performance(socket, call, this.#timer).play(this.#scriptFor(call));
    if (over) socket.off('close', onClose);
  }

  #scriptFor(call: RecordedCall): Script {
    if (call.method === 'GET') {
      this.probes.push(call);
      return this.#getting(call) ?? NOTHING_THERE;
    }
    this.calls.push(call);
    const responder = this.#queue.shift() ?? this.#standing;
    for (const arrived of this.#arrivals.splice(0)) arrived();
    return typeof responder === 'function' ? responder(call) : responder;
  }
}

/** Others get their turn, whatever is done over and over. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One script on one socket. Ends early when the other side has gone. */
class Performance {
  readonly #socket: Socket;
  readonly #call: RecordedCall;
  readonly #timer: Timer;
  readonly #gone: Promise<void>;
  /** A connection that serves many calls must not gather listeners. */
  readonly #over: () => void;
  #chunked = false;

  constructor(socket: Socket, call: RecordedCall, timer: Timer) {
    this.#socket = socket;
    this.#call = call;
    this.#timer = timer;
    const gone = createGate();
    if (socket.destroyed) gone.open();
    else socket.once('close', gone.open);
    this.#gone = gone.opened;
    this.#over = () => socket.off('close', gone.open);
  }

  /** Was it played to its end? */
  async play(script: Script): Promise<boolean> {
    const played = await this.#takeAll(script);
    if (played) this.#over();
    return played;
  }

  async #takeAll(steps: readonly Step[]): Promise<boolean> {
    for (const step of steps) {
      if (this.#socket.destroyed) return false;
      if (step.do === 'repeat') {
        while (await this.#takeAll(step.steps)) await turn();
        return false;
      }
      await this.#take(step);
    }
    return true;
  }

  #take(step: Exclude<Step, { do: 'repeat' }>): Promise<unknown> | undefined {
    switch (step.do) {
      case 'head':
        this.#chunked = step.chunked;
        return this.#write(headText(step.status, step.headers, step.chunked));
      case 'bytes':
        this.#call.written += step.bytes.length;
        return this.#write(this.#chunked ? chunkOf(step.bytes) : step.bytes);
      case 'end':
        return this.#chunked ? this.#write('0\r\n\r\n') : undefined;
      case 'wait':
        return Promise.race([step.gate, this.#gone]);
      case 'pause':
        return Promise.race([this.#timer(step.milliseconds), this.#gone]);
      case 'stall':
        return this.#gone;
      case 'fin':
        this.#socket.end();
        return this.#gone;
      case 'reset':
        this.#socket.resetAndDestroy();
        return undefined;
    }
  }

  #write(data: string | Buffer): Promise<unknown> {
    if (data.length === 0) return Promise.resolve();
    const flushed = new Promise<void>((resolve) => this.#socket.write(data, () => resolve()));
    return Promise.race([flushed, this.#gone]);
  }
}

function headText(status: number, headers: Readonly<Record<string, string>>, chunked: boolean): string {
  const lines = [`HTTP/1.1 ${status} Scripted`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (chunked) lines.push('transfer-encoding: chunked');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function chunkOf(data: Buffer): Buffer {
  if (data.length === 0) return data;
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Bytes of all of it. */
  readonly length: number;
}

/** Requests off a socket; bodies by `content-length`, as the gateway sends them, or in chunks, as others may. */
class CallReader {
  readonly #take: (request: Request) => void;
  #data: Buffer = Buffer.alloc(0);

  constructor(take: (request: Request) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#data = this.#data.length === 0 ? chunk : Buffer.concat([this.#data, chunk]);
    while (this.#next());
  }

  #next(): boolean {
    const close = this.#data.indexOf('\r\n\r\n');
    if (close < 0) return false;
    const [first = '', ...lines] = this.#data.toString('latin1', 0, close).split('\r\n');
    const headers = headersOf(lines);
    const found = bodyIn(this.#data.subarray(close + 4), headers);
    if (found === undefined) return false;
    const length = close + 4 + found.length;
    const [method = '', path = ''] = first.split(' ');
    this.#data = this.#data.subarray(length);
    this.#take({ method, path, headers, body: found.body, length });
    return true;
  }
}

/** The body at the start of these bytes and how many of them it took; undefined while it is not whole. */
function bodyIn(
  data: Buffer,
  headers: Readonly<Record<string, string>>,
): { readonly body: Buffer; readonly length: number } | undefined {
  if (headers['transfer-encoding'] === undefined) {
    const length = Number(headers['content-length'] ?? 0);
    return data.length < length ? undefined : { body: data.subarray(0, length), length };
  }
  const chunks = new ChunkedBody();
  const body = chunks.read(data) ?? Buffer.alloc(0);
  return chunks.done ? { body, length: chunks.consumed } : undefined;
}

export function headersOf(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}

function recorded(request: Request, aborted: Promise<void>): RecordedCall {
  const text = request.body.toString('utf8');
  return {
    method: request.method,
    path: request.path,
    headers: request.headers,
    text,
    get json() {
      return parse(text);
    },
    aborted,
    arrivedAt: performance.now(),
    abortedAt: undefined,
    received: request.length,
    written: 0,
  };
}
