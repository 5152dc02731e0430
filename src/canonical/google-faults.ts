// Google's faults to the one error table, whichever of its dialects they come in. The status word and the reasons
// in the details say more than the HTTP status: a bad key, a missing bill and a prompt that is too long all come
// as 400.
import { isContextFault } from './context-faults.ts';
import type { ErrorCode } from './errors.ts';
import { asArray, asObject, asString } from './json.ts';
import type { Fault } from './upstream-fault.ts';

const byReason: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['API_KEY_INVALID', 'upstream_auth'],
  ['API_KEY_EXPIRED', 'upstream_auth'],
  ['API_KEY_SERVICE_BLOCKED', 'upstream_auth'],
  ['ACCESS_TOKEN_EXPIRED', 'upstream_auth'],
  ['CREDENTIALS_MISSING', 'upstream_auth'],
  ['SERVICE_DISABLED', 'upstream_auth'],
  ['CONSUMER_SUSPENDED', 'upstream_auth'],
  ['BILLING_DISABLED', 'upstream_billing'],
]);

/** What is wrong before the word is asked: proxies put these on bodies of any kind. */
const byStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [402, 'upstream_billing'],
  [408, 'upstream_timeout'],
  [413, 'body_too_large'],
  [529, 'upstream_overloaded'],
]);

const byWord: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['INVALID_ARGUMENT', 'bad_request'],
  ['OUT_OF_RANGE', 'bad_request'],
  ['FAILED_PRECONDITION', 'upstream_fault'],
  ['UNAUTHENTICATED', 'upstream_auth'],
  ['PERMISSION_DENIED', 'upstream_auth'],
  ['NOT_FOUND', 'upstream_model_missing'],
  ['RESOURCE_EXHAUSTED', 'upstream_rate_limited'],
  ['UNAVAILABLE', 'upstream_overloaded'],
  ['DEADLINE_EXCEEDED', 'upstream_timeout'],
  ['CANCELLED', 'upstream_fault'],
  ['ABORTED', 'upstream_fault'],
  ['INTERNAL', 'upstream_fault'],
  ['UNKNOWN', 'upstream_fault'],
  ['UNIMPLEMENTED', 'upstream_fault'],
]);

/** Where there is no word. */
const byBareStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, 'upstream_auth'],
  [403, 'upstream_auth'],
  [404, 'upstream_model_missing'],
  [429, 'upstream_rate_limited'],
  [499, 'upstream_fault'],
  [503, 'upstream_overloaded'],
  [504, 'upstream_timeout'],
]);

export function googleCode(status: number, fault: Fault): ErrorCode {
  if (status !== 429 && isContextFault(fault)) return 'context_too_long';
  const stated = byReasonIn(fault) ?? byStatus.get(status) ?? byWords(fault);
  if (stated !== undefined) return stated;
  const word = byWord.get(fault.type);
  if (word === 'upstream_rate_limited') return isSpent(fault) ? 'upstream_quota' : word;
  return word ?? byBareStatus.get(status) ?? byRange(status, fault);
}

function byRange(status: number, fault: Fault): ErrorCode {
  if (status >= 500) return 'upstream_fault';
  // A proxy's own page is no verdict on the caller's body.
  const judged = status >= 400 && (fault.wire !== undefined || fault.message === '');
  return judged ? 'bad_request' : 'upstream_fault';
}

function byReasonIn(fault: Fault): ErrorCode | undefined {
  for (const detail of asArray(fault.wire?.details) ?? []) {
    const code = byReason.get(asString(asObject(detail)?.reason) ?? '');
    if (code !== undefined) return code;
  }
  return undefined;
}

/** Said in no other way than in words. */
function byWords(fault: Fault): ErrorCode | undefined {
  const said = fault.message.toLowerCase();
  if (said.includes('payload size exceeds')) return 'body_too_large';
  if (/api key (?:not valid|not found|expired)/.test(said)) return 'upstream_auth';
  return fault.type === 'FAILED_PRECONDITION' && said.includes('billing') ? 'upstream_billing' : undefined;
}

/** What comes back tomorrow is used up; what comes back in a minute is a rate. */
function isSpent(fault: Fault): boolean {
  const failures = (asArray(fault.wire?.details) ?? []).flatMap(
    (detail) => asArray(asObject(detail)?.violations) ?? [],
  );
  return failures.some((failure) => asString(asObject(failure)?.quotaId)?.includes('PerDay') === true);
}
