// Durations and sizes as people write them, to milliseconds and bytes. Anything else is undefined.

export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
export const SIZE = /^(\d+(?:\.\d+)?)([kmgKMG]?[bB])?$/;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };
const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };

/** `250ms`, `3s`, `1.5m`, `2h`, `1d`: a unit is required, since a bare number says nothing. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return scaled(amount, MILLISECONDS[unit ?? '']);
}

/** `20mb`, `1gb`, `4096`: units are powers of 1024, no unit means bytes. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = 'b'] = SIZE.exec(text) ?? [];
  return scaled(amount, BYTES[unit.toLowerCase()]);
}

function scaled(amount: string | undefined, factor: number | undefined): number | undefined {
  if (amount === undefined || factor === undefined) return undefined;
  const value = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}
