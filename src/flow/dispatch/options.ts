// What dispatch reads from the config: how long to wait for what, and how often to try.
import * as z from 'zod';
import type { WireTimers } from '../../canonical/wire.ts';
import { decimal, duration, whole } from '../../lib/option-scalars.ts';
import type { HealthRules, HedgeRule } from '../stage.ts';

const fields = {
  connect: duration().describe('Until the connection stands. 3s by default.'),
  first_byte: duration().describe(
    'The longest silence before the answer begins. 120s by default, 10m for engines, whose prefill may be long.',
  ),
  first_content: duration().describe(
    'From the call sent until the answer begins, whatever signs of life come before; at least first_byte. 10m by default.',
  ),
  idle: duration().describe('The longest silence within an answer. 60s by default.'),
  total: duration().describe('For one attempt as a whole. 15m by default, 30m for engines.'),
};

/** Where neither the config nor the provider says anything else. */
export const usualTimers: WireTimers = {
  connect: 3_000,
  firstByte: 120_000,
  firstContent: 600_000,
  idle: 60_000,
  total: 900_000,
};

/** What is said: the rest is inherited, from the upstream, the section `timeouts`, the provider, in this order. */
export const timeoutOptions = z
  .strictObject(fields)
  .partial()
  .transform(
    ({ first_byte, first_content, connect, idle, total }): Partial<WireTimers> => ({
      ...(connect === undefined ? {} : { connect }),
      ...(first_byte === undefined ? {} : { firstByte: first_byte }),
      ...(first_content === undefined ? {} : { firstContent: first_content }),
      ...(idle === undefined ? {} : { idle }),
      ...(total === undefined ? {} : { total }),
    }),
  );

const rules = z.strictObject({
  failures: whole(1, 1_000).default(5).describe('Failures in a row that put a model of it out.'),
  share: decimal(0.05).default(0.5).describe('Share of failed calls, of at least 20, that puts it out.'),
  window: duration().default(20_000).describe('The time that this share is taken over.'),
  out: duration().default(5_000).describe('How long it is out at first; each time twice as long as before.'),
  most_out: duration().default(300_000).describe('How long it is out at most.'),
  ramp: duration()
    .default(10_000)
    .describe('The time in which it gets its calls back, once it answers again.'),
});

const LEAST = 20;

/** `off`: whatever happens, calls go there. */
export const healthOptions = z.union([z.literal('off'), rules]).transform((health): HealthRules | 'off' =>
  health === 'off'
    ? health
    : {
        failures: health.failures,
        share: health.share,
        least: LEAST,
        window: health.window,
        out: health.out,
        mostOut: health.most_out,
        ramp: health.ramp,
      },
);

export const hedgeRule = z
  .strictObject({
    after: z
      .union([z.literal('p95'), duration()])
      .default('p95')
      .describe('Silence after which another target is asked; p95: longer than 19 of 20 calls took.'),
    share: decimal(0).default(0.05).describe('So many second attempts per call at most.'),
  })
  .transform(({ after, share }): HedgeRule => ({ after: after === 'p95' ? undefined : after, share }));

/** For a call as a whole. */
export const callTime = duration();

/** Waits for targets that said when to come again. */
export const retryWait = duration();

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
