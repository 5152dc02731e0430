// Calls that ask nothing of a model but to be ready: an upstream of the same dialect knows what to do, any other
// target is always ready, and is not asked.
import { noUsage } from '../../canonical/usage.ts';
import type { End, Planned, Receiver, Target } from '../stage.ts';

/** The answer, if this is such a call and this target is not to be asked. */
export function idleReply(call: Planned, { upstream }: Target): string | undefined {
  const { face, wire, receipt } = call;
  if (face.idleReply === undefined || upstream.protocols.some(({ id }) => id === face.id)) return undefined;
  return face.idleReply(wire, { created: Math.floor(receipt.arrivedWall / 1000) });
}

export function answerIdle(reply: string, call: Planned, to: Receiver): End {
  const { face, stream, operation } = call;
  to.start({ status: 200, protocol: face, stream, operation, rewritten: false, headers: {} });
  to.frame(Buffer.from(reply), 'terminal');
  return { ok: true, usage: noUsage };
}
