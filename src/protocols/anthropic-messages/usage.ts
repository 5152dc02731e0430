// Token counters. They are disjoint as they come: `input_tokens` counts neither cache reads nor writes.
// Reports are cumulative, so a later one overwrites an earlier one field by field and is never added.
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { tokenCount, type Usage } from '../../canonical/usage.ts';

const COUNTERS = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
] as const;

/** Undefined when no counter can be read: nothing said is not zero. */
export function decodeUsage(counters: JsonObject | undefined): Usage | undefined {
  if (counters === undefined) return undefined;
  if (COUNTERS.every((name) => tokenCount(counters[name]) === undefined)) return undefined;
  const output = tokenCount(counters.output_tokens) ?? 0;
  const thinking = tokenCount(asObject(counters.output_tokens_details)?.thinking_tokens) ?? 0;
  return {
    fresh: tokenCount(counters.input_tokens) ?? 0,
    cacheRead: tokenCount(counters.cache_read_input_tokens) ?? 0,
    cacheWrite: tokenCount(counters.cache_creation_input_tokens) ?? 0,
    output,
    reasoning: Math.min(thinking, output),
    estimated: false,
  };
}

/** `message_start` carries an estimate, `message_delta` the truth; null says nothing. */
export function mergeCounters(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  const given = Object.entries(later).filter(([, count]) => count !== null && count !== undefined);
  return { ...earlier, ...Object.fromEntries(given) };
}

const EXTRAS = ['cache_creation', 'server_tool_use', 'inference_geo', 'speed', 'iterations'] as const;
const TIERS = new Set(['standard', 'priority', 'batch']);

/** What the counters say beyond tokens, for callers of the same dialect. */
export function usageExtras(counters: JsonObject): JsonObject | undefined {
  const extras: Record<string, JsonObject[string]> = {};
  for (const name of EXTRAS) {
    const value = counters[name];
    if (value !== undefined && value !== null) extras[name] = value;
  }
  const tier = asString(counters.service_tier);
  // Other vendors have a field of this name with other words in it.
  if (tier !== undefined && TIERS.has(tier)) extras.service_tier = tier;
  return Object.keys(extras).length === 0 ? undefined : extras;
}

export function encodeUsage(usage: Usage, extras?: JsonObject): JsonObject {
  const counters: JsonObject = {
    input_tokens: usage.fresh,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
    // Clients' types have these as nullable, never absent.
    output_tokens_details: usage.reasoning > 0 ? { thinking_tokens: usage.reasoning } : null,
    server_tool_use: null,
  };
  return extras === undefined ? counters : Object.assign(counters, usageExtras(extras));
}

/** Inside a message there are more of them than at its end. */
export function encodeMessageUsage(usage: Usage, extras?: JsonObject): JsonObject {
  const unsaid = { cache_creation: null, service_tier: null, inference_geo: null, speed: null };
  return Object.assign(unsaid, encodeUsage(usage, extras));
}
