// Which of a model's prices is in force at a moment, as a rate card, and until when it certainly is.
import { type NanoDollars, type Price, perMillion, type Rates } from '../canonical/money.ts';
import type { PriceLine, RateLine } from './sheet.ts';

export interface PriceInForce {
  readonly price: Price;
  /** Epoch milliseconds. */
  readonly until: number;
}

const DAY = 86_400_000;

export function priceAt(prices: readonly PriceLine[], wall: number): PriceInForce | undefined {
  const line = prices.findLast((candidate) => holds(candidate, wall)) ?? prices[0];
  if (line === undefined) return undefined;
  return { price: priceOf(line), until: Math.min(...prices.map((one) => nextChange(one, wall))) };
}

function holds({ from, daily }: PriceLine, wall: number): boolean {
  if (from !== undefined) return wall >= Date.parse(from);
  if (daily === undefined) return true;
  const now = wall % DAY;
  const [start, end] = [timeOfDay(daily[0]), timeOfDay(daily[1])];
  return end < start ? now >= start || now < end : now >= start && now < end;
}

function nextChange({ from, daily }: PriceLine, wall: number): number {
  const starts = from === undefined ? Number.POSITIVE_INFINITY : Date.parse(from);
  const turns = (daily ?? []).map((text) => nextTime(timeOfDay(text), wall));
  return Math.min(starts > wall ? starts : Number.POSITIVE_INFINITY, ...turns);
}

function nextTime(time: number, wall: number): number {
  const today = wall - (wall % DAY) + time;
  return today > wall ? today : today + DAY;
}

function timeOfDay(text: string): number {
  return Date.parse(`1970-01-01T${text}Z`);
}

function priceOf(line: PriceLine): Price {
  const bounds = new Set([line.input, line.output, line.read, line.write].flatMap(boundsOf));
  const tiers = [...bounds].sort((a, b) => a - b).map((above) => ({ above, ...ratesOf(line, above) }));
  return {
    ...ratesOf(line, Number.NEGATIVE_INFINITY),
    ...(tiers.length === 0 ? {} : { tiers }),
    // Dollars to nano-dollars, as a rate per million would be.
    ...(line.call === undefined ? {} : { perCall: perMillion(line.call) }),
  };
}

function boundsOf(rate: RateLine | undefined): readonly number[] {
  return typeof rate === 'object' ? rate.filter((_, at) => at % 2 === 1) : [];
}

/** Rates of calls with more input than the bound. Reading from the cache is input unless it has a price. */
function ratesOf(line: PriceLine, bound: number): Rates {
  const input = rateAbove(line.input, bound);
  return {
    input,
    output: rateAbove(line.output ?? 0, bound),
    cacheRead: line.read === undefined ? input : rateAbove(line.read, bound),
    cacheWrite: line.write === undefined ? input : rateAbove(line.write, bound),
  };
}

function rateAbove(rate: RateLine, bound: number): NanoDollars {
  if (typeof rate === 'number') return perMillion(rate);
  let dollars = rate[0] ?? 0;
  for (let at = 1; at + 1 < rate.length; at += 2) {
    if (bound >= (rate[at] ?? 0)) dollars = rate[at + 1] ?? dollars;
  }
  return perMillion(dollars);
}
