// What Google's models can be asked for, in whichever of its dialects: bounds, stop strings, seeds, how hard to think.
import type { CallContent, Effort } from './content.ts';
import { isAtLeast, since } from './gemini-version.ts';
import type { Ledger } from './ledger.ts';
import type { EncodeOptions } from './protocol.ts';

const MOST_STOPS = 5;
const MOST_SEED = 2 ** 31 - 1;

export interface ModelPlace {
  readonly model: string;
  readonly version: number | undefined;
  readonly ledger: Ledger;
}

interface FormatPlace {
  readonly version: number | undefined;
  readonly ledger: Ledger;
  readonly native: boolean;
}

export type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high';

export function outputBound(asked: number | undefined, { facts, ledger }: EncodeOptions): number | undefined {
  const most = facts?.maxOutput;
  if (asked === undefined || most === undefined || asked <= most) return asked;
  ledger.approximated('max_tokens', `${asked}: the model gives ${most} at most`);
  return most;
}

export function usableStops(
  asked: readonly string[] | undefined,
  { ledger, quirks }: EncodeOptions,
): readonly string[] | undefined {
  if (asked === undefined) return undefined;
  const usable = asked.filter((text) => text !== '');
  if (usable.length < asked.length) ledger.mapped('stop', 'an empty stop string stops nothing');
  const most = quirks.mostStops ?? MOST_STOPS;
  for (let at = most; at < usable.length; at += 1) {
    ledger.dropped(`stop[${at}]`, `the upstream takes ${most} stop strings`);
  }
  return usable.length === 0 ? undefined : usable.slice(0, most);
}

/** Seeds have 32 bits here: larger ones are folded, always to the same. */
export function foldedSeed(asked: number | undefined, ledger: Ledger): number | undefined {
  if (asked === undefined || (Number.isInteger(asked) && Math.abs(asked) <= MOST_SEED)) return asked;
  ledger.mapped('seed', 'folded to 32 bits');
  return Math.abs(Math.trunc(asked)) % MOST_SEED;
}

/** Models before 3 refuse a shape for the answer together with tools: the model is told of it instead. */
export function formatInWords(
  content: CallContent,
  { version, native, ledger }: FormatPlace,
): string | undefined {
  const { format } = content;
  const apart = version !== undefined && version < since.levels && content.tools.length > 0 && !native;
  if (!apart || format === undefined || format.type === 'text') return undefined;
  ledger.approximated('response_format', 'said in words: this model takes no schema together with tools');
  const schema =
    format.type === 'schema' ? ` that matches this JSON Schema:\n${JSON.stringify(format.schema)}` : '.';
  return `When you answer, and do not call a tool, answer with nothing but JSON${schema}`;
}

/** The word for an effort that this model knows; what it cannot do is said. */
export function thinkingLevel(effort: Effort, { model, version, ledger }: ModelPlace): ThinkingLevel {
  const largest = model.includes('-pro');
  const bent = (level: ThinkingLevel, why: string): ThinkingLevel => {
    ledger.approximated('reasoning_effort', `${level}: ${why}`);
    return level;
  };
  switch (effort) {
    case 'none':
      return bent(largest ? 'low' : 'minimal', 'this model always reasons');
    case 'minimal':
      return largest ? bent('low', 'the least this model knows') : 'minimal';
    case 'low':
      return 'low';
    case 'medium':
      return largest && !isAtLeast(version, since.medium)
        ? bent('high', 'this model knows low and high')
        : 'medium';
    case 'high':
      return 'high';
    default:
      return bent('high', 'the most this model knows');
  }
}
