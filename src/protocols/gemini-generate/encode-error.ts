// Our errors in this dialect's shape: a number, a word, a sentence, and details that clients act on.
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { EncodedError } from '../../canonical/protocol.ts';

const TYPES = 'type.googleapis.com/google.rpc.';
const DOMAIN = 'signalbox';

const words: ReadonlyMap<number, string> = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [402, 'FAILED_PRECONDITION'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [405, 'UNIMPLEMENTED'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
]);

export function encodeError(error: GatewayError, callId: string): EncodedError {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': callId };
  const { retryAfter } = error.detail;
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(retryAfter));
  return { status: error.status, body: JSON.stringify(errorBody(error)), headers };
}

/** Nothing follows it: a chunk with `finishReason` would pass as success. */
export function encodeStreamError(error: GatewayError): string {
  return `data: ${JSON.stringify(errorBody(error))}\r\n\r\n`;
}

function errorBody(error: GatewayError): JsonObject {
  const code = error.status;
  const status = words.get(code) ?? (code < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
  return { error: { code, message: inOwnWords(messageOf(error)), status, details: detailsOf(error) } };
}

function detailsOf({ code, message, detail }: GatewayError): readonly JsonObject[] {
  const details: JsonObject[] = [{ '@type': `${TYPES}ErrorInfo`, reason: reasonOf(code), domain: DOMAIN }];
  if (detail.param !== undefined) {
    const violation = { field: inOwnWords(detail.param), description: inOwnWords(message) };
    details.push({ '@type': `${TYPES}BadRequest`, fieldViolations: [violation] });
  }
  if (detail.retryAfter !== undefined) {
    details.push({ '@type': `${TYPES}RetryInfo`, retryDelay: `${Math.ceil(detail.retryAfter)}s` });
  }
  return details;
}

/** The vendor's own reason where its clients know one. */
function reasonOf(code: ErrorCode): string {
  return code === 'invalid_key' ? 'API_KEY_INVALID' : code.toUpperCase();
}

/** By these words clients know that they have to shorten their prompt. */
function messageOf({ code, text, detail }: GatewayError): string {
  if (code !== 'context_too_long') return text;
  if (detail.context === undefined) {
    return `The input token count exceeds the maximum number of tokens allowed. ${text}`;
  }
  const { input, output, limit } = detail.context;
  if (input > limit || output === 0) {
    return `The input token count (${input}) exceeds the maximum number of tokens allowed (${limit}).`;
  }
  return (
    `The input token count (${input}) plus maxOutputTokens (${output}) is ${input + output}, ` +
    `which exceeds the maximum number of tokens allowed (${limit}).`
  );
}

const PART = /\bmessages\[(\d+)\]\.content\[(\d+)\]/g;
const TURN = /\bmessages\[(\d+)\]/g;

/** Places are told as most dialects call them; here turns and their pieces have other names. */
function inOwnWords(text: string): string {
  if (text === 'messages') return 'contents';
  return text.replaceAll(PART, 'contents[$1].parts[$2]').replaceAll(TURN, 'contents[$1]');
}
