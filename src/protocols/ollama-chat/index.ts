// Ollama's own API: /api/chat and /api/generate as lines of JSON, as a face and as an upstream, and the pages its
// clients ask for models on.
import type { Protocol } from '../../canonical/protocol.ts';
import { decodeCall, knownFields } from './decode-call.ts';
import { OllamaDecoder } from './decode-reply.ts';
import { embed } from './embed.ts';
import { BodyEncoder } from './encode-body.ts';
import { encodeCall } from './encode-call.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { keepalive, StreamEncoder } from './encode-reply.ts';
import { decodeError } from './errors.ts';
import { idleReply } from './idle-reply.ts';
import { DIALECT } from './origin.ts';
import { pages } from './pages.ts';
import { fits, isBare, prependSystem, setsWindow, upstreamEdits, wantsUsage } from './same-dialect.ts';
import { watchOllama } from './watch.ts';

export const ollamaChat: Protocol = {
  id: DIALECT,
  routes: [
    { path: '/api/chat', operation: 'chat' },
    { path: '/api/generate', operation: 'complete' },
    { path: '/api/embed', operation: 'embed' },
    { path: '/api/embeddings', operation: 'embed' },
  ],
  knownFields,
  parameters: {
    max_tokens: ['options.num_predict'],
    temperature: ['options.temperature'],
    top_p: ['options.top_p'],
    top_k: ['options.top_k'],
    stop: ['options.stop'],
    seed: ['options.seed'],
    presence_penalty: ['options.presence_penalty'],
    frequency_penalty: ['options.frequency_penalty'],
    logprobs: ['logprobs'],
    reasoning_effort: ['think'],
  },
  forwardHeaders: [],
  requestIdHeader: 'x-request-id',
  keepalive,
  streamType: 'application/x-ndjson',
  streamDefault: true,
  pages,

  upstreamHeaders: () => ({}),
  fits,
  upstreamEdits,
  wantsUsage,
  prependSystem,
  setsWindow,
  idleReply,
  isBare,
  errands: { embed },
  decodeCall,
  encodeCall,

  watch: watchOllama,
  decoder: (stream, emit, operation) => new OllamaDecoder(stream, emit, operation),
  encoder: (options) => (options.stream ? new StreamEncoder(options) : new BodyEncoder(options)),

  decodeError,
  encodeError,
  encodeStreamError,
};
