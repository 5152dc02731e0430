// TGI's own API, of which /generate_stream is all that is needed: a bare prompt in, tokens out. Spoken to upstreams
// only. Whole answers are asked for as a stream, too: only there does it say how long the prompt was.
import type { Protocol } from '../../canonical/protocol.ts';
import { upstreamOnly } from '../../canonical/upstream-only.ts';
import { GenerateDecoder } from './decode-reply.ts';
import { encodeCall } from './encode-call.ts';
import { decodeError } from './errors.ts';
import { DIALECT } from './origin.ts';
import { watchGenerate } from './watch.ts';

export const tgiGenerate: Protocol = upstreamOnly({
  id: DIALECT,
  encodeCall,
  watch: watchGenerate,
  decoder: (stream, emit) => new GenerateDecoder(stream, emit),
  decodeError,
});
