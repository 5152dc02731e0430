// Google's counters, however a dialect of its calls them, as disjoint ones.
import type { Usage } from './usage.ts';

export interface GoogleCounters {
  readonly prompt: number;
  /** Of the prompt. */
  readonly cached: number;
  /** What tools fed back: beside the prompt. */
  readonly tools: number;
  readonly answer: number;
  /** Beside the answer, unless the total says that they are in it. */
  readonly thoughts: number;
  readonly total: number | undefined;
}

export function googleUsage({ prompt, cached, tools, answer, thoughts, total }: GoogleCounters): Usage {
  const cacheRead = Math.min(cached, prompt);
  const inside = total === prompt + tools + answer;
  const output = inside ? answer : answer + thoughts;
  return {
    fresh: prompt + tools - cacheRead,
    cacheRead,
    cacheWrite: 0,
    output,
    reasoning: Math.min(thoughts, output),
    estimated: false,
  };
}
