// Counting a call's input tokens: by the upstream where it offers that in the caller's dialect, else by estimate.
import { GatewayError } from '../../canonical/errors.ts';
import { estimatedInput } from '../../canonical/estimate.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { End, Planned, Receiver, Target } from '../stage.ts';

export function countsItself(call: Planned, target: Target): boolean {
  const { upstream, model } = target;
  if (!upstream.protocols.some((protocol) => protocol.id === call.face.id)) return false;
  if (upstream.provider.speaks?.(call.face.id, model) === false) return false;
  return upstream.path(call.face.id, 'count', false, model) !== undefined;
}

/** An estimate from the size of what would be sent; the ledger says that it is one. */
export function countLocally(call: Planned, to: Receiver): End {
  const encode = call.face.encodeCount;
  if (encode === undefined) {
    const error = new GatewayError('unsupported', 'This dialect has no call that counts tokens.');
    return { ok: false, error, started: false, usage: noUsage };
  }
  // What cannot be read cannot be counted: the caller hears of a malformed call here, too.
  call.wire.content();
  const tokens = estimatedInput(call.wire);
  call.receipt.ledger = [{ field: 'input_tokens', outcome: 'approximated', note: 'estimated from size' }];
  to.start({
    status: 200,
    protocol: call.face,
    stream: false,
    operation: 'count',
    rewritten: false,
    headers: {},
  });
  to.frame(Buffer.from(encode(tokens)), 'terminal');
  return { ok: true, usage: noUsage };
}
