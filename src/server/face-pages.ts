// The pages of faces: what their clients ask for beside calls, rendered by the face from the list of models that
// the key may use. Errors have the face's own shape.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseObject } from '../canonical/call-wire.ts';
import { GatewayError } from '../canonical/errors.ts';
import type { FacePage } from '../canonical/face-page.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { Protocol } from '../canonical/protocol.ts';
import type { KeptTurns } from '../canonical/turns.ts';
import type { WireHeaders } from '../canonical/wire.ts';
import { resolveCaller } from '../flow/admit/resolve-caller.ts';
import type { Gateway } from '../gateway.ts';
import type { PageAnswer } from '../held/visit.ts';
import type { Cancel } from '../lib/cancel.ts';
import { headersWithKey } from './query.ts';
import { readBody, type SlowBodies } from './read-body.ts';

/** Such a page is asked for by a name, not with a book. */
const MOST_BODY = 64 * 1024;

const NONE: KeptTurns = { find: async () => undefined, remove: async () => false };

export interface PageAt {
  readonly face: Protocol;
  readonly page: FacePage;
}

export class FacePages {
  /** As the faces state them. */
  readonly paths: readonly string[];
  readonly #pages: readonly PageAt[];

  constructor(faces: readonly Protocol[]) {
    this.#pages = faces.flatMap((face) => (face.pages ?? []).map((page) => ({ face, page })));
    this.paths = this.#pages.map(({ page }) => page.path);
  }

  /** All pages at a path, one per method; none if it is nobody's. */
  at(path: string): readonly PageAt[] {
    return this.#pages.filter(({ page }) => covers(page.path, path));
  }

  /** For the header `allow`; undefined where no page is. */
  methods(path: string): string | undefined {
    const methods = this.at(path).map(({ page }) => (page.method === 'GET' ? 'GET, HEAD' : page.method));
    return methods.length === 0 ? undefined : [...methods, 'OPTIONS'].join(', ');
  }
}

function covers(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith('/') && path.startsWith(pattern));
}

/** What a HEAD asks about is the page that a GET would get. */
export function pageFor(pages: readonly PageAt[], method: string): PageAt | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return pages.find(({ page }) => page.method === wanted);
}

export interface PageAsked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gateway: Gateway;
  readonly since: Date;
  readonly cancel: Cancel;
  readonly slow: SlowBodies;
}

/** Rejects with a GatewayError. */
export async function renderPage(
  { face, page }: PageAt,
  { request, response, gateway, since, cancel, slow }: PageAsked,
): Promise<PageAnswer> {
  const { rest, query } = placeOf(page, request.url ?? '');
  const asked = { since, rest, query, models: [], body: {}, turns: NONE };
  if (page.open === true) return shown(await page.render(asked));
  const headers = headersWithKey(request.headers as WireHeaders, face, query);
  const resolved = resolveCaller(headers, request.socket.remoteAddress ?? '', gateway.keys, face.keyHeader);
  if ('error' in resolved) throw resolved.error;
  const { key } = resolved;
  const models = gateway.models.list(key.mayUse);
  const body = page.asks === true ? await bodyOf(request, response, cancel, slow) : {};
  if (page.kept === undefined) return shown(await page.render({ ...asked, models, body }));
  const [subject = ''] = rest.split('/', 1);
  return gateway.visit(page.kept, {
    face,
    subject,
    key,
    render: async (turns) => JSON.stringify(await page.render({ ...asked, models, body, turns })),
  });
}

function shown(page: JsonObject): PageAnswer {
  return { status: 200, body: JSON.stringify(page), headers: [] };
}

function placeOf(page: FacePage, url: string): { readonly rest: string; readonly query: URLSearchParams } {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return {
    rest: path.slice(page.path.length),
    query: new URLSearchParams(end < 0 ? '' : url.slice(end + 1)),
  };
}

async function bodyOf(
  request: IncomingMessage,
  response: ServerResponse,
  cancel: Cancel,
  slow: SlowBodies,
): Promise<JsonObject> {
  const bytes = await readBody(request, response, { bound: MOST_BODY, cancel, slow });
  if (bytes.length === 0) throw new GatewayError('invalid_json', 'The body is empty.');
  return parseObject(bytes);
}
