// Stands between an agent and the gateway, passes everything on as it comes, and remembers it.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JsonValue, parse } from '../testkit/json-value.ts';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Milliseconds by `performance.now()`. */
  readonly at: number;
  body: string;
  readonly json: JsonValue;
  status: number;
  replyHeaders: IncomingMessage['headers'];
  reply: string;
}

export interface Witness {
  readonly url: string;
  readonly exchanges: readonly Exchange[];
  close(): Promise<void>;
}

export async function createWitness(target: string): Promise<Witness> {
  const exchanges: Exchange[] = [];
  const server = createServer((incoming, outgoing) => {
    const exchange = exchangeOf(incoming);
    exchanges.push(exchange);
    passOn(target, exchange, incoming, outgoing);
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, exchanges, close: () => shut(server) };
}

function exchangeOf({ method = '', url = '', headers }: IncomingMessage): Exchange {
  return {
    method,
    path: url,
    headers,
    at: performance.now(),
    body: '',
    get json() {
      return parse(this.body);
    },
    status: 0,
    replyHeaders: {},
    reply: '',
  };
}

function passOn(target: string, exchange: Exchange, from: IncomingMessage, to: ServerResponse): void {
  const { method, path, headers } = exchange;
  const onward = request(new URL(path, target), { method, headers, agent: false }, (reply) => {
    exchange.status = reply.statusCode ?? 0;
    exchange.replyHeaders = reply.headers;
    to.writeHead(exchange.status, reply.headers);
    to.flushHeaders();
    const pieces: Buffer[] = [];
    reply.on('data', (piece: Buffer) => {
      pieces.push(piece);
      exchange.reply = Buffer.concat(pieces).toString();
    });
    reply.on('error', () => to.destroy());
    reply.pipe(to);
  });
  onward.on('error', () => to.destroy());
  to.on('close', () => onward.destroy());
  const pieces: Buffer[] = [];
  from.on('data', (piece: Buffer) => pieces.push(piece));
  from.on('end', () => {
    exchange.body = Buffer.concat(pieces).toString();
  });
  from.pipe(onward);
}

export interface Wall {
  readonly url: string;
  /** Whom the agents wanted to reach, `host:port` or a URL, each once. */
  readonly wanted: ReadonlySet<string>;
  close(): Promise<void>;
}

/** The proxy that agents are given for everything but this machine: refuses at once and remembers for whom. */
export async function createWall(): Promise<Wall> {
  const wanted = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    wanted.add(incoming.url ?? '');
    outgoing.writeHead(403).end();
  });
  server.on('connect', ({ url = '' }, socket) => {
    wanted.add(url);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 403 No way out\r\n\r\n');
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, wanted, close: () => shut(server) };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
