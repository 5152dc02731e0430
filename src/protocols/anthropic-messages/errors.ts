// An upstream's error answer, read in every shape met behind this dialect: Anthropic's own, vLLM's,
// llama-server's, Ollama's and FastAPI's, and the HTML of whatever stands in front of them.
import { type ErrorCode, type ErrorDetail, GatewayError } from '../../canonical/errors.ts';
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { readContextFault } from './context-errors.ts';

/** Words beyond this are a dump, not a message. */
const LONGEST = 1000;

interface Fault {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly fields: JsonObject | undefined;
}

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

/** What the caller reads when the upstream's own words are none of the caller's business. */
const ours: Partial<Record<ErrorCode, string>> = {
  upstream_auth: 'The upstream did not accept our credentials.',
  upstream_billing: 'The upstream account has a billing problem.',
  upstream_model_missing: 'The upstream does not have this model.',
  upstream_rate_limited: 'The upstream limits our rate.',
  upstream_quota: 'The quota of the upstream account is used up.',
  upstream_overloaded: 'The upstream is overloaded.',
  upstream_timeout: 'The upstream did not answer in time.',
  body_too_large: 'The call is larger than the upstream accepts.',
};

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  return toError(readFault(body), status, headers);
}

/** An error inside a stream or a 200: `error` is the value under that name. */
export function decodeStreamError(error: Json | undefined): GatewayError {
  return toError(faultOf({ type: 'error', error }), undefined, {});
}

function toError(fault: Fault, status: number | undefined, headers: WireHeaders): GatewayError {
  const words = fault.message ?? '';
  const context = couldBeContext(status) ? readContextFault(words, fault.fields) : undefined;
  const code = context === undefined ? classify(fault, status) : 'context_too_long';
  const requestId = headers['request-id'] ?? headers['x-request-id'] ?? fault.requestId;
  const retryAfter = readRetryAfter(headers);
  const detail: ErrorDetail = {
    upstream: {
      ...(status === undefined ? {} : { status }),
      ...(fault.code === undefined ? {} : { code: fault.code }),
      ...(fault.type === undefined ? {} : { type: fault.type }),
      ...(requestId === undefined ? {} : { requestId }),
    },
    ...(words === '' ? {} : { cause: words }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(context?.figures === undefined ? {} : { context: context.figures }),
  };
  return new GatewayError(code, say(code, words, status), detail);
}

function couldBeContext(status: number | undefined): boolean {
  return status === undefined || status === 413 || status === 400 || status === 422 || status >= 500;
}

function say(code: ErrorCode, words: string, status: number | undefined): string {
  if ((code === 'bad_request' || code === 'context_too_long') && words !== '') return words;
  const sentence = ours[code];
  if (sentence !== undefined) return sentence;
  const answer = status === undefined ? 'an error in its reply' : `status ${status}`;
  return words === '' ? `The upstream answered ${answer}.` : `The upstream answered ${answer}: ${words}`;
}

function classify(fault: Fault, status: number | undefined): ErrorCode {
  const words = `${fault.code ?? ''} ${fault.message ?? ''}`;
  // Anthropic says this with a 400, spend limits with a 429.
  if (/credit balance is too low/i.test(words)) return 'upstream_billing';
  if (status === 429 && /spend_limit|insufficient_quota/i.test(words)) return 'upstream_quota';
  const typed = byType.get(fault.type ?? '');
  if (typed !== undefined) return typed;
  const stated = status === undefined ? byWeakType.get(fault.type ?? '') : byStatus[status];
  // A proxy's own page is no verdict on the caller's body.
  if (stated === 'bad_request' && fault.fields === undefined) return 'upstream_fault';
  return stated ?? 'upstream_fault';
}

function readFault(body: Buffer): Fault {
  const text = body.toString('utf8').trim();
  try {
    const value = JSON.parse(text) as Json;
    const object = asObject(value);
    if (object !== undefined) return faultOf(object);
  } catch {
    // Not JSON: a page, or plain words.
  }
  const message = text.startsWith('<') || text === '' ? undefined : text.slice(0, LONGEST);
  return { message, type: undefined, code: undefined, requestId: undefined, fields: undefined };
}

function faultOf(body: JsonObject): Fault {
  const nested = asObject(body.error);
  const fields = nested ?? body;
  const details = asObject(fields.details);
  const code = asString(details?.error_code) ?? asString(fields.code) ?? asNumber(fields.code)?.toString();
  return {
    message: (asString(fields.message) ?? asString(body.error) ?? fromDetail(body.detail))?.slice(0, LONGEST),
    type: asString(fields.type),
    code,
    requestId: asString(body.request_id),
    fields,
  };
}

/** FastAPI: a sentence, or a list of places and sentences. */
function fromDetail(detail: Json | undefined): string | undefined {
  if (detail === undefined || detail === null) return undefined;
  return typeof detail === 'string' ? detail : JSON.stringify(detail);
}

function readRetryAfter(headers: WireHeaders): number | undefined {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds / 1000;
  const stated = headers['retry-after'];
  if (stated === undefined) return undefined;
  const seconds = Number(stated);
  if (seconds >= 0) return seconds;
  // A date is measured against the server's own clock, not ours.
  const wait = (Date.parse(stated) - Date.parse(headers['date'] ?? '')) / 1000;
  return wait >= 0 ? wait : undefined;
}
