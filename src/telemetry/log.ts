// The log: one line per call and one per event of the server itself, as JSON or for people at a terminal.
// It may drop lines when its reader is stuck, and says so; it never holds up a call.
import { type ErrorCode, errorTable } from '../canonical/errors.ts';
import type { Receipt } from '../canonical/receipt.ts';
import type { Clock, Sink, Ticker } from '../ports.ts';
import { LogQueue, type WriteText } from './log-queue.ts';
import { prettyCall, prettyEvent } from './pretty.ts';
import type { Redact } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface LogOptions {
  readonly write: WriteText;
  /** Lines below this level are not written. */
  readonly level: LogLevel | 'silent';
  readonly format: 'json' | 'pretty';
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly redact: Redact;
  /** A receipt as one line of JSON, without the newline. */
  readonly encode: (receipt: Receipt) => string;
}

export interface Log extends Sink {
  setLevel(level: LogOptions['level']): void;
  event(level: LogLevel, message: string, fields?: LogFields): void;
  flush(): void;
  /** Offers what is left once more and stops the timer. */
  close(): void;
}

const RANK = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const FLUSH_EVERY = 250;

export function createLog(options: LogOptions): Log {
  const { clock, format, encode } = options;
  let least = RANK[options.level];
  const render = format === 'json' ? jsonEvent : prettyEvent;
  const queue = new LogQueue({
    write: options.write,
    redact: options.redact,
    lost: (count) =>
      render('warn', clock.wall(), 'Log lines were dropped: their reader was stuck.', { count }),
  });
  const stop = options.ticker.every(FLUSH_EVERY, () => queue.flush());
  return {
    take(receipt) {
      const level = levelOf(receipt.outcome);
      if (RANK[level] < least) return;
      if (format === 'pretty') queue.push(prettyCall(receipt));
      else queue.push(`{"level":"${level}","type":"call",${encode(receipt).slice(1)}\n`);
    },
    event(level, message, fields = {}) {
      if (RANK[level] >= least) queue.push(render(level, clock.wall(), message, fields));
    },
    setLevel(level) {
      least = RANK[level];
    },
    flush: () => queue.flush(),
    close() {
      stop();
      queue.flush();
    },
  };
}

/** What callers do wrong is theirs to mend; the rest is ours. */
function levelOf(outcome: 'ok' | ErrorCode): LogLevel {
  if (outcome === 'ok') return 'info';
  return errorTable[outcome].blame === 'caller' ? 'warn' : 'error';
}

function jsonEvent(level: LogLevel, wall: number, message: string, fields: LogFields): string {
  const own = { level, type: 'event', at: new Date(wall).toISOString(), message };
  return `${JSON.stringify({ ...own, ...fields, ...own })}\n`;
}
