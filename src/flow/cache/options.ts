// What the cache reads from the config: its size, and per model how long an answer stays good.
import * as z from 'zod';
import { duration, size } from '../../lib/option-scalars.ts';
import type { CacheRule } from '../stage.ts';

export interface CacheOptions {
  /** Bytes of all answers together, and of the largest one kept. */
  readonly maxBytes: number;
  readonly maxEntry: number;
}

const YEAR = 365 * 864e5;

export const cacheOptions = z
  .strictObject({
    max_bytes: size()
      .default(256 * 2 ** 20)
      .describe('Memory for answers.'),
    max_entry: size()
      .default(2 ** 20)
      .describe('Largest answer kept.'),
  })
  // A bound that is no size has its own problem; then it is text here still, and no comparison holds.
  .refine((cache) => !(cache.max_entry > cache.max_bytes), {
    path: ['max_entry'],
    error: 'is larger than max_bytes, so the largest answers could never be kept',
  })
  .transform((cache): CacheOptions => ({ maxBytes: cache.max_bytes, maxEntry: cache.max_entry }));

/** `false` says no in so many words; so does silence. */
export const cacheRule = z
  .union([
    z.literal(false),
    z.strictObject({ ttl: duration(YEAR).describe('How long an answer stays good.') }),
  ])
  .meta({ title: 'false or a mapping with ttl' })
  .transform((rule): CacheRule | undefined => (rule === false ? undefined : rule));
