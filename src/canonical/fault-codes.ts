// What an upstream's fault is in our error table, for all dialects that say it as OpenAI does. A code or type
// that says what is wrong outranks the status: engines put the same trouble on 400, 404, 413, 422, 429, 500
// and, in-band, on no status at all.
import { isContextFault } from './context-faults.ts';
import type { ErrorCode, GatewayError } from './errors.ts';
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from './json.ts';
import { upstreamError } from './upstream-error.ts';
import { type Fault, faultOf, readFault } from './upstream-fault.ts';
import type { WireHeaders } from './wire.ts';

const byWord: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['insufficient_quota', 'upstream_quota'],
  ['billing_hard_limit_reached', 'upstream_quota'],
  ['billing_not_active', 'upstream_quota'],
  ['quota_exceeded', 'upstream_quota'],
  ['content_filter', 'content_filtered'],
  ['content_policy_violation', 'content_filtered'],
  ['responsibleaipolicyviolation', 'content_filtered'],
  ['moderation_blocked', 'content_filtered'],
  ['invalid_prompt', 'bad_request'],
  ['previous_response_not_found', 'bad_request'],
  ['invalid_encrypted_content', 'bad_request'],
  ['data_inspection_failed', 'content_filtered'],
  ['model_not_found', 'upstream_model_missing'],
  ['model_decommissioned', 'upstream_model_missing'],
  ['invalid_model', 'upstream_model_missing'],
  ['deploymentnotfound', 'upstream_model_missing'],
  ['invalid_api_key', 'upstream_auth'],
  ['authentication_error', 'upstream_auth'],
  ['permission_error', 'upstream_auth'],
  ['unauthenticated', 'upstream_auth'],
  ['permission_denied', 'upstream_auth'],
  ['rate_limit_exceeded', 'upstream_rate_limited'],
  ['rate_limit_error', 'upstream_rate_limited'],
  ['resource_exhausted', 'upstream_rate_limited'],
  ['overloaded', 'upstream_overloaded'],
  ['overloaded_error', 'upstream_overloaded'],
  ['unavailable', 'upstream_overloaded'],
  ['unavailable_error', 'upstream_overloaded'],
  ['timeout_error', 'upstream_timeout'],
  ['deadline_exceeded', 'upstream_timeout'],
]);

const byStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, 'upstream_auth'],
  [402, 'upstream_billing'],
  [403, 'upstream_auth'],
  [408, 'upstream_timeout'],
  [413, 'body_too_large'],
  // TGI: the model failed while generating.
  [424, 'upstream_fault'],
  [429, 'upstream_rate_limited'],
  [499, 'upstream_fault'],
  [503, 'upstream_overloaded'],
  [504, 'upstream_timeout'],
  [524, 'upstream_timeout'],
  [529, 'upstream_overloaded'],
]);

export function errorOfBody(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = readFault(body);
  return upstreamError(codeOf(status, fault), fault, { status, headers });
}

/** Of an object with an `error` inside, or one that is the error: its own status if it states one, be it in digits. */
export function errorInBand(value: JsonObject): GatewayError {
  const fault = faultOf(value);
  const inner = asObject(value.error) ?? value;
  const status = statusOf(inner.code) ?? statusOf(inner.status);
  return upstreamError(codeOf(status ?? 500, fault), fault, { status, headers: {} });
}

function statusOf(value: Json | undefined): number | undefined {
  const status = typeof value === 'string' ? Number(value) : asNumber(value);
  return status !== undefined && status >= 400 && status < 600 ? status : undefined;
}

function codeOf(status: number, fault: Fault): ErrorCode {
  const named = namedCode(status, fault);
  if (named !== undefined) return named;
  if (status === 404) return mentionsModel(fault) ? 'upstream_model_missing' : 'upstream_fault';
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return 'upstream_fault';
  return status >= 400 ? 'bad_request' : 'upstream_garbled';
}

function namedCode(status: number, fault: Fault): ErrorCode | undefined {
  if (status !== 429 && isContextFault(fault)) return 'context_too_long';
  for (const word of [fault.code, innerCode(fault), fault.type, reasonOf(fault)]) {
    const code = byWord.get(word.toLowerCase());
    if (code !== undefined) return code;
  }
  return undefined;
}

function innerCode(fault: Fault): string {
  return asString(asObject(fault.wire?.innererror)?.code) ?? '';
}

/** Google says `INVALID_ARGUMENT` for a bad key; the reason is in its details. */
function reasonOf(fault: Fault): string {
  for (const detail of asArray(fault.wire?.details) ?? []) {
    if (asObject(detail)?.reason === 'API_KEY_INVALID') return 'invalid_api_key';
  }
  return '';
}

/** A 404 without a word about models means that the address is wrong, not the name. */
function mentionsModel(fault: Fault): boolean {
  const said = fault.message.toLowerCase();
  return fault.param === 'model' || said.includes('model') || said.includes('deployment');
}
