// An HTTP/1.1 server on a raw socket that says exactly what a script says, and remembers what it was asked.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type JsonValue, parse } from './json-value.ts';
import { createGate, json, type Script, type Step } from './script.ts';

export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: JsonValue;
  /** Settles when the other side closed before the script was through. */
  readonly aborted: Promise<void>;
  /** When it did so, by `performance.now()`. */
  abortedAt: number | undefined;
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
  /** How many connections are open, and how many there ever were. */
  readonly open: number;
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

export async function createScriptedUpstream(): Promise<ScriptedUpstream> {
  const upstream = new Upstream();
  await upstream.listen();
  return upstream;
}

class Upstream implements ScriptedUpstream {
  readonly calls: RecordedCall[] = [];
  readonly probes: RecordedCall[] = [];
  accepted = 0;
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #queue: Responder[] = [];
  #standing: Responder = UNSCRIPTED;
  #getting: (call: RecordedCall) => Script | undefined = () => undefined;
  #arrivals: (() => void)[] = [];

  constructor() {
    this.#server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => this.#serve(socket));
  }

  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => {
        this.port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
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
    // Each call on a kept connection waits for its close.
    socket.setMaxListeners(0);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    const reader = new CallReader((call) => void this.#answer(socket, call));
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
    over = await new Performance(socket, call).play(this.#scriptFor(call));
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

/** One script on one socket. Ends early when the other side has gone. */
class Performance {
  readonly #socket: Socket;
  readonly #call: RecordedCall;
  readonly #gone: Promise<void>;
  /** A connection that serves many calls must not gather listeners. */
  readonly #over: () => void;
  #chunked = false;

  constructor(socket: Socket, call: RecordedCall) {
    this.#socket = socket;
    this.#call = call;
    const gone = createGate();
    if (socket.destroyed) gone.open();
    else socket.once('close', gone.open);
    this.#gone = gone.opened;
    this.#over = () => socket.off('close', gone.open);
  }

  /** Was it played to its end? */
  async play(script: Script): Promise<boolean> {
    for (const step of script) {
      if (this.#socket.destroyed) return false;
      await this.#take(step);
    }
    this.#over();
    return true;
  }

  #take(step: Step): Promise<unknown> | undefined {
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
}

/** Requests off a socket; bodies by `content-length`, which is all the gateway ever sends. */
class CallReader {
  readonly #take: (request: Request) => void;
  #data = Buffer.alloc(0);

  constructor(take: (request: Request) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#data = Buffer.concat([this.#data, chunk]);
    for (;;) {
      const close = this.#data.indexOf('\r\n\r\n');
      if (close < 0) return;
      const [first = '', ...lines] = this.#data.toString('latin1', 0, close).split('\r\n');
      const headers = headersOf(lines);
      const until = close + 4 + Number(headers['content-length'] ?? 0);
      if (this.#data.length < until) return;
      const [method = '', path = ''] = first.split(' ');
      const body = this.#data.subarray(close + 4, until);
      this.#data = this.#data.subarray(until);
      this.#take({ method, path, headers, body });
    }
  }
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
    abortedAt: undefined,
    written: 0,
  };
}
