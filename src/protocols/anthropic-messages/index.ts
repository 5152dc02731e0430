// Anthropic's Messages: the dialect of /v1/messages and /v1/messages/count_tokens, as a face and as an upstream.
import type { Protocol } from '../../canonical/protocol.ts';
import { decodeCount, encodeCount } from './count-tokens.ts';
import { decodeCall, KNOWN } from './decode-call.ts';
import { createDecoder } from './decode-reply.ts';
import { encodeCall } from './encode-call.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { createEncoder, PING } from './encode-reply.ts';
import { decodeError } from './errors.ts';
import { forwardHeaders, upstreamHeaders } from './headers.ts';
import { DIALECT } from './origin.ts';
import { fits, prependSystem, upstreamEdits, wantsUsage } from './same-dialect.ts';
import { watchMessages } from './watch.ts';

export const anthropicMessages: Protocol = {
  id: DIALECT,
  keyHeader: 'x-api-key',
  routes: [
    { path: '/v1/messages', operation: 'chat' },
    { path: '/v1/messages/count_tokens', operation: 'count' },
  ],
  knownFields: new Set([...KNOWN, 'thread']),
  parameters: {
    max_tokens: ['max_tokens'],
    temperature: ['temperature'],
    top_p: ['top_p'],
    top_k: ['top_k'],
    stop: ['stop_sequences'],
    reasoning_effort: ['output_config.effort'],
  },
  forwardHeaders,
  requestIdHeader: 'request-id',
  keepalive: PING,
  streamType: 'text/event-stream',
  upstreamHeaders,
  fits,
  upstreamEdits,
  wantsUsage,
  prependSystem,
  decodeCall,
  encodeCall,
  watch: watchMessages,
  decoder: createDecoder,
  encoder: createEncoder,
  decodeError,
  encodeError,
  encodeStreamError,
  encodeCount,
  decodeCount,
};
