// Cohere's own API, version 2: an upstream's dialect only. What its documents, plans and citations are in the words
// of others is said in docs/providers.md.
import type { Protocol } from '../../canonical/protocol.ts';
import { upstreamOnly } from '../../canonical/upstream-only.ts';
import { createDecoder } from './decode-reply.ts';
import { embed } from './embed.ts';
import { encodeCall } from './encode-call.ts';
import { decodeError } from './errors.ts';
import { DIALECT } from './origin.ts';
import { watchCohere } from './watch.ts';

export const cohereChat: Protocol = upstreamOnly({
  id: DIALECT,
  errands: { embed },
  encodeCall,
  watch: watchCohere,
  decoder: createDecoder,
  decodeError,
});
