// The one way most upstreams want to see a secret; without a secret nothing is sent.
import type { Secret } from '../canonical/ids.ts';
import type { WireHeaders } from '../canonical/wire.ts';

export function bearer(secret: Secret | undefined): WireHeaders {
  return secret === undefined ? {} : { authorization: `Bearer ${secret.reveal()}` };
}
