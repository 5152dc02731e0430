// Errors of Responses upstreams to the one error table: as a status with a body, as an event of a stream,
// inside a response that failed.
import { GatewayError } from '../../canonical/errors.ts';
import { errorInBand, errorOfBody } from '../../canonical/fault-codes.ts';
import { asObject, type JsonObject } from '../../canonical/json.ts';
import { unfinished } from './stop-reasons.ts';

export const decodeError = errorOfBody;

/** The error an event tells of; undefined when it tells of none. */
export function errorOfEvent(event: JsonObject): GatewayError | undefined {
  switch (event.type) {
    case 'error': {
      const { type: _, sequence_number: __, ...flat } = event;
      // OpenAI's own is flat, or has it all in `error`; others mix the two.
      return errorInBand({ error: asObject(event.error) ?? flat });
    }
    case 'response.failed':
      return errorOfResponse({ ...asObject(event.response), status: 'failed' });
    case 'response.cancelled':
      return new GatewayError('upstream_fault', 'The upstream cancelled its answer.');
    default:
      return asObject(event.error) !== undefined && event.type === undefined ? errorInBand(event) : undefined;
  }
}

/** Of a whole response, or one that a stream ended with. */
export function errorOfResponse(response: JsonObject): GatewayError | undefined {
  const error = asObject(response.error);
  if (error !== undefined) return errorInBand({ error });
  if (response.object === 'error') return errorInBand(response);
  if (response.status !== 'failed') return unfinished(response);
  return new GatewayError('upstream_fault', 'The upstream says that its answer failed, and no more.');
}
