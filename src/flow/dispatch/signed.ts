// A call with its proof of who asks. What must be fetched for that is waited for no longer than the caller waits; it
// goes on for the others that want it.
import { GatewayError } from '../../canonical/errors.ts';
import type { Signer } from '../../canonical/provider.ts';
import type { WireCall, WireHeaders } from '../../canonical/wire.ts';
import type { Cancel } from '../../lib/cancel.ts';

export async function signed(wire: WireCall, signer: Signer): Promise<WireCall> {
  const made = signer.sign(wire);
  const extra = made instanceof Promise ? await whileWanted(made, wire.cancel) : made;
  if (wire.cancel.requested) throw gone();
  return { ...wire, headers: { ...wire.headers, ...extra } };
}

function whileWanted(made: Promise<WireHeaders>, cancel: Cancel): Promise<WireHeaders> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(gone());
    cancel.onRequest(leave);
    made.then(resolve, reject).finally(() => cancel.forget(leave));
  });
}

function gone(): GatewayError {
  return new GatewayError('client_gone', 'The caller left before the call could be signed.');
}
