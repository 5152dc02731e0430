// The `log` section.
import * as z from 'zod';

export interface LogOptions {
  readonly level: 'info' | 'silent';
  /** Undefined: pretty for people at a terminal, json otherwise. */
  readonly format: 'json' | 'pretty' | undefined;
}

export const logOptions = z
  .strictObject({
    level: z.enum(['info', 'silent']).default('info').describe('info writes one line per call.'),
    format: z
      .enum(['json', 'pretty'])
      .optional()
      .describe('pretty at a terminal, json otherwise, by default.'),
  })
  .transform((log): LogOptions => ({ level: log.level, format: log.format }));
