// `generationConfig`: sampling, bounds, the shape of the answer.
import type { CallContent, OutputFormat } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { isAtLeast, since } from '../../canonical/gemini-version.ts';
import { foldedSeed, outputBound, usableStops } from '../../canonical/gemini-wishes.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { type Encoding, present } from './encoding.ts';

export function encodeConfig(content: CallContent, encoding: Encoding, options: EncodeOptions): JsonObject {
  const { ledger, native, version } = encoding;
  if (content.logitBias !== undefined) ledger.dropped('logit_bias');
  const reasoning = { model: options.model, version, ledger, native };
  return present({
    maxOutputTokens: outputBound(content.maxTokens, options),
    temperature: content.temperature,
    topP: content.topP,
    topK: content.topK,
    candidateCount: candidates(content, encoding),
    stopSequences: native ? content.stop : usableStops(content.stop, options),
    seed: foldedSeed(content.seed, ledger),
    presencePenalty: content.presencePenalty,
    frequencyPenalty: content.frequencyPenalty,
    responseLogprobs: content.logprobs === undefined ? undefined : true,
    logprobs: content.logprobs?.top,
    ...encodeFormat(content.format),
    thinkingConfig: encodeReasoning(content.reasoning, reasoning),
  });
}

/** Several answers at once: not in a stream, and not from the newest models. */
function candidates({ n, stream }: CallContent, { native, version }: Encoding): number | undefined {
  if (n === undefined || (n === 1 && !native)) return undefined;
  if (n === 1 || native || !(stream || isAtLeast(version, since.levels))) return n;
  const where = stream ? 'in a stream' : 'per call';
  throw new GatewayError('unsupported', `The chosen model gives one answer ${where}, but \`n\` is ${n}.`, {
    param: 'n',
    remedy: 'Leave `n` out, and call several times for several answers.',
  });
}

function encodeFormat(format: OutputFormat | undefined): JsonObject {
  switch (format?.type) {
    case 'json':
      return { responseMimeType: 'application/json' };
    case 'schema':
      return { responseMimeType: 'application/json', responseJsonSchema: format.schema };
    default:
      return {};
  }
}

/** Fields that stood inside the caller's own config go back there. */
export function withExtras(config: JsonObject, extras: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...config };
  for (const [name, value] of Object.entries(extras)) {
    const own = asObject(merged[name]);
    merged[name] = own === undefined ? value : { ...own, ...asObject(value) };
  }
  return merged;
}
