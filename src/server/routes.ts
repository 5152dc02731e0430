// What answers at which path: faces from their own route tables, and the few pages of the house itself.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { CallId } from '../canonical/ids.ts';
import type { Protocol } from '../canonical/protocol.ts';
import type { WireHeaders } from '../canonical/wire.ts';
import { resolveCaller } from '../flow/admit/resolve-caller.ts';
import { CALLER_LEFT } from '../flow/stage.ts';
import type { Asked, Gateway } from '../gateway.ts';
import { Cancel } from '../lib/cancel.ts';
import { protocols } from '../protocols/registry.ts';
import type { Connections } from './connection.ts';
import { CorsPolicy } from './cors.ts';
import { FacePages, type PageAt, pageFor, renderPage } from './face-pages.ts';
import { type FaceAt, FaceRoutes } from './face-routes.ts';
import {
  decoded,
  hostsOf,
  json,
  metricsPage,
  openPage,
  type Page,
  pathOf,
  type Readiness,
  type Reply,
  wrongHost,
} from './house-pages.ts';
import { findModel, modelList } from './model-list.ts';
import { isMisnamedVerb, notFound, wrongMethod } from './not-found.ts';
import { OpenCall } from './open-call.ts';
import type { OverloadGuard, ShedReason } from './overload/guard.ts';
import { KeyHolds } from './overload/key-holds.ts';
import { shedding, statedLength } from './overload/shed.ts';
import { dialectOf } from './page-dialect.ts';
import { framedOutlet, headersWithKey, placeOf, queryOf } from './query.ts';
import { readBody } from './read-body.ts';

export interface HouseParts {
  /** The gateway of the current config. */
  readonly gateway: () => Gateway;
  /** The text of `/metrics`. */
  readonly metrics: () => string | Promise<string>;
  readonly draining: () => boolean;
  readonly guard: OverloadGuard;
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

export class House {
  readonly #parts: HouseParts;
  readonly #faces = new FaceRoutes(protocols);
  readonly #pages = new FacePages(protocols);
  readonly #paths: readonly string[];
  readonly #holds = new KeyHolds();
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
    const { guard, connections } = this.#parts;
    const gateway = this.#parts.gateway();
    const bound = gateway.config.listen.maxBody;
    const length = statedLength(request);
    // What is too large by its own word is not taken in at all.
    const reason = guard.refuses() ?? guard.refusesBody(length > bound ? 0 : length);
    if (reason !== undefined) {
      this.#shed(at.face, reason, request, response);
      return;
    }
    const query = queryOf(request, at.face);
    const headers = headersWithKey(request.headers as WireHeaders, at.face, query);
    const always = (): WireHeaders => this.#always(gateway, headers);
    const connection = connections.of(request.socket);
    const call = new OpenCall(request, response, connection, always, this.#over);
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
    call.key = this.#holds.of(resolved.key.record.id, gateway.config);
    const body = () => readBody(request, response, { bound, cancel, slow: connections.slow, call, guard });
    void this.#carry(gateway.call(asked, resolved.key, body), call);
  }

  /** Before anything is made of it, and before its body is read. */
  #shed(face: Protocol, reason: ShedReason, request: IncomingMessage, response: ServerResponse): void {
    this.#parts.guard.shed(reason);
    request.resume();
    const id = this.#parts.newCallId();
    const { status, body, headers } = shedding(face, reason, id);
    const reply = this.#replier(request, response, this.#parts.gateway());
    for (const name in headers) response.setHeader(name, headers[name] as string);
    response.setHeader(face.requestIdHeader, id);
    reply(status, body);
  }

  readonly #over = (call: OpenCall): void => {
    this.#parts.guard.release(call);
    this.#parts.closed(call.cancel);
  };

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
    const last = this.#parts.draining() || this.#parts.guard.saving;
    return last ? { ...cors, connection: 'close' } : cors;
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
      if (typeof page.body === 'string') reply(page.status, page.body, page.type);
      else void this.#later(page, page.body, path, response, reply);
    } catch (cause) {
      this.#refuse(cause, path, dialectOf(path, headers), response, reply);
    }
  }

  async #later(
    page: Page,
    body: Promise<string>,
    path: string,
    to: ServerResponse,
    reply: Reply,
  ): Promise<void> {
    try {
      reply(page.status, await body, page.type);
    } catch (cause) {
      this.#refuse(cause, path, dialectOf(path, {}), to, reply);
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
        throw wrongMethod(path, request.method ?? 'GET', this.#methods(path));
      }
      const { since, connections } = this.#parts;
      const { slow } = connections;
      const answer = await renderPage(page, { request, response, gateway, since, cancel, slow });
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
    if (path === NO_HOST) throw wrongHost(request);
    if (!this.#known(path)) throw notFound(path, this.#paths);
    if (this.#faces.methods(path).length > 0 || (method !== 'GET' && method !== 'HEAD'))
      throw wrongMethod(path, method, this.#methods(path));
    return openPage(path, this.#readiness()) ?? this.#keyedPage(path, request, gateway);
  }

  #readiness(): Readiness {
    if (this.#parts.draining()) return 'draining';
    return this.#parts.guard.overloaded ? 'overloaded' : 'ok';
  }

  #keyedPage(path: string, request: IncomingMessage, gateway: Gateway): Page {
    const key = resolveCaller(
      request.headers as WireHeaders,
      request.socket.remoteAddress ?? '',
      gateway.keys,
    );
    if ('error' in key) throw key.error;
    if (path === '/metrics') return metricsPage(key.key, this.#parts.metrics);
    const list = gateway.models.list(key.key.mayUse);
    if (path === MODELS) return json(modelList(list, this.#parts.since));
    return json(findModel(list, decoded(path.slice(MODELS.length + 1)), this.#parts.since));
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
}
