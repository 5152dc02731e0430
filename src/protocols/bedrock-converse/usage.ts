// Token counters. They are disjoint as they come: `inputTokens` counts neither cache reads nor writes.
import { asObject, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { inputTokens, tokenCount, type Usage } from '../../canonical/usage.ts';

/** Undefined when no counter can be read: nothing said is not zero. */
export function decodeUsage(value: Json | undefined): Usage | undefined {
  const counters = asObject(value);
  const fresh = tokenCount(counters?.inputTokens);
  const output = tokenCount(counters?.outputTokens);
  if (counters === undefined || (fresh === undefined && output === undefined)) return undefined;
  return {
    fresh: fresh ?? 0,
    // The service has stated them under both names.
    cacheRead: tokenCount(counters.cacheReadInputTokens ?? counters.cacheReadInputTokenCount) ?? 0,
    cacheWrite: tokenCount(counters.cacheWriteInputTokens ?? counters.cacheWriteInputTokenCount) ?? 0,
    output: output ?? 0,
    reasoning: 0,
    estimated: false,
  };
}

/** What stands beside the counters: how long it took, what guardrails found, which tier served it. */
const BESIDE = ['metrics', 'trace', 'performanceConfig', 'serviceTier'];
/** What stands among them. */
const AMONG = ['cacheDetails', 'serverToolUsage'];

/** `around`: a body or a `metadata` event. For callers of this dialect. */
export function usageExtras(around: JsonObject): JsonObject | undefined {
  const extras = { ...pick(around, BESIDE), ...pick(asObject(around.usage) ?? {}, AMONG) };
  return Object.keys(extras).length === 0 ? undefined : extras;
}

function pick(from: JsonObject, names: readonly string[]): JsonObject {
  const picked: Record<string, Json> = {};
  for (const name of names) {
    const value = from[name];
    if (value !== undefined && value !== null) picked[name] = value;
  }
  return picked;
}

/** The counters and what stands beside them, in one object. */
export function encodeUsage(usage: Usage, extras: JsonObject = {}): JsonObject {
  return {
    usage: {
      inputTokens: usage.fresh,
      outputTokens: usage.output,
      totalTokens: inputTokens(usage) + usage.output,
      cacheReadInputTokens: usage.cacheRead,
      cacheWriteInputTokens: usage.cacheWrite,
      ...pick(extras, AMONG),
    },
    // Other vendors' tiers have another shape.
    ...Object.fromEntries(Object.entries(pick(extras, BESIDE)).filter(([, value]) => isObject(value))),
  };
}
