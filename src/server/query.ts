// What callers state in the query of a URL. A key there is taken as if it had come in a header: it goes no
// further, since URLs end up in logs; ours holds none.
import type { IncomingMessage } from 'node:http';
import type { Place, Protocol } from '../canonical/protocol.ts';
import type { WireHeaders } from '../canonical/wire.ts';
import type { Outlet } from '../flow/emit/outlet.ts';
import type { FaceAt } from './face-routes.ts';
import { ReframedOutlet } from './reframed-outlet.ts';

/** A header that carries a key. */
const KEY = 'x-goog-api-key';

/** Undefined for faces that take nothing from it. */
export function queryOf(request: IncomingMessage, face: Protocol): URLSearchParams | undefined {
  if (face.keyInQuery === undefined && face.reframe === undefined) return undefined;
  return paramsOf(request);
}

function paramsOf({ url = '' }: IncomingMessage): URLSearchParams {
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
}

/** What path and query say of a call. */
export function placeOf({ place }: FaceAt, request: IncomingMessage): Place {
  return place.deed === undefined ? place : { ...place, query: paramsOf(request) };
}

/** The caller's headers, with the key of the query among them if there is one and no header says the same. */
export function headersWithKey(
  headers: WireHeaders,
  face: Protocol,
  query: URLSearchParams | undefined,
): WireHeaders {
  const key = face.keyInQuery === undefined ? undefined : query?.get(face.keyInQuery);
  if (key === undefined || key === null || key === '' || headers[KEY] !== undefined) return headers;
  return { ...headers, [KEY]: key };
}

export function framedOutlet(
  outlet: Outlet,
  { face, place }: FaceAt,
  query: URLSearchParams | undefined,
): Outlet {
  const framing = place.stream === true && query !== undefined ? face.reframe?.(query) : undefined;
  return framing === undefined ? outlet : new ReframedOutlet(outlet, framing);
}
