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

/** Attempts per call, the first one included. */
export const attemptCount = whole(1, 20);
