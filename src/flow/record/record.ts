// Stage record, the outermost: whatever happens inside, each call ends in exactly one receipt, and the
// call is over only when that receipt would survive a kill -9. Emit keeps the end of an answer until then.
import { GatewayError } from '../../canonical/errors.ts';
import type { CallId } from '../../canonical/ids.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Cancel } from '../../lib/cancel.ts';
import type { Clock, Journal, Sink } from '../../ports.ts';
import { CALLER_LEFT, CALLER_STALLED, type Call, type End, type Handle } from '../stage.ts';
import { type ClosedReceipt, closeReceipt } from './close.ts';
import { Reading } from './reading.ts';

export interface RecordParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly sinks: readonly Sink[];
  /** Told what must not happen and whose call it was: a bug, a journal that refuses, a sink that throws. */
  readonly onBug: (cause: unknown, callId: CallId) => void;
}

export function record(parts: RecordParts): <C extends Call>(next: Handle<C>) => Handle<C> {
  return (next) => async (call, to) => {
    const reading = new Reading(to, call.face);
    let end: End;
    try {
      end = settled(await next(call, reading), reading);
    } catch (cause) {
      end = settled(
        { ok: false, error: asError(cause, call, parts), started: false, usage: noUsage },
        reading,
      );
    }
    const endedAt = parts.clock.now();
    const receipt = closeReceipt(call.receipt, end, reading, endedAt);
    let last = end;
    try {
      await parts.journal.append(receipt);
    } catch (cause) {
      parts.onBug(cause, call.id);
      last = withhold(end, reading);
    }
    tell(parts, last === end ? receipt : closeReceipt(call.receipt, last, reading, endedAt));
    return last;
  };
}

/** How the call ended, as the caller saw it: what he never had, he was not sent. */
function settled(end: End, reading: Reading): End {
  reading.shut();
  if (reading.cancel.requested && (end.ok || end.error.code === 'client_gone')) {
    return failure(cancelled(reading.cancel), end, reading);
  }
  return end.ok || end.started === reading.started ? end : failure(end.error, end, reading);
}

function failure(error: GatewayError, end: End, reading: Reading): End {
  return { ok: false, error, started: reading.started, usage: end.usage };
}

function asError(cause: unknown, call: Call, parts: RecordParts): GatewayError {
  if (cause instanceof GatewayError) return cause;
  parts.onBug(cause, call.id);
  return new GatewayError('internal', 'Something went wrong inside the gateway.', {
    remedy: 'The call id leads to the cause in the gateway log.',
    cause,
  });
}

/** The caller left, or is still there and must be told why the call was stopped. */
function cancelled(cancel: Cancel): GatewayError {
  if (cancel.reason === CALLER_LEFT) {
    return new GatewayError('client_gone', 'The caller left before the answer was complete.');
  }
  if (cancel.reason === CALLER_STALLED) {
    return new GatewayError('client_gone', 'The caller stopped reading and was let go.');
  }
  return new GatewayError('draining', `The call was stopped: ${cancel.reason}.`, {
    remedy: 'Send it again: another gateway, or this one after its restart, will take it.',
    retryAfter: 1,
  });
}

/** No receipt, no answer: only its end is missing, and it stays away. */
function withhold(end: End, reading: Reading): End {
  if (!end.ok) return end;
  const error = new GatewayError('overloaded', 'The gateway cannot record this call at the moment.', {
    remedy: 'Try again shortly.',
  });
  return failure(error, end, reading);
}

function tell(parts: RecordParts, receipt: ClosedReceipt): void {
  for (const sink of parts.sinks) {
    try {
      sink.take(receipt);
    } catch (cause) {
      parts.onBug(cause, receipt.draft.id);
    }
  }
}
