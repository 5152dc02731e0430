// Tokens in disjoint counters: no token is counted in two of them, so a price can be put on each.

export interface Usage {
  /** Input tokens read anew: neither served from nor written to the provider's prompt cache. */
  readonly fresh: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** All output tokens, reasoning included. */
  readonly output: number;
  /** Of `output`, how many were reasoning. */
  readonly reasoning: number;
  /** True when we counted, because the upstream did not say or said nonsense. */
  readonly estimated: boolean;
  /** Present: it is these that are billed, not tokens, which are a guess at most. Empty: nobody said how many. */
  readonly units?: Units;
}

/** What sound, pictures and rankings are billed by. */
export const unitNames = ['characters', 'seconds', 'images', 'searches'] as const;
export type Unit = (typeof unitNames)[number];
export type Units = Readonly<Partial<Record<Unit, number>>>;

export const noUsage: Usage = {
  fresh: 0,
  cacheRead: 0,
  cacheWrite: 0,
  output: 0,
  reasoning: 0,
  estimated: false,
};

/** Of several attempts together. */
export function usageSum(a: Usage, b: Usage): Usage {
  if (a === noUsage) return b;
  if (b === noUsage) return a;
  return {
    fresh: a.fresh + b.fresh,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
    estimated: a.estimated || b.estimated,
    ...unitSum(a.units, b.units),
  };
}

function unitSum(a: Units | undefined, b: Units | undefined): { readonly units?: Units } {
  if (a === undefined || b === undefined)
    return a === undefined && b === undefined ? {} : { units: a ?? b ?? {} };
  const units: Partial<Record<Unit, number>> = { ...a };
  for (const unit of unitNames) if (b[unit] !== undefined) units[unit] = (a[unit] ?? 0) + b[unit];
  return { units };
}

/** Of an answer that is not billed by tokens. */
export function usageInUnits(units: Units): Usage {
  return { ...noUsage, units };
}

export function inputTokens(usage: Usage): number {
  return usage.fresh + usage.cacheRead + usage.cacheWrite;
}

/** Of one call. */
const MOST_BELIEVABLE = 100_000_000;
const DIGITS = /^\d+$/;

/** A counter as an upstream states it, in digits too; undefined when it is missing or cannot be true. */
export function tokenCount(value: unknown, most = MOST_BELIEVABLE): number | undefined {
  const count = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isInteger(count)) return undefined;
  return count >= 0 && count <= most ? count : undefined;
}
