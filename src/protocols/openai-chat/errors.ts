// Errors of Chat upstreams to the one error table.
import type { GatewayError } from '../../canonical/errors.ts';
import { errorInBand, errorOfBody } from '../../canonical/fault-codes.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';

export const decodeError = errorOfBody;

/** The error in a chunk or body that came as a success; undefined when there is none. */
export function inBandError(chunk: JsonObject): GatewayError | undefined {
  if (isError(chunk.error)) return errorInBand(chunk);
  // vLLM's older form: the error is the chunk.
  return chunk.object === 'error' ? errorInBand(chunk) : undefined;
}

/** Some engines state in every chunk that there is no error. */
function isError(error: Json | undefined): boolean {
  return error !== undefined && error !== null && error !== false && error !== '';
}
