// Which web pages may call: an allow-list of origins, empty by default.
import type { WireHeaders } from '../canonical/wire.ts';

const NONE: WireHeaders = {};
const EXPOSED = [
  'x-request-id',
  'x-signalbox-model',
  'x-signalbox-upstream',
  'x-signalbox-attempts',
  'x-signalbox-cache',
  'x-signalbox-changed',
  'x-signalbox-translation',
  'retry-after',
].join(', ');

export class CorsPolicy {
  readonly #origins: readonly string[];

  constructor(origins: readonly string[]) {
    this.#origins = origins;
  }

  headers(origin: string | undefined): WireHeaders {
    if (origin === undefined || !this.#allows(origin)) return NONE;
    return {
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
      vary: 'origin',
    };
  }

  preflight(headers: WireHeaders): WireHeaders {
    const { origin } = headers;
    if (origin === undefined || !this.#allows(origin)) return NONE;
    return {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers':
        headers['access-control-request-headers'] ?? 'authorization, content-type, x-api-key',
      'access-control-max-age': '600',
      vary: 'origin, access-control-request-headers',
    };
  }

  #allows(origin: string): boolean {
    return this.#origins.includes('*') || this.#origins.includes(origin);
  }
}
