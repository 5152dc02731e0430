// The pages that belong to the house and to no face, and what it reads off a request's head.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { IssuedKey } from '../flow/admit/key-ring.ts';
import { metricsType } from '../telemetry/metrics.ts';

const WELCOME = 'Signalbox is running. GET /v1/models with a key lists what it serves.\n';

/** Node's own headers keep the first of several. */
export function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

export function wrongHost(request: IncomingMessage): GatewayError {
  const has = hostsOf(request) === 0 ? 'no' : 'more than one';
  return new GatewayError('bad_request', `The request has ${has} Host header.`, { param: 'host' });
}

export type Readiness = 'ok' | 'draining' | 'overloaded';

/** What anybody may ask: whether we are there, and whether to send us calls. */
export function openPage(path: string, state: Readiness): Page | undefined {
  if (path === '/') return text(200, WELCOME);
  if (path === '/livez') return text(200, 'ok\n');
  if (path === '/readyz') return text(state === 'ok' ? 200 : 503, `${state}\n`);
  return undefined;
}

export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** One page for all callers' calls: not for each of them. */
export function metricsPage({ record }: IssuedKey, text: () => string | Promise<string>): Page {
  if (record.metrics === true) return { status: 200, body: text(), type: metricsType };
  throw new GatewayError('permission', `The key "${record.name}" may not read /metrics.`, {
    remedy: 'In the config, "metrics: true" at a key allows it.',
  });
}

export type Reply = (status: number, body: string, type?: string) => void;

export interface Page {
  readonly status: number;
  readonly body: string | Promise<string>;
  readonly type: string;
}

function text(status: number, body: string): Page {
  return { status, body, type: 'text/plain; charset=utf-8' };
}

export function json(value: unknown): Page {
  return { status: 200, body: JSON.stringify(value), type: 'application/json' };
}

export function pathOf(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
