// The whole config file: sections in, one read-only value out. Names are snake_case in the file and
// camelCase here; durations are milliseconds, sizes bytes, moments epoch milliseconds.
import * as z from 'zod';
import type { WireTimers } from '../canonical/wire.ts';
import { type HistoryOptions, historyOptions, type KeyOptions, keyOptions } from '../flow/admit/options.ts';
import { type CacheOptions, cacheOptions } from '../flow/cache/options.ts';
import { attemptCount, callTime, retryWait, timeoutOptions } from '../flow/dispatch/options.ts';
import { keepalivePeriod, USUAL_KEEPALIVE } from '../flow/emit/options.ts';
import { type JournalOptions, journalOptions } from '../flow/record/options.ts';
import { words } from '../lib/option-scalars.ts';
import { type ListenOptions, listenOptions } from '../server/options.ts';
import { type OverloadOptions, overloadOptions } from '../server/overload/options.ts';
import { type LogOptions, logOptions } from './log-options.ts';
import { type ModelOptions, modelTable } from './model-options.ts';
import { type UpstreamOptions, upstreamTable } from './upstream-options.ts';

export interface Config {
  readonly listen: ListenOptions;
  readonly overload: OverloadOptions;
  /** Folder for the key, the pepper and the journal; relative to the working directory. */
  readonly state: string;
  readonly keys: readonly KeyOptions[];
  readonly upstreams: readonly UpstreamOptions[];
  readonly models: readonly ModelOptions[];
  /** Where unknown model names lead; undefined refuses them. */
  readonly defaultModel: string | undefined;
  /** What the section states; the rest is the provider's or the usual. */
  readonly timers: Partial<WireTimers>;
  /** Attempts per call, the first one included. */
  readonly attempts: number;
  /** Milliseconds for a call as a whole. */
  readonly deadline: number;
  /** Milliseconds that a call waits for targets that said when to come again. */
  readonly retryWait: number;
  /** Milliseconds of silence after which a caller who waits for a stream hears a sign of life; Infinity: never. */
  readonly keepalive: number;
  readonly cache: CacheOptions;
  readonly history: HistoryOptions;
  readonly journal: JournalOptions;
  readonly log: LogOptions;
}

export const configSchema = z
  .strictObject({
    listen: listenOptions.prefault({}).describe('Where callers reach the gateway.'),
    overload: overloadOptions.prefault({}).describe('How much one process takes on.'),
    state: words('a folder path')
      .default('.signalbox')
      .describe('Folder for the key, the pepper and the journal.'),
    keys: z.array(keyOptions).default([]).describe('Who may call.'),
    upstreams: upstreamTable
      .default([])
      .describe('Engines and services that answer calls, by a name of your own.'),
    models: modelTable.default([]).describe('The names callers use, and what they lead to.'),
    default_model: words('the name of a model')
      .optional()
      .describe('Where unknown model names lead; without it they are refused.'),
    timeouts: timeoutOptions.prefault({}).describe('How long to wait for what.'),
    attempts: attemptCount.default(3).describe('Attempts per call, the first one included.'),
    deadline: callTime
      .default(3_600_000)
      .describe('For a call as a whole: all its attempts, and the waits between them.'),
    retry_wait: retryWait
      .default(5_000)
      .describe('How long a call waits for targets that said when to come again.'),
    keepalive: keepalivePeriod()
      .default(USUAL_KEEPALIVE)
      .describe('A caller who has heard nothing of a stream for so long is sent a sign of life; off: never.'),
    cache: cacheOptions.prefault({}).describe('Memory for answers.'),
    history: historyOptions.prefault({}).describe('What is kept of conversations that go on by an id.'),
    journal: journalOptions.prefault({}).describe('Where receipts are kept.'),
    log: logOptions.prefault({}).describe('What is written to the standard error output.'),
  })
  .transform(
    (sections): Config => ({
      listen: sections.listen,
      overload: sections.overload,
      state: sections.state,
      keys: sections.keys,
      upstreams: sections.upstreams,
      models: sections.models,
      defaultModel: sections.default_model,
      timers: sections.timeouts,
      attempts: sections.attempts,
      deadline: sections.deadline,
      retryWait: sections.retry_wait,
      keepalive: sections.keepalive,
      cache: sections.cache,
      history: sections.history,
      journal: sections.journal,
      log: sections.log,
    }),
  );
