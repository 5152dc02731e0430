// OpenAI's Responses: items instead of messages, typed events, a response object around it all. What it may
// keep for callers (stored responses, conversations) is not the dialect's business.
import type { Protocol } from '../../canonical/protocol.ts';
import { decodeCount, encodeCount } from './count-tokens.ts';
import { decodeCall, understood } from './decode-call.ts';
import { ResponsesDecoder } from './decode-reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { encodeCall } from './encode-call.ts';
import { encodeError, encodeStreamError, noteOpening } from './encode-error.ts';
import { StreamEncoder } from './encode-reply.ts';
import { decodeError } from './errors.ts';
import { keepalive, keepaliveAfter } from './keepalive.ts';
import { DIALECT } from './origin.ts';
import { pages } from './pages.ts';
import { fits, prependSystem, upstreamEdits, wantsUsage } from './same-dialect.ts';
import { closedStoreOf } from './shared-stores.ts';
import { turns } from './turns.ts';
import { watchResponses } from './watch.ts';

export const openaiResponses: Protocol = {
  id: DIALECT,
  routes: [
    { path: '/v1/responses', operation: 'chat' },
    { path: '/v1/responses/input_tokens', operation: 'count' },
  ],
  knownFields: understood,
  parameters: {
    max_tokens: ['max_output_tokens'],
    temperature: ['temperature'],
    top_p: ['top_p'],
    top_k: ['top_k'],
    presence_penalty: ['presence_penalty'],
    frequency_penalty: ['frequency_penalty'],
    reasoning_effort: ['reasoning.effort'],
  },
  // OpenAI's organisation and project headers belong to a secret, and ours is not the caller's.
  forwardHeaders: ['openai-beta'],
  requestIdHeader: 'x-request-id',
  keepalive,
  keepaliveAfter,
  streamType: 'text/event-stream',

  upstreamHeaders: (caller) => {
    const beta = caller['openai-beta'];
    return beta === undefined ? {} : { 'openai-beta': beta };
  },
  fits,
  closedStoreOf,
  upstreamEdits,
  wantsUsage,
  prependSystem,
  decodeCall,
  encodeCall,

  watch: watchResponses,
  decoder: (stream, emit) => new ResponsesDecoder(stream, emit),
  encoder: (options) => (options.stream ? new StreamEncoder(options) : new BodyEncoder(options)),

  decodeError,
  encodeError,
  encodeStreamError,
  noteOpening,

  encodeCount,
  decodeCount,
  pages,
  turns,
};
