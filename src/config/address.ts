// An upstream's base URL, taken apart into what a connection and a path need.
import { isIPv4 } from 'node:net';
import type { Origin } from '../canonical/wire.ts';

export interface Address {
  readonly origin: Origin;
  /** Path prefix without a trailing slash. */
  readonly basePath: string;
}

/** The address, or why the text is none. */
export function parseAddress(text: string): Address | string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'is not a URL';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials; use secret or headers';
  if (url.search !== '' || url.hash !== '') return 'must end with the path: no "?" and no "#"';
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  // An IPv6 host stands in brackets in a URL and without them in a connection.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { origin: { tls, host, port }, basePath: url.pathname.replace(/\/+$/, '') };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
