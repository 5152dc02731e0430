// What dispatch reads from the config: how long to wait for what, and how often to try.
import * as z from 'zod';
import type { WireTimers } from '../../canonical/wire.ts';
import { duration, whole } from '../../lib/option-scalars.ts';

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

/** Attempts per call, the first one included. */
export const attemptCount = whole(1, 20);
