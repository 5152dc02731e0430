// Errors of Chat upstreams to the one error table. A code or type that says what is wrong outranks the
// status: engines put the same trouble on 400, 404, 413, 422, 429, 500 and, in-band, on no status at all.
import { type ErrorCode, type ErrorDetail, GatewayError } from '../../canonical/errors.ts';
import { asArray, asNumber, asObject, asString, type Json } from '../../canonical/json.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { contextFigures, isContextFault } from './context-wordings.ts';
import { type Fault, faultOf, readFault } from './upstream-fault.ts';

const byWord: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['insufficient_quota', 'upstream_quota'],
  ['billing_hard_limit_reached', 'upstream_quota'],
  ['billing_not_active', 'upstream_quota'],
  ['quota_exceeded', 'upstream_quota'],
  ['content_filter', 'content_filtered'],
  ['content_policy_violation', 'content_filtered'],
  ['responsibleaipolicyviolation', 'content_filtered'],
  ['moderation_blocked', 'content_filtered'],
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

/** Upstream's words may name our organisation or secret: callers get a sentence of ours. */
const sentences: Partial<Record<ErrorCode, string>> = {
  upstream_auth: 'The upstream does not accept the secret configured for it',
  upstream_billing: 'The upstream wants its bill settled before it answers',
  upstream_model_missing: 'The upstream has no such model',
  upstream_rate_limited: 'The upstream is limiting the rate of calls',
  upstream_quota: "The upstream's quota is used up",
  upstream_overloaded: 'The upstream is overloaded',
  upstream_timeout: 'The upstream gave up waiting for its own answer',
  upstream_fault: 'The upstream failed',
  upstream_garbled: 'The upstream answered with something that is no reply',
};

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  return toGatewayError(status, headers, readFault(body));
}

/** The `error` of a stream or body that began as a success: its own status if it has one, else a fault. */
export function decodeInBandError(error: Json): GatewayError {
  const code = asNumber(asObject(error)?.code);
  const status = code !== undefined && code >= 400 && code < 600 ? code : 500;
  return toGatewayError(status, {}, faultOf({ error }));
}

function toGatewayError(status: number, headers: WireHeaders, fault: Fault): GatewayError {
  const code = codeOf(status, fault);
  const retryAfter = readRetryAfter(headers) ?? retryInfo(fault);
  const context = code === 'context_too_long' ? contextFigures(fault) : undefined;
  const detail: ErrorDetail = {
    upstream: upstreamOf(status, headers, fault),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(context === undefined ? {} : { context }),
  };
  const sentence = sentences[code];
  if (sentence === undefined) return callersFault(code, status, fault, detail);
  const cause = fault.message === '' ? {} : { cause: fault.message };
  return new GatewayError(code, `${sentence} (status ${status}).`, { ...detail, ...cause });
}

/** The caller's own mistake: the upstream's words say best what to change. */
function callersFault(code: ErrorCode, status: number, fault: Fault, detail: ErrorDetail): GatewayError {
  const message =
    fault.message === '' ? `The upstream refused the call with status ${status}.` : fault.message;
  return new GatewayError(code, message, {
    ...detail,
    ...(fault.param === undefined ? {} : { param: fault.param }),
    ...(code === 'bad_request' && status !== 400 && status < 500 ? { status } : {}),
  });
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
  return asString(asObject(fault.wire.innererror)?.code) ?? '';
}

/** Google says `INVALID_ARGUMENT` for a bad key; the reason is in its details. */
function reasonOf(fault: Fault): string {
  for (const detail of asArray(fault.wire.details) ?? []) {
    if (asObject(detail)?.reason === 'API_KEY_INVALID') return 'invalid_api_key';
  }
  return '';
}

/** A 404 without a word about models means that the address is wrong, not the name. */
function mentionsModel(fault: Fault): boolean {
  const said = fault.message.toLowerCase();
  return fault.param === 'model' || said.includes('model') || said.includes('deployment');
}

function upstreamOf(
  status: number,
  headers: WireHeaders,
  fault: Fault,
): NonNullable<ErrorDetail['upstream']> {
  const requestId = headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id'];
  return {
    status,
    ...(fault.code === '' ? {} : { code: fault.code }),
    ...(fault.type === '' ? {} : { type: fault.type }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

/** Seconds to wait: exact milliseconds first, then seconds, then a date measured by the sender's own clock. */
function readRetryAfter(headers: WireHeaders): number | undefined {
  const exact = plainNumber(headers['retry-after-ms']);
  if (exact !== undefined) return exact / 1000;
  const value = headers['retry-after'];
  const seconds = plainNumber(value);
  if (seconds !== undefined || value === undefined) return seconds;
  const then = Date.parse(value);
  const now = Date.parse(headers.date ?? '');
  return Number.isNaN(then) || Number.isNaN(now) ? undefined : Math.max(0, (then - now) / 1000);
}

function plainNumber(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Google's `"retryDelay":"37s"`. */
function retryInfo(fault: Fault): number | undefined {
  for (const detail of asArray(fault.wire.details) ?? []) {
    const delay = asString(asObject(detail)?.retryDelay);
    if (delay?.endsWith('s')) return plainNumber(delay.slice(0, -1));
  }
  return undefined;
}
