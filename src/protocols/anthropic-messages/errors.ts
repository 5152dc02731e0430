// Errors of Messages upstreams to the one error table. A type outranks the status it comes with, and is
// the only word an error inside a stream has.
import { isContextFault } from '../../canonical/context-faults.ts';
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { upstreamError } from '../../canonical/upstream-error.ts';
import { type Fault, faultOf, readFault } from '../../canonical/upstream-fault.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { isLostThread } from './threads.ts';

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'upstream_auth',
  402: 'upstream_billing',
  403: 'upstream_auth',
  404: 'upstream_model_missing',
  408: 'upstream_timeout',
  409: 'upstream_fault',
  413: 'body_too_large',
  422: 'bad_request',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
  529: 'upstream_overloaded',
};

/** Types more exact than the status they come with, and the only word an error inside a stream has. */
const byType: ReadonlyMap<string, ErrorCode> = new Map([
  ['authentication_error', 'upstream_auth'],
  ['permission_error', 'upstream_auth'],
  ['billing_error', 'upstream_billing'],
  ['request_too_large', 'body_too_large'],
  ['rate_limit_error', 'upstream_rate_limited'],
  ['overloaded_error', 'upstream_overloaded'],
  ['timeout_error', 'upstream_timeout'],
]);

/** Types as fallbacks: other servers use the same words for other things. */
const byWeakType: ReadonlyMap<string, ErrorCode> = new Map([
  ['invalid_request_error', 'bad_request'],
  ['not_found_error', 'upstream_model_missing'],
]);

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = readFault(body);
  return upstreamError(codeOf(fault, status), fault, { status, headers });
}

/** An error inside a stream or a 200: `error` is the value under that name. */
export function decodeStreamError(error: Json | undefined): GatewayError {
  const fault = faultOf({ type: 'error', error });
  return upstreamError(codeOf(fault, undefined), fault, { status: undefined, headers: {} });
}

/**
 * The error that an event or a 200 is, whatever its shape: as the vendor writes it, without a type, flat,
 * or a bare message. Undefined when it is none: events of types nobody knows are to be passed over.
 */
export function errorInside(value: JsonObject): GatewayError | undefined {
  const { type, error } = value;
  if (error !== undefined && error !== null && error !== false) return decodeStreamError(error);
  const flat = type === 'error' || value.object === 'error';
  const bare = type === undefined && (typeof value.message === 'string' || value.detail !== undefined);
  return flat || bare ? decodeStreamError(value) : undefined;
}

function codeOf(fault: Fault, status: number | undefined): ErrorCode {
  if (isLostThread(fault.wire)) return 'not_found';
  return couldBeContext(status) && isContextFault(fault) ? 'context_too_long' : classify(fault, status);
}

function couldBeContext(status: number | undefined): boolean {
  return status === undefined || status === 413 || status === 400 || status === 422 || status >= 500;
}

function classify(fault: Fault, status: number | undefined): ErrorCode {
  const words = `${fault.code} ${fault.message}`;
  // Anthropic says this with a 400, spend limits with a 429.
  if (/credit balance is too low/i.test(words)) return 'upstream_billing';
  if (status === 429 && /spend_limit|insufficient_quota/i.test(words)) return 'upstream_quota';
  const typed = byType.get(fault.type);
  if (typed !== undefined) return typed;
  const stated = status === undefined ? byWeakType.get(fault.type) : byStatus[status];
  // A proxy's own page is no verdict on the caller's body.
  if (stated === 'bad_request' && fault.wire === undefined) return 'upstream_fault';
  return stated ?? 'upstream_fault';
}
