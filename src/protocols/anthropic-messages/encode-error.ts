// Our errors in this dialect's shape, as an answer and as an event.
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { EncodedError } from '../../canonical/protocol.ts';
import { contextMessage } from './context-words.ts';

type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'billing_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'timeout_error'
  | 'overloaded_error'
  | 'api_error';

const types: Readonly<Record<ErrorCode, ErrorType>> = {
  invalid_json: 'invalid_request_error',
  bad_request: 'invalid_request_error',
  forbidden_parameter: 'invalid_request_error',
  unsupported: 'invalid_request_error',
  translation_loss: 'invalid_request_error',
  context_too_long: 'invalid_request_error',
  sealed_elsewhere: 'invalid_request_error',
  turn_not_found: 'invalid_request_error',
  content_filtered: 'invalid_request_error',
  body_too_large: 'request_too_large',
  headers_too_large: 'invalid_request_error',
  request_timeout: 'timeout_error',
  invalid_key: 'authentication_error',
  billing: 'billing_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  model_not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  rate_limited: 'rate_limit_error',
  client_gone: 'invalid_request_error',
  internal: 'api_error',
  overloaded: 'overloaded_error',
  draining: 'overloaded_error',
  store_down: 'overloaded_error',
  no_target: 'overloaded_error',
  upstream_refused: 'api_error',
  upstream_reset: 'api_error',
  upstream_fault: 'api_error',
  upstream_garbled: 'api_error',
  upstream_truncated: 'api_error',
  upstream_auth: 'api_error',
  upstream_billing: 'api_error',
  upstream_model_missing: 'api_error',
  upstream_rate_limited: 'rate_limit_error',
  upstream_quota: 'rate_limit_error',
  upstream_overloaded: 'overloaded_error',
  upstream_timeout: 'timeout_error',
};

/** Codes after which the caller's own next try may well succeed. */
const worthRetrying: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'request_timeout',
  'overloaded',
  'draining',
  'no_target',
  'store_down',
]);

const OVERLOADED_STATUS = 529;

export function encodeError(error: GatewayError, callId: string): EncodedError {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'request-id': callId };
  const wait = error.detail.retryAfter;
  if (wait !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(wait)));
  // Clients retry 408, 409, 429 and 5xx by themselves; after our own fallbacks that only adds load.
  if (!worthRetrying.has(error.code) && !error.passes) headers['x-should-retry'] = 'false';
  const status = types[error.code] === 'overloaded_error' ? OVERLOADED_STATUS : error.status;
  return { status, body: errorBody(error, callId), headers };
}

/** Nothing may follow it: this dialect has no terminator for errors. */
export function encodeStreamError(error: GatewayError, callId: string): string {
  return `event: error\ndata: ${errorBody(error, callId)}\n\n`;
}

function errorBody(error: GatewayError, callId: string): string {
  const type = types[error.code];
  const { details, context } = error.detail;
  const message = error.code === 'context_too_long' ? contextMessage(context, error.text) : placed(error);
  const told = details === undefined ? { type, message } : { type, message, details };
  return JSON.stringify({ type: 'error', error: told, request_id: callId });
}

/** This dialect has no field for the place of a mistake, so the message must name it. */
function placed({ message, text, detail }: GatewayError): string {
  const { param } = detail;
  const isNamed = param === undefined || message.toLowerCase().includes(param.toLowerCase());
  return isNamed ? text : `${param}: ${text}`;
}
