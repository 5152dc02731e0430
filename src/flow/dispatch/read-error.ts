// What an upstream's refusal means: in its dialect's words, unless HTTP's say it all.
import { isErrand } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Operation, Protocol } from '../../canonical/protocol.ts';
import type { WireHead } from '../../canonical/wire.ts';
import type { Upstream } from '../stage.ts';

export function readError(
  protocol: Protocol,
  operation: Operation,
  { status, headers }: WireHead,
  body: Buffer,
  upstream: Pick<Upstream, 'secret' | 'signer' | 'headers'>,
): GatewayError {
  if (status >= 300 && status < 400) {
    const message = `The upstream redirects (${status}), which is not followed.`;
    return new GatewayError('upstream_fault', message, { upstream: { status } });
  }
  const error = protocol.decodeError(status, headers, body);
  if (error.code === 'upstream_auth' && showsNothing(upstream)) {
    const message = `The upstream wants a secret, and none is configured for it (status ${status}).`;
    return new GatewayError('upstream_auth', message, error.detail);
  }
  if (error.code !== 'upstream_fault' || !isNowhere(status) || !isErrandLike(operation)) return error;
  const message = `The upstream has nothing that answers calls of this kind, "${operation}" (status ${status}).`;
  return new GatewayError('upstream_fault', message, error.detail);
}

function showsNothing({ secret, signer, headers }: Pick<Upstream, 'secret' | 'signer' | 'headers'>): boolean {
  return secret === undefined && signer === undefined && Object.keys(headers).length === 0;
}

function isNowhere(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

/** What not every upstream has. */
function isErrandLike(operation: Operation): boolean {
  return isErrand(operation) || operation === 'complete';
}
