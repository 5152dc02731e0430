// Stage cache: what a caller wants of the cache, in our own header or in HTTP's.
import type { WireHeaders } from '../../canonical/wire.ts';

/** `skip`: neither read nor write. `refresh`: do not read, but keep the new answer. */
export type CacheWish = 'use' | 'skip' | 'refresh';

export function wishOf(headers: WireHeaders): CacheWish {
  const own = headers['x-signalbox-cache'];
  if (own === 'skip' || own === 'refresh') return own;
  const control = headers['cache-control'];
  if (control === undefined) return 'use';
  const directives = control.toLowerCase().split(/\s*,\s*/);
  if (directives.includes('no-store')) return 'skip';
  return directives.includes('no-cache') ? 'refresh' : 'use';
}
