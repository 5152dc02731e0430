// What answers at which path: faces from their own route tables, and the few pages of the house itself.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { CallId } from '../canonical/ids.ts';
import type { Protocol } from '../canonical/protocol.ts';
import type { WireHeaders } from '../canonical/wire.ts';
import type { IssuedKey } from '../flow/admit/key-ring.ts';
import { resolveCaller } from '../flow/admit/resolve-caller.ts';
import { CALLER_LEFT } from '../flow/stage.ts';
import type { Asked, Gateway } from '../gateway.ts';
import { Cancel } from '../lib/cancel.ts';
import { protocols } from '../protocols/registry.ts';
import { metricsType } from '../telemetry/metrics.ts';
import type { Connections } from './connection.ts';
import { CorsPolicy } from './cors.ts';
import { FacePages, type PageAt, pageFor, renderPage } from './face-pages.ts';
import { type FaceAt, FaceRoutes } from './face-routes.ts';
import { findModel, modelList } from './model-list.ts';
import { isMisnamedVerb, notFound } from './not-found.ts';
import { OpenCall } from './open-call.ts';
import { dialectOf } from './page-dialect.ts';
import { framedOutlet, headersWithKey, placeOf, queryOf } from './query.ts';
import { readBody } from './read-body.ts';

export interface HouseParts {
  /** The gateway of the current config. */
  readonly gateway: () => Gateway;
  readonly metrics: () => string;
  readonly draining: () => boolean;
  /** Called with the cancel of every open call, for the drain's deadline. */
  readonly opened: (cancel: Cancel) => void;
  readonly closed: (cancel: Cancel) => void;
  readonly newCallId: () => CallId;
  readonly connections: Connections;
  readonly onBug: (cause: unknown) => void;
  /** When models were first known, for lists that state a date. */
  readonly since: Date;
}

/** No path begins like this. */
const NO_HOST = '';
const MODELS = '/v1/models';
const WELCOME = 'Signalbox is running. GET /v1/models with a key lists what it serves.\n';

export class House {
  readonly #parts: HouseParts;
  readonly #faces = new FaceRoutes(protocols);
  readonly #pages = new FacePages(protocols);
  readonly #paths: readonly string[];
  /** Of the gateway that last answered: a reload brings another. */
  #cors: { readonly gateway: Gateway; readonly policy: CorsPolicy } | undefined = undefined;

