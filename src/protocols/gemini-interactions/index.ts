// Google's Interactions: the newer dialect of the Gemini API, as an upstream only. It would hold conversations
// itself; it is never let.
import { upstreamOnly } from '../../canonical/upstream-only.ts';
import { createDecoder } from './decode-reply.ts';
import { encodeCall } from './encode-call.ts';
import { decodeError } from './errors.ts';
import { DIALECT } from './origin.ts';
import { watchInteraction } from './watch.ts';

export const geminiInteractions = upstreamOnly({
  id: DIALECT,
  encodeCall,
  watch: watchInteraction,
  decoder: createDecoder,
  decodeError,
});
