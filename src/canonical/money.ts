// Money is integer nano-dollars in BigInt. Rounded up once, per attempt; never a float.
import type { Usage } from './usage.ts';

declare const nano: unique symbol;
export type NanoDollars = bigint & { readonly [nano]: true };

export function nanoDollars(value: bigint): NanoDollars {
  return value as NanoDollars;
}

/** A rate card: nano-dollars per million tokens. One dollar per million is 1_000_000_000. */
export interface Price {
  readonly input: NanoDollars;
  readonly output: NanoDollars;
  readonly cacheRead: NanoDollars;
  readonly cacheWrite: NanoDollars;
}

const PER = 1_000_000n;

/** Dollars per million tokens, as people write it (`0.15`), to nano-dollars per million. */
export function perMillion(dollars: number): NanoDollars {
  return nanoDollars(BigInt(Math.round(dollars * 1e9)));
}

export function costOf(usage: Usage, price: Price): NanoDollars {
  const sum =
    BigInt(usage.fresh) * price.input +
    BigInt(usage.cacheRead) * price.cacheRead +
    BigInt(usage.cacheWrite) * price.cacheWrite +
    BigInt(usage.output) * price.output;
  return nanoDollars((sum + PER - 1n) / PER);
}

/** `$0.000021`: as many digits as the sum needs, never rounded to zero. */
export function formatDollars(amount: NanoDollars): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, '0');
  const whole = digits.slice(0, -9);
  const fraction = digits.slice(-9).replace(/0+$/, '').padEnd(2, '0');
  return `${sign}$${whole}.${fraction}`;
}
