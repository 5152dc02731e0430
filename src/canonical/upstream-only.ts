// Dialects that we speak to upstreams and nobody speaks to us. Without paths no call arrives in them, so what a face
// must be able to do is never asked of them: should it be, that is a bug, and says so.
import type { Protocol } from './protocol.ts';

/** What of a dialect an upstream needs at least. */
export type UpstreamHalf = Pick<Protocol, 'id' | 'encodeCall' | 'watch' | 'decoder' | 'decodeError'>;

export function upstreamOnly(half: UpstreamHalf & Partial<Protocol>): Protocol {
  const unasked = (): never => {
    throw new Error(`${half.id} is spoken to upstreams only.`);
  };
  return {
    routes: [],
    knownFields: new Set(),
    parameters: {},
    forwardHeaders: [],
    requestIdHeader: 'x-request-id',
    keepalive: '',
    streamType: 'text/event-stream',
    upstreamHeaders: () => ({}),
    fits: () => false,
    upstreamEdits: () => [],
    wantsUsage: () => true,
    prependSystem: unasked,
    decodeCall: unasked,
    encoder: unasked,
    encodeError: unasked,
    encodeStreamError: unasked,
    ...half,
  };
}

/** Does anybody call us in it? */
export function isFace({ routes }: Pick<Protocol, 'routes'>): boolean {
  return routes.length > 0;
}
