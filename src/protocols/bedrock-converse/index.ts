// Bedrock's Converse and ConverseStream, as a face and as an upstream. Streams are binary.
import type { Protocol } from '../../canonical/protocol.ts';
import { decodeCall, understood } from './decode-call.ts';
import { createDecoder } from './decode-reply.ts';
import { encodeCall } from './encode-call.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { createEncoder } from './encode-reply.ts';
import { decodeError } from './errors.ts';
import { DIALECT } from './origin.ts';
import { prependSystem, wantsUsage } from './same-dialect.ts';
import { fits } from './stored-files.ts';
import { watchConverse } from './watch.ts';

export const bedrockConverse: Protocol = {
  id: DIALECT,
  routes: [
    { path: '/model/{model}/converse', operation: 'chat', stream: false },
    { path: '/model/{model}/converse-stream', operation: 'chat', stream: true },
  ],
  knownFields: understood,
  parameters: {
    max_tokens: ['inferenceConfig.maxTokens'],
    temperature: ['inferenceConfig.temperature'],
    top_p: ['inferenceConfig.topP'],
    top_k: ['additionalModelRequestFields.top_k'],
    stop: ['inferenceConfig.stopSequences'],
    reasoning_effort: ['outputConfig.effort'],
  },
  forwardHeaders: [],
  requestIdHeader: 'x-amzn-requestid',
  // No message says nothing: a waiting caller waits.
  keepalive: '',
  streamType: 'application/vnd.amazon.eventstream',
  binaryStream: true,
  modelInPath: true,
  upstreamHeaders: () => ({}),
  fits,
  upstreamEdits: () => [],
  wantsUsage,
  prependSystem,
  decodeCall,
  encodeCall,
  watch: watchConverse,
  decoder: createDecoder,
  encoder: createEncoder,
  decodeError,
  encodeError,
  encodeStreamError,
};
