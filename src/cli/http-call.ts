// One HTTP call to the gateway, for commands: node:http, with reads handed on as they come.
import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpCall {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A body makes it a POST. */
  readonly body?: string;
  readonly agent?: Agent;
  readonly signal?: AbortSignal;
  /** Reads of an answer with status 200, as they come; the answer's `body` stays empty then. */
  readonly onRead?: (bytes: Buffer) => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Rejects when there is no answer, or only a part of one. */
export function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const { url, headers, body, agent, signal } = call;
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    const outgoing = request(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
      ...(agent === undefined ? {} : { agent }),
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => collect(incoming, call.onRead, resolve, reject));
    outgoing.end(body);
  });
}

function collect(
  incoming: IncomingMessage,
  onRead: HttpCall['onRead'],
  resolve: (answer: HttpAnswer) => void,
  reject: (error: Error) => void,
): void {
  const status = incoming.statusCode ?? 0;
  const pieces: Buffer[] = [];
  const take = status === 200 && onRead !== undefined ? onRead : (bytes: Buffer) => pieces.push(bytes);
  incoming.on('data', take);
  incoming.on('error', reject);
  incoming.on('end', () => {
    resolve({ status, headers: incoming.headers, body: Buffer.concat(pieces).toString('utf8') });
  });
}
