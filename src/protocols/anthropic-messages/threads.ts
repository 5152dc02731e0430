// Conversations that the server holds: the caller sends new turns only. A server that does not hold them
// would answer a turn without its history, so it must refuse, in the words by which SDKs send everything again.
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';

export function threadRefused(): GatewayError {
  return new GatewayError('unsupported', 'No thread is held for this model.', {
    param: 'thread',
    remedy: 'Send the whole conversation in "messages", without "thread".',
    details: { error_code: 'thread_unsupported_request', unsupported: [] },
  });
}

/** Is this the vendor's word that it has lost a thread? The caller's SDK can mend that, another target cannot. */
export function isLostThread(wire: JsonObject | undefined): boolean {
  return asString(asObject(wire?.details)?.error_code)?.startsWith('thread_') === true;
}
