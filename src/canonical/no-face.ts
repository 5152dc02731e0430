// The half of a dialect that callers see, for one that we only speak to upstreams: it has no routes, so no call
// comes in it, none stays in it on the way, and no answer or error is ever written in it.
import type { Protocol } from './protocol.ts';

type Face = Pick<
  Protocol,
  | 'routes'
  | 'knownFields'
  | 'parameters'
  | 'forwardHeaders'
  | 'requestIdHeader'
  | 'keepalive'
  | 'fits'
  | 'upstreamEdits'
  | 'wantsUsage'
  | 'prependSystem'
  | 'decodeCall'
  | 'encoder'
  | 'encodeError'
  | 'encodeStreamError'
>;

export const noFace: Face = {
  routes: [],
  knownFields: new Set(),
  parameters: {},
  forwardHeaders: [],
  requestIdHeader: 'x-request-id',
  keepalive: '',
  fits: () => false,
  upstreamEdits: nobody,
  wantsUsage: nobody,
  prependSystem: nobody,
  decodeCall: nobody,
  encoder: nobody,
  encodeError: nobody,
  encodeStreamError: nobody,
};

/** What is never asked for in such a dialect. */
export function nobody(): never {
  throw new Error('Nobody calls us in this dialect.');
}
