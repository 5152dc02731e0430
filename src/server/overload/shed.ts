// How a call is turned away: in its own dialect, with a time to come back, and before its body is read.
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../../canonical/errors.ts';
import type { CallId } from '../../canonical/ids.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import type { ShedReason } from './guard.ts';

const WORDS: Readonly<Record<ShedReason, string>> = {
  lag: 'The gateway is behind with its work.',
  heap: 'The gateway is short of memory.',
  descriptors: 'The gateway has as many connections as it may have.',
  calls: 'The gateway has as many calls as it takes on at once.',
  bytes: 'The gateway holds as many bytes of calls as it takes on at once, from all or with this key.',
};
/** Seconds. What sheds is looked at many times in one; memory takes longer to come back. */
const AGAIN: Readonly<Record<ShedReason, number>> = { lag: 1, heap: 5, descriptors: 2, calls: 1, bytes: 1 };

export function overloaded(reason: ShedReason): GatewayError {
  const remedy = 'Try again shortly.';
  return new GatewayError('overloaded', WORDS[reason], { retryAfter: AGAIN[reason], remedy });
}

export function shedding(
  face: Protocol,
  reason: ShedReason,
  id: CallId,
): ReturnType<Protocol['encodeError']> {
  return face.encodeError(overloaded(reason), id);
}

/** Bytes of the body, as its head has it. Node has refused heads that state no number. */
export function statedLength({ headers }: IncomingMessage): number {
  const stated = headers['content-length'];
  return stated === undefined ? 0 : Number(stated);
}
