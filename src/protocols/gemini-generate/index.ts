// Google's generateContent: the dialect of the Gemini API and of Vertex AI, as a face and as an upstream.
import type { FaceRoute, ParameterName, Protocol } from '../../canonical/protocol.ts';
import { reframe } from './array-stream.ts';
import { decodeCount, encodeCount } from './count-tokens.ts';
import { decodeCall, KNOWN } from './decode-call.ts';
import { EMBED_FIELDS } from './decode-embed.ts';
import { createDecoder } from './decode-reply.ts';
import { embed } from './embed.ts';
import { encodeCall } from './encode-call.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { createEncoder, keepalive } from './encode-reply.ts';
import { decodeError } from './errors.ts';
import { snakeOf } from './fields.ts';
import { DIALECT } from './origin.ts';
import { pages } from './pages.ts';
import { fits, prependSystem, upstreamEdits, wantsUsage } from './same-dialect.ts';
import { watchGenerate } from './watch.ts';

const VERSIONS = ['v1beta', 'v1'] as const;

const routes: readonly FaceRoute[] = VERSIONS.flatMap((version) => [
  { path: `/${version}/models/{model}:generateContent`, operation: 'chat', stream: false },
  { path: `/${version}/models/{model}:streamGenerateContent`, operation: 'chat', stream: true },
  { path: `/${version}/models/{model}:countTokens`, operation: 'count' },
  { path: `/${version}/models/{model}:embedContent`, operation: 'embed' },
  { path: `/${version}/models/{model}:batchEmbedContents`, operation: 'embed' },
]);

/** A rule about a parameter holds however the caller spells it. */
function spelled(camel: string, snake: string): readonly string[] {
  const places = ['generationConfig', 'generation_config'];
  const names = camel === snake ? [camel] : [camel, snake];
  return names.flatMap((name) => places.map((place) => `${place}.${name}`));
}

const parameters: Readonly<Partial<Record<ParameterName, readonly string[]>>> = {
  max_tokens: spelled('maxOutputTokens', 'max_output_tokens'),
  temperature: spelled('temperature', 'temperature'),
  top_p: spelled('topP', 'top_p'),
  top_k: spelled('topK', 'top_k'),
  stop: spelled('stopSequences', 'stop_sequences'),
  seed: spelled('seed', 'seed'),
  n: spelled('candidateCount', 'candidate_count'),
  presence_penalty: spelled('presencePenalty', 'presence_penalty'),
  frequency_penalty: spelled('frequencyPenalty', 'frequency_penalty'),
  logprobs: spelled('responseLogprobs', 'response_logprobs'),
};

export const geminiGenerate: Protocol = {
  id: DIALECT,
  routes,
  pages,
  knownFields: new Set([...KNOWN, ...EMBED_FIELDS].flatMap((name) => [name, snakeOf(name)])),
  parameters,
  forwardHeaders: [],
  requestIdHeader: 'x-request-id',
  keepalive,
  streamType: 'text/event-stream',
  reframe,
  keyInQuery: 'key',
  keyHeader: 'x-goog-api-key',
  modelInPath: true,
  upstreamHeaders: () => ({}),
  fits,
  upstreamEdits,
  wantsUsage,
  prependSystem,
  errands: { embed },
  decodeCall,
  encodeCall,
  watch: watchGenerate,
  decoder: createDecoder,
  encoder: createEncoder,
  decodeError,
  encodeError,
  encodeStreamError,
  encodeCount,
  decodeCount,
};
