// Why a reply ended. Some of its words say that there is no reply; the second version writes them in capitals, and
// a few only the first had.
import type { ErrorCode } from '../../canonical/errors.ts';
import type { StopReason } from '../../canonical/reply.ts';

const reasons: ReadonlyMap<string, StopReason> = new Map([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop_sequence'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'tools'],
  ['ERROR_TOXIC', 'filter'],
  ['ERROR_LIMIT', 'context_full'],
]);

const failures: ReadonlyMap<string, ErrorCode> = new Map([
  ['ERROR', 'upstream_fault'],
  ['TIMEOUT', 'upstream_timeout'],
  ['USER_CANCEL', 'upstream_fault'],
]);

/** A call that was made outranks a plain stop, never the bound on output; a call that was not made is none. */
export function decodeStop(word: string | undefined, calls: boolean): StopReason {
  const reason = reasons.get((word ?? '').toUpperCase()) ?? 'stop';
  if (reason === 'stop' && calls) return 'tools';
  return reason === 'tools' && !calls ? 'stop' : reason;
}

/** What such a word stands for in the error table; undefined when it ends an answer. */
export function failureOf(word: string | undefined): ErrorCode | undefined {
  return failures.get((word ?? '').toUpperCase());
}
