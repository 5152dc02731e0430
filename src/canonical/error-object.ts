// Our errors in OpenAI's words, which several dialects share: the codes its clients know where there are
// such, ours where not.
import { type ErrorCode, errorTable, type GatewayError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { EncodedError } from './protocol.ts';

const known: Partial<Record<ErrorCode, { readonly type?: string; readonly code: string }>> = {
  context_too_long: { code: 'context_length_exceeded' },
  turn_not_found: { code: 'previous_response_not_found' },
  content_filtered: { code: 'content_filter' },
  forbidden_parameter: { code: 'unsupported_parameter' },
  unsupported: { code: 'unsupported_parameter' },
  invalid_key: { code: 'invalid_api_key' },
  billing: { type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { type: 'permission_error', code: 'permission_denied' },
  model_not_found: { code: 'model_not_found' },
  rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  upstream_rate_limited: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  upstream_quota: { type: 'insufficient_quota', code: 'insufficient_quota' },
};

/** The same call may well succeed a little later; of all others the gateway has had its own tries. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'overloaded',
  'draining',
  'request_timeout',
]);

export function encodeErrorObject(error: GatewayError, callId: string): EncodedError {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': callId };
  const { retryAfter } = error.detail;
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(retryAfter));
  if (!passing.has(error.code) && !error.passes) headers['x-should-retry'] = 'false';
  return { status: error.status, body: JSON.stringify({ error: errorObject(error) }), headers };
}

/** What stands in `error`. */
export function errorObject(error: GatewayError): JsonObject {
  const words = known[error.code];
  const fallback = errorTable[error.code].blame === 'caller' ? 'invalid_request_error' : 'server_error';
  return {
    message: error.text,
    type: words?.type ?? fallback,
    param: error.detail.param ?? null,
    code: words?.code ?? error.code,
  };
}
