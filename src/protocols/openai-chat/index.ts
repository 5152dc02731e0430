// OpenAI's Chat Completions: the dialect most engines and services speak, each with an accent of its own.
import type { EncoderOptions, Protocol, ReplyEncoder } from '../../canonical/protocol.ts';
import { completionFields, decodeCompletion } from './complete/decode-call.ts';
import { CompletionBodyEncoder } from './complete/encode-body.ts';
import { encodeCompletion } from './complete/encode-call.ts';
import { CompletionStreamEncoder } from './complete/encode-reply.ts';
import { decodeCall, understood } from './decode-call.ts';
import { ChatDecoder } from './decode-reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { encodeCall } from './encode-call.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { keepalive, StreamEncoder } from './encode-reply.ts';
import { errandRoutes, errands } from './errands/index.ts';
import { decodeError } from './errors.ts';
import { held, heldRoutes } from './held/index.ts';
import { origin } from './reply-parts.ts';
import { fits, isOwn, prependSystem, upstreamEdits, wantsUsage } from './same-dialect.ts';
import { watchChat } from './watch.ts';

export const openaiChat: Protocol = {
  id: origin,
  routes: [
    { path: '/v1/chat/completions', operation: 'chat' },
    { path: '/v1/completions', operation: 'complete' },
    ...errandRoutes,
    ...heldRoutes,
  ],
  knownFields: new Set([...understood, ...completionFields]),
  parameters: {
    max_tokens: ['max_completion_tokens', 'max_tokens'],
    temperature: ['temperature'],
    top_p: ['top_p'],
    top_k: ['top_k'],
    stop: ['stop'],
    seed: ['seed'],
    n: ['n'],
    presence_penalty: ['presence_penalty'],
    frequency_penalty: ['frequency_penalty'],
    logprobs: ['logprobs'],
    reasoning_effort: ['reasoning_effort'],
  },
  // OpenAI's organisation and project headers belong to a secret, and ours is not the caller's.
  forwardHeaders: ['openai-beta'],
  requestIdHeader: 'x-request-id',
  keepalive,
  streamType: 'text/event-stream',

  upstreamHeaders: (caller) => {
    const beta = caller['openai-beta'];
    return beta === undefined ? {} : { 'openai-beta': beta };
  },
  fits,
  upstreamEdits,
  wantsUsage,
  prependSystem,
  isOwn,
  errands,
  held,
  decodeCall: (body, operation) => (operation === 'complete' ? decodeCompletion(body) : decodeCall(body)),
  encodeCall: (content, options) =>
    options.operation === 'complete' ? encodeCompletion(content, options) : encodeCall(content, options),

  watch: watchChat,
  decoder: (stream, emit) => new ChatDecoder(stream, emit),
  encoder,

  decodeError,
  encodeError,
  encodeStreamError,
};

function encoder(options: EncoderOptions): ReplyEncoder {
  if (options.operation === 'complete') {
    return options.stream ? new CompletionStreamEncoder(options) : new CompletionBodyEncoder(options);
  }
  return options.stream ? new StreamEncoder(options) : new BodyEncoder(options);
}
