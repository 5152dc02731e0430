// Our errors for callers of Chat.
import { encodeErrorObject, errorObject } from '../../canonical/error-object.ts';
import type { GatewayError } from '../../canonical/errors.ts';

export const encodeError = encodeErrorObject;

/** Nothing follows it, not even `[DONE]`: that would pass as success. */
export function encodeStreamError(error: GatewayError): string {
  return `data: ${JSON.stringify({ error: errorObject(error) })}\n\n`;
}
