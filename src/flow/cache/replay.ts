// Stage cache: gives a kept answer to a caller, as fast as the caller takes it.
import { GatewayError } from '../../canonical/errors.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { End, Receiver } from '../stage.ts';
import type { Answer } from './answer.ts';

export async function replay(answer: Answer, to: Receiver): Promise<End> {
  to.start(answer.head);
  const last = answer.pieces.length - 1;
  for (const [at, { bytes, kind }] of answer.pieces.entries()) {
    if (to.cancel.requested) return callerLeft(true);
    if (!to.frame(bytes, kind) && at < last) await drainedOrLeft(to);
  }
  return { ok: true, usage: answer.usage };
}

export function callerLeft(started: boolean): End {
  const error = new GatewayError('client_gone', 'The caller left before the answer was complete.');
  return { ok: false, error, started, usage: noUsage };
}

/** A caller who has left drains nothing any more. */
function drainedOrLeft(to: Receiver): Promise<void> {
  return new Promise((resolve, reject) => {
    to.cancel.onRequest(resolve);
    to.drained().then(() => {
      to.cancel.forget(resolve);
      resolve();
    }, reject);
  });
}
