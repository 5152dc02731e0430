// The scalars options are made of. `title` and `examples` speak in error messages and in the JSON Schema.
import * as z from 'zod';
import { DURATION, parseDuration, parseSize, SIZE } from './quantity.ts';

/** The longest wait a timer can be set to; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Milliseconds from `30s`. */
export function duration(longest = LONGEST_TIMER) {
  return z
    .string()
    .regex(DURATION)
    .meta({ title: 'a duration', examples: ['250ms', '3s', '15m', '2h', '1d'] })
    .transform((text, context) => {
      const value = parseDuration(text);
      if (value !== undefined && value <= longest) return value;
      context.addIssue({ code: 'custom', message: 'is too long', params: { hint: 'Use at most 24d.' } });
      return z.NEVER;
    });
}

/** Bytes from `20mb` or `4096`. */
export function size() {
  return z
    .preprocess(
      textOf,
      z
        .string()
        .regex(SIZE)
        .meta({ title: 'a size', examples: ['4096', '20mb', '1gb'] }),
    )
    .transform((text, context) => {
      const value = parseSize(text);
      if (value !== undefined && value > 0) return value;
      context.addIssue({ code: 'custom', message: 'must be at least one byte and at most 8 petabytes' });
      return z.NEVER;
    });
}

/** A whole number; its text counts too, since `${PORT}` is replaced by text. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER) {
  return z.preprocess(numberOf, z.int().min(least).max(most)).meta({ title: 'a whole number' });
}

export function decimal(least = Number.NEGATIVE_INFINITY) {
  const number = Number.isFinite(least) ? z.number().min(least) : z.number();
  return z.preprocess(numberOf, number).meta({ title: 'a number' });
}

export function flag() {
  return z.preprocess(booleanOf, z.boolean()).meta({ title: 'true or false' });
}

/** A secret; a reference to one has been replaced by its value before this is read. */
export function credential(shortest = 1) {
  return z
    .string()
    .min(shortest)
    .meta({ title: 'a secret', examples: [`\${API_KEY}`, 'file:/run/secrets/api-key'] });
}

/** Text that says something. */
export function words(title = 'text') {
  return z.string().min(1).meta({ title });
}

function textOf(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value;
}

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function booleanOf(value: unknown): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}
