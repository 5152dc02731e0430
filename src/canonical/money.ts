// Money is integer nano-dollars in BigInt. Rounded up once, per attempt; never a float.
import { inputTokens, type Unit, type Units, type Usage, unitNames } from './usage.ts';

declare const nano: unique symbol;
export type NanoDollars = bigint & { readonly [nano]: true };

export function nanoDollars(value: bigint): NanoDollars {
  return value as NanoDollars;
}

/** Nano-dollars per million tokens. One dollar per million is 1_000_000_000. */
export interface Rates {
  readonly input: NanoDollars;
  readonly output: NanoDollars;
  readonly cacheRead: NanoDollars;
  readonly cacheWrite: NanoDollars;
}

/** A rate card. */
export interface Price extends Rates {
  /** For one of each, where it is not tokens that are billed. */
  readonly units?: Readonly<Partial<Record<Unit, NanoDollars>>>;
  /** Other rates for long calls, by rising bounds. They hold for the whole call, not for the tokens above. */
  readonly tiers?: readonly Tier[];
  /** Nano-dollars for each call, on top of its tokens. */
  readonly perCall?: NanoDollars;
}

/** Holds for calls with more input tokens than this, read from or written to the prompt cache or not. */
export interface Tier extends Rates {
  readonly above: number;
}

const PER = 1_000_000n;

/** Dollars per million tokens, as people write it (`0.15`), to nano-dollars per million. */
export function perMillion(dollars: number): NanoDollars {
  return nanoDollars(BigInt(Math.round(dollars * 1e9)));
}

const DECIMAL = /^(\d{1,20})(?:\.(\d{1,40}))?(?:e([+-]?\d{1,2}))?$/i;

/** The same from text that was never a float: `0.00000015` per token. Undefined when it is no amount. */
export function nanoPerMillion(
  text: string | undefined,
  unit: 'per token' | 'per million',
): NanoDollars | undefined {
  const [, whole, fraction = '', power = '0'] = DECIMAL.exec(text ?? '') ?? [];
  if (whole === undefined) return undefined;
  const shift = Number(power) - fraction.length + (unit === 'per token' ? 15 : 9);
  const digits = BigInt(whole + fraction);
  if (shift >= 0) return nanoDollars(digits * 10n ** BigInt(shift));
  return nanoDollars(ceilDiv(digits, 10n ** BigInt(-shift)));
}

/** Dollars for one of something, to nano-dollars. */
export function perOne(dollars: number): NanoDollars {
  return nanoDollars(BigInt(Math.round(dollars * 1e9)));
}

/** So many percent of it, rounded up. */
export function priceAtPercent(price: Price, percent: number): Price {
  const part = (amount: NanoDollars): NanoDollars =>
    nanoDollars(ceilDiv(amount * BigInt(Math.round(percent * 100)), 10_000n));
  const rates = ({ input, output, cacheRead, cacheWrite }: Rates): Rates => ({
    input: part(input),
    output: part(output),
    cacheRead: part(cacheRead),
    cacheWrite: part(cacheWrite),
  });
  return {
    ...rates(price),
    ...(price.tiers === undefined
      ? {}
      : { tiers: price.tiers.map((tier) => ({ above: tier.above, ...rates(tier) })) }),
    ...(price.perCall === undefined ? {} : { perCall: part(price.perCall) }),
  };
}

/** Nothing is ever due. */
export function isFree(price: Price): boolean {
  const { units, tiers = [], perCall = 0n } = price;
  if (perCall !== 0n || ![price, ...tiers].every(costsNoTokens)) return false;
  return unitNames.every((unit) => (units?.[unit] ?? 0n) === 0n);
}

function costsNoTokens({ input, output, cacheRead, cacheWrite }: Rates): boolean {
  return input === 0n && output === 0n && cacheRead === 0n && cacheWrite === 0n;
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
  return sum === undefined ? undefined : nanoDollars(ceilDiv(sum, BigInt(PARTS)) + (price.perCall ?? 0n));
}

function costOfTokens(usage: Usage, price: Price): NanoDollars {
  const rates = ratesFor(usage, price);
  const sum =
    BigInt(usage.fresh) * rates.input +
    BigInt(usage.cacheRead) * rates.cacheRead +
    BigInt(usage.cacheWrite) * rates.cacheWrite +
    BigInt(usage.output) * rates.output;
  return nanoDollars(ceilDiv(sum, PER) + (price.perCall ?? 0n));
}

function ratesFor(usage: Usage, price: Price): Rates {
  let rates: Rates = price;
  if (price.tiers === undefined) return rates;
  const input = inputTokens(usage);
  for (const tier of price.tiers) if (input > tier.above) rates = tier;
  return rates;
}

function ceilDiv(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by;
}

/** `$0.000021`: as many digits as the sum needs, never rounded to zero. */
export function formatDollars(amount: NanoDollars): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(10, '0');
  const whole = digits.slice(0, -9);
  const fraction = digits.slice(-9).replace(/0+$/, '').padEnd(2, '0');
  return `${sign}$${whole}.${fraction}`;
}
