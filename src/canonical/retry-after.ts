// How long an upstream asks us to wait.
import type { WireHeaders } from './wire.ts';

/** Seconds: exact milliseconds first, then seconds, then a date measured by the sender's own clock. */
export function readRetryAfter(headers: WireHeaders): number | undefined {
  const exact = plainSeconds(headers['retry-after-ms']);
  if (exact !== undefined) return exact / 1000;
  const value = headers['retry-after'];
  const seconds = plainSeconds(value);
  if (seconds !== undefined || value === undefined) return seconds;
  const wait = (Date.parse(value) - Date.parse(headers['date'] ?? '')) / 1000;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

export function plainSeconds(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