  constructor(parts: HouseParts) {
    this.#parts = parts;
    this.#paths = [...this.#faces.paths, ...this.#pages.paths, MODELS, '/livez', '/readyz', '/metrics', '/'];
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const hosts = hostsOf(request);
    if (hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0)) {
      // Somebody on the way may have read another host than we, and with it other boundaries.
      response.shouldKeepAlive = false;
      this.#other(NO_HOST, request, response);
      return;
    }
    const path = pathOf(request.url ?? '/');
    const face = this.#faces.find(path, request.method);
    if (face !== undefined) this.#call(face, request, response);
    else {
      // A call's own path is no page, even where a page covers all that begins like it.
      const pages = this.#faces.methods(path).length > 0 ? [] : this.#pages.at(path);
      if (pages.length === 0 || request.method === 'OPTIONS') this.#other(path, request, response);
      else void this.#facePage(pages, path, request, response);
    }
  };

  #call(at: FaceAt, request: IncomingMessage, response: ServerResponse): void {
    const gateway = this.#parts.gateway();
    const query = queryOf(request, at.face);
    const headers = headersWithKey(request.headers as WireHeaders, at.face, query);
    const always = (): WireHeaders => this.#always(gateway, headers);
    const connection = this.#parts.connections.of(request.socket);
    const call = new OpenCall(request, response, connection, always, this.#parts.closed);
    const { cancel } = call;
    this.#parts.opened(cancel);
    const asked: Asked = {
      face: at.face,
      operation: at.operation,
      place: placeOf(at, request),
      headers,
      peer: request.socket.remoteAddress ?? '',
      outlet: framedOutlet(call.outlet, at, query),
      cancel,
    };
    const resolved = resolveCaller(headers, asked.peer, gateway.keys, at.face.keyHeader);
    // A stranger's body is not taken in, let alone looked into.
    if ('error' in resolved) {
      request.resume();
      gateway.refuse(asked, resolved.error);
      call.settled();
      return;
    }
    const body = () => readBody(request, gateway.config.listen.maxBody, cancel);
    void this.#carry(gateway.call(asked, resolved.key, body), call);
  }

  /** Nothing is expected to fail in here; if it does, this caller notices and no other. */
  async #carry(answered: Promise<void>, call: OpenCall): Promise<void> {
    try {
      await answered;
    } catch (cause) {
      this.#parts.onBug(cause);
      call.outlet.cut();
    } finally {
      call.settled();
    }
  }

  #always(gateway: Gateway, headers: WireHeaders): WireHeaders {
    const cors = this.#corsOf(gateway).headers(headers.origin);
    return this.#parts.draining() ? { ...cors, connection: 'close' } : cors;
  }

  #corsOf(gateway: Gateway): CorsPolicy {
    if (this.#cors?.gateway !== gateway) {
      this.#cors = { gateway, policy: new CorsPolicy(gateway.config.listen.cors.origins) };
    }
    return this.#cors.policy;
  }

  #other(path: string, request: IncomingMessage, response: ServerResponse): void {
    const gateway = this.#parts.gateway();
    const headers = request.headers as WireHeaders;
    const method = request.method ?? 'GET';
    request.resume();
    const reply = this.#replier(request, response, gateway);
    if (method === 'OPTIONS') {
      const cors = this.#corsOf(gateway);
      response.writeHead(204, { ...cors.preflight(headers), allow: this.#methods(path) }).end();
      return;
    }
    try {
      const page = this.#page(path, method, request, gateway);
      reply(page.status, page.body, page.type);
    } catch (cause) {
      this.#refuse(cause, path, dialectOf(path, headers), response, reply);
    }
  }

  async #facePage(
    pages: readonly PageAt[],
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const gateway = this.#parts.gateway();
    const reply = this.#replier(request, response, gateway);
    const cancel = new Cancel();
    response.on('close', () => cancel.request(CALLER_LEFT));
    try {
      const page = pageFor(pages, request.method ?? 'GET');
      if (page === undefined) {
        if (isMisnamedVerb(path, this.#paths)) throw notFound(path, this.#paths);
        throw this.#wrongMethod(path, request.method ?? 'GET');
      }
      const answer = await renderPage(page, request, gateway, this.#parts.since, cancel);
      const { headers } = answer;
      for (let at = 0; at < headers.length; at += 2)
        response.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
      reply(answer.status, answer.body);
    } catch (cause) {
      // What was not read is not wanted.
      request.resume();
      this.#refuse(cause, path, pages[0]?.face ?? dialectOf(path, {}), response, reply);
    }
  }

  #replier(request: IncomingMessage, response: ServerResponse, gateway: Gateway): Reply {
    return (status, body, type = 'application/json') => {
      const always = this.#always(gateway, request.headers as WireHeaders);
      response.writeHead(status, {
        ...always,
        'content-type': type,
        'content-length': Buffer.byteLength(body),
      });
      response.end(request.method === 'HEAD' ? undefined : body);
      this.#parts.connections.of(request.socket).ended();
    };
  }

  #refuse(cause: unknown, path: string, dialect: Protocol, response: ServerResponse, reply: Reply): void {
    const error = cause instanceof GatewayError ? cause : new GatewayError('internal', 'This page failed.');
    const id = this.#parts.newCallId();
    const { status, body } = dialect.encodeError(error, id);
    response.setHeader(dialect.requestIdHeader, id);
    if (error.code === 'method_not_allowed') response.setHeader('allow', this.#methods(path));
    reply(status, body);
  }

  #page(path: string, method: string, request: IncomingMessage, gateway: Gateway): Page {
    if (path === NO_HOST) {
      const has = hostsOf(request) === 0 ? 'no' : 'more than one';
      throw new GatewayError('bad_request', `The request has ${has} Host header.`, { param: 'host' });
    }
    if (!this.#known(path)) throw notFound(path, this.#paths);
    if (this.#faces.methods(path).length > 0 || (method !== 'GET' && method !== 'HEAD'))
      throw this.#wrongMethod(path, method);
    return openPage(path, this.#parts.draining()) ?? this.#keyedPage(path, request, gateway);
  }

  #keyedPage(path: string, request: IncomingMessage, gateway: Gateway): Page {
    const key = resolveCaller(
      request.headers as WireHeaders,
      request.socket.remoteAddress ?? '',
      gateway.keys,
    );
    if ('error' in key) throw key.error;
    if (path === '/metrics') return this.#metricsPage(key.key);
    const list = gateway.models.list(key.key.mayUse);
    if (path === MODELS) return json(modelList(list, this.#parts.since));
    return json(findModel(list, decoded(path.slice(MODELS.length + 1)), this.#parts.since));
  }

  /** One page for all callers' calls: not for each of them. */
  #metricsPage(key: IssuedKey): Page {
    const { name, metrics } = key.record;
    if (metrics === true) return { status: 200, body: this.#parts.metrics(), type: metricsType };
    throw new GatewayError('permission', `The key "${name}" may not read /metrics.`, {
      remedy: 'In the config, "metrics: true" at a key allows it.',
    });
  }

  #known(path: string): boolean {
    return (
      this.#paths.includes(path) || this.#faces.methods(path).length > 0 || path.startsWith(`${MODELS}/`)
    );
  }

  #methods(path: string): string {
    const methods = this.#faces.methods(path);
    if (methods.length > 0) return [...methods, 'OPTIONS'].join(', ');
    return this.#pages.methods(path) ?? 'GET, HEAD, OPTIONS';
  }

  #wrongMethod(path: string, method: string): GatewayError {
    return new GatewayError('method_not_allowed', `${path} does not take ${method}.`, {
      param: 'method',
      remedy: `It takes ${this.#methods(path)}.`,
    });
  }
}

/** Node's own headers keep the first of several. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** What anybody may ask: whether we are there, and whether to send us calls. */
function openPage(path: string, draining: boolean): Page | undefined {
  if (path === '/') return text(200, WELCOME);
  if (path === '/livez') return text(200, 'ok\n');
  if (path === '/readyz') return draining ? text(503, 'draining\n') : text(200, 'ok\n');
  return undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

type Reply = (status: number, body: string, type?: string) => void;

interface Page {
  readonly status: number;
  readonly body: string;
  readonly type: string;
}

function text(status: number, body: string): Page {
  return { status, body, type: 'text/plain; charset=utf-8' };
}

function json(value: unknown): Page {
  return { status: 200, body: JSON.stringify(value), type: 'application/json' };
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
