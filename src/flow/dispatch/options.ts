// What dispatch reads from the config: how long to wait for what, and how often to try.
import * as z from 'zod';
import type { WireTimers } from '../../canonical/wire.ts';
import { duration, whole } from '../../lib/option-scalars.ts';

const fields = {
  connect: duration().describe('Until the connection stands.'),
  first_byte: duration().describe(
    'From the call sent to the first byte of the answer; a local prefill may be long.',
  ),
  idle: duration().describe('Between two reads of an answer.'),
  total: duration().describe('For one attempt as a whole.'),
};

/** For one upstream or model: what is not said here is inherited. */
export const timeoutChanges = z
  .strictObject(fields)
  .partial()
  .transform(
    ({ first_byte, connect, idle, total }): Partial<WireTimers> => ({
      ...(connect === undefined ? {} : { connect }),
      ...(first_byte === undefined ? {} : { firstByte: first_byte }),
      ...(idle === undefined ? {} : { idle }),
      ...(total === undefined ? {} : { total }),
    }),
  );

export const timeoutOptions = z
  .strictObject({
    connect: fields.connect.default(3_000),
    first_byte: fields.first_byte.default(120_000),
    idle: fields.idle.default(60_000),
    total: fields.total.default(900_000),
  })
  .transform(
    (timeouts): WireTimers => ({
      connect: timeouts.connect,
      firstByte: timeouts.first_byte,
      idle: timeouts.idle,
      total: timeouts.total,
    }),
  );

export interface AdaptiveOptions {
  readonly min: number;
  readonly max: number;
}

/** How many attempts may be under way at an upstream: so many, what its engine says, what does it good, or any number. */
export type Concurrency = number | 'discovered' | 'none' | AdaptiveOptions;

const MOST_SLOTS = 100_000;
const ADAPTIVE = { min: 1, max: 64 } as const;

const adaptiveBounds = z
  .strictObject({
    min: whole(1, MOST_SLOTS).default(ADAPTIVE.min).describe('Never fewer.'),
    max: whole(1, MOST_SLOTS).default(ADAPTIVE.max).describe('Never more.'),
  })
  .refine(({ min, max }) => min <= max, { error: 'has a min above its max' });

export const concurrency = z
  .union([whole(1, MOST_SLOTS), z.enum(['discovered', 'adaptive', 'none']), adaptiveBounds])
  .meta({ title: 'a number of slots, discovered, adaptive (or its bounds: min, max) or none' })
  .transform((value): Concurrency => (value === 'adaptive' ? ADAPTIVE : value));

export interface QueueOptions {
  /** So many calls may wait. */
  readonly length: number;
  /** So many milliseconds each. */
  readonly wait: number;
}

export const usualQueue: QueueOptions = { length: 100, wait: 60_000 };

export const queueOptions = z.strictObject({
  length: whole(0, 100_000).default(usualQueue.length).describe('So many calls may wait; 0: none.'),
  wait: duration().default(usualQueue.wait).describe('How long each may wait.'),
});

/** Attempts per call, the first one included. */
export const attemptCount = whole(1, 20);
