// Errors of TGI to the one error table: a sentence and a type, `{"error":"…","error_type":"…"}`, the same in a body and
// in a stream, where there is no status and the type stands for it.
import type { GatewayError } from '../../canonical/errors.ts';
import { errorInBand, errorOfBody } from '../../canonical/fault-codes.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { WireHeaders } from '../../canonical/wire.ts';

/** As it answers calls that are not streamed. */
const statusOf: ReadonlyMap<string, number> = new Map([
  ['validation', 422],
  ['overloaded', 429],
  ['generation', 424],
  ['incomplete_generation', 500],
  ['incomplete_generation_stream', 500],
  ['healthcheck', 503],
]);

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  return errorOfBody(status, headers, body);
}

/** The error in an event or body that came as a success; undefined when there is none. */
export function inBandError(value: JsonObject): GatewayError | undefined {
  if ((value.error ?? '') === '') return undefined;
  const status = statusOf.get(asString(value.error_type) ?? '');
  return errorInBand(status === undefined ? value : { ...value, status });
}
