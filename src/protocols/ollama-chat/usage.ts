// The counters of a done line to and from disjoint ones. Reasoning is part of `eval_count` and not told apart.
import { asNumber, type Json, type JsonObject } from '../../canonical/json.ts';
import { inputTokens, noUsage, tokenCount, type Usage } from '../../canonical/usage.ts';

const durations = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const;

/** Undefined when the line states nothing, or nothing that can be true. */
export function decodeUsage(line: JsonObject): Usage | undefined {
  const prompt = tokenCount(line.prompt_eval_count);
  const output = tokenCount(line.eval_count);
  if (prompt === undefined && output === undefined) return undefined;
  // Older versions leave the prompt out when all of it was in their cache; zeros are never written.
  return { ...noUsage, fresh: prompt ?? 0, output: output ?? 0 };
}

/** The durations an engine measured itself, in nanoseconds. */
export function statedDurations(line: JsonObject): JsonObject | undefined {
  const stated: Record<string, Json> = {};
  for (const name of durations) {
    const value = asNumber(line[name]);
    if (value !== undefined) stated[name] = value;
  }
  return Object.keys(stated).length === 0 ? undefined : stated;
}

/** Milliseconds since the call arrived. */
export interface Timing {
  readonly first: number;
  readonly end: number;
}

const NANOSECONDS = 1_000_000;

/**
 * What the engine measured, else what we did: until the first token (queue, network and prompt together), and
 * from there to the end. What nobody measured is zero.
 */
export function encodeUsage(
  usage: Usage | undefined,
  extras: JsonObject | undefined,
  timing: Timing | undefined,
): JsonObject {
  const { first, end } = timing ?? { first: 0, end: 0 };
  const own = statedDurations(extras ?? {}) ?? {};
  return {
    total_duration: own.total_duration ?? nanoseconds(end),
    load_duration: own.load_duration ?? 0,
    ...(usage === undefined ? {} : { prompt_eval_count: inputTokens(usage) }),
    prompt_eval_duration: own.prompt_eval_duration ?? nanoseconds(first),
    ...(usage === undefined ? {} : { eval_count: usage.output }),
    eval_duration: own.eval_duration ?? nanoseconds(end - first),
  };
}

function nanoseconds(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * NANOSECONDS));
}
