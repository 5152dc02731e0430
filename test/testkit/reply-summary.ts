// What a reply says, whatever its dialect: the common ground on which a recording and its translation meet.
import type { JsonValue } from './json-value.ts';

export interface SaidCall {
  readonly id: string;
  readonly name: string;
  readonly input: JsonValue;
}

export interface ReplySummary {
  readonly id: string;
  readonly text: string;
  readonly reasoning: string;
  readonly refusal: string;
  readonly tools: readonly SaidCall[];
  /** In the dialect's own words. */
  readonly stop: string;
  readonly usage: { readonly input: number; readonly output: number } | undefined;
}

/** Fails loudly with what was wrong and the text around it. */
export function must(condition: unknown, complaint: string, about?: unknown): asserts condition {
  if (condition) return;
  const shown = about === undefined ? '' : `\n${typeof about === 'string' ? about : JSON.stringify(about)}`;
  throw new Error(`${complaint}${shown.slice(0, 2000)}`);
}

export function parsedInput(text: string, about: unknown): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new Error(
      `The arguments of a call are not JSON: ${JSON.stringify(text)}\n${JSON.stringify(about)}`,
    );
  }
}
