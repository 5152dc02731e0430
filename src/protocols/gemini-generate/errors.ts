// Errors of upstreams to the one error table.
import type { GatewayError } from '../../canonical/errors.ts';
import { googleCode } from '../../canonical/google-faults.ts';
import { asNumber, asObject, type JsonObject } from '../../canonical/json.ts';
import { upstreamError } from '../../canonical/upstream-error.ts';
import { faultOf, readFault } from '../../canonical/upstream-fault.ts';
import type { WireHeaders } from '../../canonical/wire.ts';

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = readFault(body);
  return upstreamError(googleCode(status, fault), fault, { status, headers });
}

/** The error in a chunk or body that came as a success; undefined when there is none. */
export function inBandError(chunk: JsonObject): GatewayError | undefined {
  const { error } = chunk;
  if (error === undefined || error === null) return undefined;
  const fault = faultOf(chunk);
  const status = asNumber(asObject(error)?.code);
  return upstreamError(googleCode(status ?? 500, fault), fault, { status, headers: {} });
}
