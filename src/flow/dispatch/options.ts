// What dispatch reads from the config: how long to wait for what, and how often to try.
import * as z from 'zod';
import type { WireTimers } from '../../canonical/wire.ts';
import { decimal, duration, whole } from '../../lib/option-scalars.ts';
import type { HealthRules, HedgeRule } from '../stage.ts';

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

/** Attempts per call, the first one included. */
export const attemptCount = whole(1, 20);
