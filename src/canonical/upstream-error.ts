// What an upstream's fault becomes: its code is the dialect's finding, the words are chosen here. They may
// name our organisation or quote our secret, so callers get a sentence of ours, unless the mistake is
// their own: then the upstream says best what to change.
import { contextFigures } from './context-faults.ts';
import { type ErrorCode, errorTable, GatewayError, type UpstreamFault } from './errors.ts';
import { asArray, asObject, asString } from './json.ts';
import { plainSeconds, readRetryAfter } from './retry-after.ts';
import type { Fault } from './upstream-fault.ts';
import type { WireHeaders } from './wire.ts';

/** How the fault came: `status` is undefined inside a reply that began as a success. */
export interface FaultyAnswer {
  readonly status: number | undefined;
  readonly headers: WireHeaders;
}

const MOST_KEPT = 300;

const sentences: Partial<Record<ErrorCode, string>> = {
  body_too_large: 'The call is larger than the upstream accepts',
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

export function upstreamError(code: ErrorCode, fault: Fault, answer: FaultyAnswer): GatewayError {
  const { status, headers } = answer;
  const retryAfter = readRetryAfter(headers) ?? googleDelay(fault);
  const context = code === 'context_too_long' ? contextFigures(fault) : undefined;
  const blamed = errorTable[code].blame === 'caller';
  // Another status than the table's says more: 409, 422.
  const details = asObject(fault.wire?.details);
  const exact = code === 'bad_request' && status !== undefined && status > 400 && status < 500;
  return new GatewayError(code, messageOf(code, fault, status), {
    upstream: upstreamOf(fault, answer),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(context === undefined ? {} : { context }),
    ...(blamed && fault.param !== undefined ? { param: fault.param } : {}),
    ...(exact ? { status } : {}),
    ...(blamed && details !== undefined ? { details } : {}),
  });
}

function messageOf(code: ErrorCode, fault: Fault, status: number | undefined): string {
  const caller = errorTable[code].blame === 'caller';
  // The words of a proxy speak of its own troubles.
  if (caller && fault.wire !== undefined && fault.message !== '') return fault.message;
  const sentence = sentences[code] ?? 'The upstream refused the call';
  return status === undefined ? `${sentence}.` : `${sentence} (status ${status}).`;
}

function upstreamOf(fault: Fault, { status, headers }: FaultyAnswer): UpstreamFault {
  const { code, type, message } = fault;
  const requestId =
    headers['request-id'] ?? headers['x-request-id'] ?? headers['apim-request-id'] ?? fault.requestId;
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === '' ? {} : { code }),
    ...(type === '' ? {} : { type }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(message === '' ? {} : { message: message.slice(0, MOST_KEPT) }),
  };
}

/** Google's `"retryDelay":"37s"`. */
function googleDelay(fault: Fault): number | undefined {
  for (const detail of asArray(fault.wire?.details) ?? []) {
    const delay = asString(asObject(detail)?.retryDelay);
    if (delay?.endsWith('s')) return plainSeconds(delay.slice(0, -1));
  }
  return undefined;
}
