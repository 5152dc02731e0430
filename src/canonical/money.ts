// Money is integer nano-dollars in BigInt. Rounded up once, per attempt; never a float.
import { type Unit, type Units, type Usage, unitNames } from './usage.ts';

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
  /** For one of each, where it is not tokens that are billed. */
  readonly units?: Readonly<Partial<Record<Unit, NanoDollars>>>;
}

const PER = 1_000_000n;

/** Dollars per million tokens, as people write it (`0.15`), to nano-dollars per million. */
export function perMillion(dollars: number): NanoDollars {
  return nanoDollars(BigInt(Math.round(dollars * 1e9)));
}

/** Dollars for one of something, to nano-dollars. */
export function perOne(dollars: number): NanoDollars {
  return nanoDollars(BigInt(Math.round(dollars * 1e9)));
}

/** Nothing is ever due. */
export function isFree(price: Price): boolean {
  const { input, output, cacheRead, cacheWrite, units } = price;
  if (input !== 0n || output !== 0n || cacheRead !== 0n || cacheWrite !== 0n) return false;
  return unitNames.every((unit) => (units?.[unit] ?? 0n) === 0n);
}

/** Undefined when the usage is in units that the price knows nothing about. */
export function costOf(usage: Usage, price: Price): NanoDollars | undefined {
  if (isFree(price)) return nanoDollars(0n);
  return usage.units === undefined ? costOfTokens(usage, price) : costOfUnits(usage.units, price);
}

const PARTS = 1_000;

/** Seconds come in fractions. */
function costOfUnits(units: Units, price: Price): NanoDollars | undefined {
  let sum: bigint | undefined;
  for (const unit of unitNames) {
    const amount = units[unit];
    const each = price.units?.[unit];
    if (amount === undefined) continue;
    if (each === undefined) return undefined;
    sum = (sum ?? 0n) + BigInt(Math.ceil(amount * PARTS)) * each;
  }
  return sum === undefined ? undefined : nanoDollars((sum + BigInt(PARTS) - 1n) / BigInt(PARTS));
}

function costOfTokens(usage: Usage, price: Price): NanoDollars {
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
