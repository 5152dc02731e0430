// What emit reads from the config: how long a caller may hear nothing of a stream it waits for.
import * as z from 'zod';
import { duration } from '../../lib/option-scalars.ts';

/** Proxies give up after 30 s and more; most failures have a status long before this. */
export const USUAL_KEEPALIVE = 15_000;
const LEAST = 100;

/** Milliseconds; Infinity is `off`. */
export function keepalivePeriod() {
  return z
    .union([z.literal(['off', false]), duration()])
    .meta({ title: 'a duration or off' })
    .transform((period, context): number => {
      if (typeof period !== 'number') return Number.POSITIVE_INFINITY;
      if (period >= LEAST) return period;
      context.addIssue({
        code: 'custom',
        message: 'is too short',
        params: { hint: 'Use 100ms at least, or off.' },
      });
      return z.NEVER;
    });
}
