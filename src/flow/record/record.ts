// Stage record, the outermost: whatever happens inside, each call ends in exactly one receipt, and the
// last bytes of an answer leave only when that receipt would survive a kill -9.
import { GatewayError } from '../../canonical/errors.ts';
import type { CallId } from '../../canonical/ids.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Clock, Journal, Sink } from '../../ports.ts';
import type { Call, End, Handle, Stage } from '../stage.ts';
import { type ClosedReceipt, closeReceipt } from './close.ts';
import { Hold } from './hold.ts';

export interface RecordParts {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly sinks: readonly Sink[];
  /** Told what must not happen and whose call it was: a bug, a journal that refuses, a sink that throws. */
  readonly onBug: (cause: unknown, callId: CallId) => void;
}

export function record(parts: RecordParts): Stage<Call, Call> {
  return (next) => async (call, to) => {
    const hold = new Hold(to);
    const end = await settle(next, call, hold, parts);
    const endedAt = parts.clock.now();
    const receipt = closeReceipt(call.receipt, end, hold, endedAt);
    const isWritten = await write(receipt, call, parts);
    const last = isWritten ? release(end, call, hold, parts) : withhold(end, hold);
    tell(parts, last === end ? receipt : closeReceipt(call.receipt, last, hold, endedAt));
    return last;
  };
}

async function write(receipt: ClosedReceipt, call: Call, parts: RecordParts): Promise<boolean> {
  try {
    await parts.journal.append(receipt);
    return true;
  } catch (cause) {
    parts.onBug(cause, call.id);
    return false;
  }
}

/** Runs the inner stages. Failures come back as an End, thrown or not, and say what the caller saw. */
async function settle(next: Handle<Call>, call: Call, hold: Hold, parts: RecordParts): Promise<End> {
  let end: End;
  try {
    end = await next(call, hold);
  } catch (cause) {
    end = { ok: false, error: asError(cause, call, parts), started: false, usage: noUsage };
  }
  hold.shut();
  if (end.ok) return hold.cancel.requested ? failure(callerLeft(), end, hold) : end;
  return end.started === hold.started ? end : failure(end.error, end, hold);
}

function failure(error: GatewayError, end: End, hold: Hold): End {
  return { ok: false, error, started: hold.started, usage: end.usage };
}

function asError(cause: unknown, call: Call, parts: RecordParts): GatewayError {
  if (cause instanceof GatewayError) return cause;
  parts.onBug(cause, call.id);
  return new GatewayError('internal', 'Something went wrong inside the gateway.', {
    remedy: 'The call id leads to the cause in the gateway log.',
    cause,
  });
}

function callerLeft(): GatewayError {
  return new GatewayError('client_gone', 'The caller left before the answer was complete.');
}

/** No receipt, no answer: only its end is missing, and it stays away. */
function withhold(end: End, hold: Hold): End {
  if (!end.ok) return end;
  const error = new GatewayError('overloaded', 'The gateway cannot record this call at the moment.', {
    remedy: 'Try again shortly.',
  });
  return failure(error, end, hold);
}

/** The last frame may turn out to be nothing emit can translate: then the caller hears of it, and the sinks. */
function release(end: End, call: Call, hold: Hold, parts: RecordParts): End {
  if (!end.ok) return end;
  try {
    hold.release();
    return end;
  } catch (cause) {
    return failure(asError(cause, call, parts), end, hold);
  }
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
