// The usage object to and from disjoint counters: on the wire cached tokens are part of the input and
// reasoning is part of the output.
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { inputTokens, tokenCount, type Usage } from '../../canonical/usage.ts';
import { usageDetails } from '../../canonical/usage-details.ts';

const details = ['input_tokens_details', 'output_tokens_details'] as const;
const counted: ReadonlySet<string> = new Set(['cached_tokens', 'cache_write_tokens', 'reasoning_tokens']);

/** Undefined when there is no usage or its figures cannot be true. */
export function decodeUsage(value: Json | undefined): Usage | undefined {
  const wire = asObject(value);
  if (wire === undefined) return undefined;
  // Engines that grew up with Chat keep its names.
  const input = tokenCount(wire.input_tokens ?? wire.prompt_tokens);
  const output = tokenCount(wire.output_tokens ?? wire.completion_tokens ?? 0);
  if (input === undefined || output === undefined) return undefined;
  const into = asObject(wire.input_tokens_details) ?? asObject(wire.prompt_tokens_details);
  const out = asObject(wire.output_tokens_details) ?? asObject(wire.completion_tokens_details);
  const cacheRead = Math.min(tokenCount(into?.cached_tokens) ?? 0, input);
  const cacheWrite = Math.min(tokenCount(into?.cache_write_tokens) ?? 0, input - cacheRead);
  return {
    fresh: input - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    output,
    reasoning: Math.min(tokenCount(out?.reasoning_tokens) ?? 0, output),
    estimated: false,
  };
}

/** For callers of the same dialect. */
export function usageExtras(value: Json | undefined): JsonObject | undefined {
  return usageDetails(value, details, counted);
}

export function encodeUsage(usage: Usage, extras: JsonObject | undefined): JsonObject {
  const input = inputTokens(usage);
  return {
    input_tokens: input,
    input_tokens_details: {
      ...asObject(extras?.input_tokens_details),
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
    },
    output_tokens: usage.output,
    output_tokens_details: {
      ...asObject(extras?.output_tokens_details),
      reasoning_tokens: usage.reasoning,
    },
    total_tokens: input + usage.output,
  };
}
