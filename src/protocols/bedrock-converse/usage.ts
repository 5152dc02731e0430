// Token counters. They are disjoint as they come: `inputTokens` counts neither cache reads nor writes.
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
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
const BESIDE = ['metrics', 'trace', 'performanceConfig', 'serviceTier'] as const;

/** `around`: a body or a `metadata` event. For callers of this dialect. */
export function usageExtras(around: JsonObject): JsonObject | undefined {
  const extras: Record<string, Json> = {};
  for (const name of BESIDE) {
    const value = around[name];
    if (value !== undefined && value !== null) extras[name] = value;
  }
  const details = asObject(around.usage)?.cacheDetails;
  if (details !== undefined && details !== null) extras.cacheDetails = details;
  return Object.keys(extras).length === 0 ? undefined : extras;
}

/** The counters and what stands beside them, in one object. */
export function encodeUsage(usage: Usage, extras: JsonObject | undefined): JsonObject {
  const input = inputTokens(usage);
  const details = extras?.cacheDetails;
  const beside: Record<string, Json> = {};
  for (const name of BESIDE) {
    const value = asObject(extras?.[name]);
    if (value !== undefined) beside[name] = value;
  }
  return {
    usage: {
      inputTokens: usage.fresh,
      outputTokens: usage.output,
      totalTokens: input + usage.output,
      cacheReadInputTokens: usage.cacheRead,
      cacheWriteInputTokens: usage.cacheWrite,
      ...(details === undefined ? {} : { cacheDetails: details }),
    },
    ...beside,
  };
}
