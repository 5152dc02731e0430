// Token counters. On the wire cached tokens are part of the prompt, while thoughts and what tools fed back
// stand beside the candidates and the prompt. Reports are cumulative: the last one counts.
import { googleUsage } from '../../canonical/google-usage.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { inputTokens, tokenCount, type Usage } from '../../canonical/usage.ts';

/** Undefined when no counter can be read: the first chunks may state no more than the kind of traffic. */
export function decodeUsage(value: Json | undefined): Usage | undefined {
  const wire = asObject(value);
  const prompt = tokenCount(wire?.promptTokenCount);
  if (wire === undefined || prompt === undefined) return undefined;
  return googleUsage({
    prompt,
    cached: tokenCount(wire.cachedContentTokenCount) ?? 0,
    tools: tokenCount(wire.toolUsePromptTokenCount) ?? 0,
    answer: tokenCount(wire.candidatesTokenCount) ?? 0,
    thoughts: tokenCount(wire.thoughtsTokenCount) ?? 0,
    total: tokenCount(wire.totalTokenCount),
  });
}

const OBJECTS = [
  'promptTokensDetails',
  'cacheTokensDetails',
  'candidatesTokensDetails',
  'toolUsePromptTokensDetails',
] as const;
const WORDS = ['trafficType', 'serviceTier'] as const;

/** What the counters say beyond ours, for callers of the same dialect. */
export function usageExtras(value: Json | undefined): JsonObject | undefined {
  const wire = asObject(value);
  const extras: Record<string, Json> = {};
  for (const name of [...OBJECTS, ...WORDS, 'toolUsePromptTokenCount']) {
    const told = wire?.[name];
    if (told !== undefined && told !== null) extras[name] = told;
  }
  return Object.keys(extras).length === 0 ? undefined : extras;
}

export function encodeUsage(usage: Usage, extras: JsonObject | undefined): JsonObject {
  const input = inputTokens(usage);
  const tools = Math.min(tokenCount(extras?.toolUsePromptTokenCount) ?? 0, input);
  return {
    promptTokenCount: input - tools,
    ...(usage.cacheRead > 0 ? { cachedContentTokenCount: usage.cacheRead } : {}),
    candidatesTokenCount: usage.output - usage.reasoning,
    ...(tools > 0 ? { toolUsePromptTokenCount: tools } : {}),
    ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
    totalTokenCount: input + usage.output,
    ...ownExtras(extras),
  };
}

/** Other dialects have extras of their own. */
function ownExtras(extras: JsonObject | undefined): JsonObject {
  const own: Record<string, Json> = {};
  for (const name of OBJECTS) {
    const value = extras?.[name];
    if (Array.isArray(value)) own[name] = value as Json;
  }
  for (const name of WORDS) {
    const word = asString(extras?.[name]);
    if (word !== undefined) own[name] = word;
  }
  return own;
}
