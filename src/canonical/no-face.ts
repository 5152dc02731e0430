// The callers' side of a dialect that only upstreams speak: no paths, nothing to read of calls or to write of replies.
import { GatewayError } from './errors.ts';
import type { Protocol } from './protocol.ts';

function nobody(): never {
  throw new GatewayError('internal', 'Nobody calls the gateway in this dialect.');
}

/** To be spread into a protocol; what upstreams need is not in it. */
export const noFace = {
  routes: [],
  knownFields: new Set<string>(),
  parameters: {},
  forwardHeaders: [],
  requestIdHeader: 'x-request-id',
  keepalive: '',
  fits: nobody,
  upstreamEdits: nobody,
  wantsUsage: nobody,
  prependSystem: nobody,
  decodeCall: nobody,
  encoder: nobody,
  encodeError: nobody,
  encodeStreamError: nobody,
} satisfies Partial<Protocol>;
