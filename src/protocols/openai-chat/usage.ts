// Chat's usage object to and from disjoint counters: on the wire cached tokens are part of the prompt
// and reasoning is part of the completion.
import { asArray, asObject, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { inputTokens, tokenCount, type Usage } from '../../canonical/usage.ts';
import { usageDetails } from '../../canonical/usage-details.ts';

const details = ['prompt_tokens_details', 'completion_tokens_details'] as const;
const counted: ReadonlySet<string> = new Set([
  'cached_tokens',
  'cache_write_tokens',
  'cache_creation_tokens',
  'reasoning_tokens',
]);

export interface StatedUsage {
  readonly usage: Usage;
  readonly wire: Json;
}

/** The usage of a chunk or body: at its top, in Groq's own corner, or, as Moonshot has it, in a choice. */
export function usageIn(chunk: JsonObject): StatedUsage | undefined {
  const inside = (asArray(chunk.choices) ?? []).map((choice) => asObject(choice)?.usage);
  for (const wire of [chunk.usage, asObject(chunk.x_groq)?.usage, ...inside.reverse()]) {
    const usage = decodeUsage(wire);
    if (usage !== undefined && wire !== undefined) return { usage, wire };
  }
  return undefined;
}

/** Undefined when there is no usage or its figures cannot be true. */
export function decodeUsage(value: Json | undefined): Usage | undefined {
  const wire = asObject(value);
  if (wire === undefined) return undefined;
  const prompt = tokenCount(wire.prompt_tokens);
  const completion = tokenCount(wire.completion_tokens ?? 0);
  if (prompt === undefined || completion === undefined) return undefined;
  const cacheRead = Math.min(cachedTokens(wire), prompt);
  const cacheWrite = Math.min(writtenTokens(wire), prompt - cacheRead);
  const reasoning = reasoningTokens(wire);
  const output = completion + (isOutside(wire, prompt, completion, reasoning) ? reasoning : 0);
  return {
    fresh: prompt - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    output,
    reasoning: Math.min(reasoning, output),
    estimated: false,
  };
}

/** DeepSeek and Moonshot state cache hits beside the prompt's figure, not in its details. */
function cachedTokens(wire: JsonObject): number {
  const prompt = asObject(wire.prompt_tokens_details);
  return (
    tokenCount(prompt?.cached_tokens) ??
    tokenCount(wire.prompt_cache_hit_tokens) ??
    tokenCount(wire.cached_tokens) ??
    0
  );
}

function writtenTokens(wire: JsonObject): number {
  const prompt = asObject(wire.prompt_tokens_details);
  return tokenCount(prompt?.cache_write_tokens) ?? tokenCount(prompt?.cache_creation_tokens) ?? 0;
}

function reasoningTokens(wire: JsonObject): number {
  const completion = asObject(wire.completion_tokens_details);
  return tokenCount(completion?.reasoning_tokens) ?? tokenCount(wire.reasoning_tokens) ?? 0;
}

/** xAI counts reasoning beside the completion; its total gives it away. */
function isOutside(wire: JsonObject, prompt: number, completion: number, reasoning: number): boolean {
  const total = tokenCount(wire.total_tokens);
  return total === undefined ? reasoning > completion : total === prompt + completion + reasoning;
}

/** For callers of the same dialect. */
export function usageExtras(value: Json | undefined): JsonObject | undefined {
  return usageDetails(value, details, counted);
}

export function encodeUsage(usage: Usage, extras: JsonObject | undefined): JsonObject {
  const prompt = inputTokens(usage);
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: {
      ...inside(extras, 'prompt_tokens_details'),
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite,
    },
    completion_tokens_details: {
      ...inside(extras, 'completion_tokens_details'),
      reasoning_tokens: usage.reasoning,
    },
  };
}

function inside(extras: JsonObject | undefined, name: (typeof details)[number]): JsonObject {
  const value = extras?.[name];
  return isObject(value) ? value : {};
}
