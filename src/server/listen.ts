// The HTTP server with its guards, and its port.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../canonical/errors.ts';
import type { Connections } from './connection.ts';
import type { ListenOptions } from './options.ts';
import { dialectOf } from './page-dialect.ts';

/** How many ports after the wanted one are tried. */
const NEXT_PORTS = 50;

/** However fast it comes. */
const WHOLE_REQUEST = 60_000;

const guards = {
  maxHeaderSize: 16 * 1024,
  keepAliveTimeout: 75_000,
  noDelay: true,
  insecureHTTPParser: false,
  // Node would answer an empty 400; the routes say what is missing.
  requireHostHeader: false,
};

export function createServer(
  options: ListenOptions,
  handle: http.RequestListener,
  connections: Connections,
): http.Server {
  const { arrival } = options;
  const times = {
    headersTimeout: arrival,
    handshakeTimeout: arrival,
    requestTimeout: Math.max(WHOLE_REQUEST, arrival),
    // Late by a fifth at most.
    connectionsCheckingInterval: Math.min(2_000, Math.ceil(arrival / 5)),
  };
  const server =
    options.tls === undefined
      ? http.createServer({ ...guards, ...times }, handle)
      : https.createServer(
          {
            ...guards,
            ...times,
            cert: readFileSync(options.tls.cert),
            key: readFileSync(options.tls.key),
          },
          handle,
        );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable || !connections.mayRefuse(socket)) socket.destroy();
    else refuseBytes(error, socket);
  });
  // One connection that could not be taken is no reason to end; without a listener it would be.
  server.on('error', () => undefined);
  return server;
}

type Wanted = Pick<ListenOptions, 'host' | 'port' | 'portAsked'>;

/** Listens on the port asked for; on the usual one or, if that is busy, on the next free one if none was. */
export async function listen(server: net.Server, wanted: Wanted): Promise<number> {
  const { host, port: first } = wanted;
  const last = wanted.portAsked || first === 0 ? first : Math.min(first + NEXT_PORTS, 65_535);
  for (let port = first; ; port += 1) {
    try {
      return await listenOn(server, host, port);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
      if (port >= last) throw busy(host, first, last, cause);
    }
  }
}

function busy(host: string, first: number, last: number, cause: unknown): Error {
  const which =
    first === last ? `Port ${first} of ${host} is` : `The ports ${first} to ${last} of ${host} are`;
  const remedy = 'Stop what listens there, or name another with --port or listen.port; 0 takes a free one.';
  return new Error(`${which} in use. ${remedy}`, { cause });
}

function listenOn(server: net.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** What the HTTP parser itself refuses never becomes a request: answered on the socket, then closed. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  const refusal = refusalOf(error.code ?? '');
  const { body } = dialectOf('', {}).encodeError(refusal, '');
  const reason = http.STATUS_CODES[refusal.status] ?? 'Bad Request';
  const head = [
    `HTTP/1.1 ${refusal.status} ${reason}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function refusalOf(code: string): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError(
      'headers_too_large',
      `The headers are larger than ${guards.maxHeaderSize} bytes.`,
    );
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError('request_timeout', 'The request did not arrive in time.');
  }
  return new GatewayError('bad_request', `The request is not valid HTTP (${code}).`, {
    remedy: 'Nothing after it was read; the connection is closed.',
  });
}
