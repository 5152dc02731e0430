// The `overload` section: how much one process takes on before it turns calls away.
import * as z from 'zod';
import { duration, size, whole } from '../../lib/option-scalars.ts';

export interface OverloadOptions {
  /** How late the event loop may run, in milliseconds. */
  readonly lag: number;
  /** Calls in the house at once. */
  readonly calls: number;
  /** Bytes of request bodies in memory at once. */
  readonly bytes: number;
}

export const overloadOptions = z
  .strictObject({
    lag: duration().default(200).describe('Calls are turned away while the event loop is later than this.'),
    calls: whole(1).default(10_000).describe('Most calls in the house at once, for each process.'),
    bytes: size()
      .default(256 * 2 ** 20)
      .describe('Most bytes of request bodies held at once, for each process.'),
  })
  .transform((overload): OverloadOptions => overload);
