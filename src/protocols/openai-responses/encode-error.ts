// Our errors for callers of Responses. A stream ends with two events: `error`, which SDKs throw, and
// `response.failed`, the one Codex acts on, by its code.
import { encodeErrorObject, errorObject } from '../../canonical/error-object.ts';
import { type ErrorCode, errorTable, type GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { StreamSoFar } from '../../canonical/protocol.ts';
import { named, scanObject } from '../../lib/json-scan.ts';

export const encodeError = encodeErrorObject;

/** What clients know: the first three are fatal to them, after the others they try again. */
const failures: Partial<Record<ErrorCode, string>> = {
  context_too_long: 'context_length_exceeded',
  upstream_quota: 'insufficient_quota',
  billing: 'insufficient_quota',
  upstream_billing: 'insufficient_quota',
  rate_limited: 'rate_limit_exceeded',
  upstream_rate_limited: 'rate_limit_exceeded',
};

/** What an error repeats of a stream's first event. */
interface Opening {
  readonly id?: Json;
  readonly model?: Json;
  readonly created_at?: Json;
}

/** Of the response in `response.created`: small enough to keep while the stream runs. */
const repeated = ['id', 'model', 'created_at'] as const;
const MOST_DEPTH = 512;

export function noteOpening(first: Buffer | string): string {
  const bytes = typeof first === 'string' ? Buffer.from(first) : first;
  try {
    const response = fieldOf(bytes.subarray(bytes.indexOf('{')), 'response');
    const kept = repeated.map((name) => `"${name}":${fieldOf(response, name).toString()}`);
    return `{${kept.join(',')}}`;
  } catch {
    return '{}';
  }
}

/** One value of an object, whatever follows the object. */
function fieldOf(bytes: Buffer, name: string): Buffer {
  const end = bytes.indexOf('\n');
  const { fields } = scanObject(end < 0 ? bytes : bytes.subarray(0, end), MOST_DEPTH);
  const field = named(fields, name);
  return field === undefined ? Buffer.from('null') : bytes.subarray(field.start, field.end);
}

export function encodeStreamError(error: GatewayError, callId: string, soFar?: StreamSoFar): string {
  const opening = JSON.parse(soFar?.opening ?? '{}') as Opening;
  const response = {
    id: opening.id ?? responseId(callId),
    object: 'response',
    created_at: opening.created_at ?? 0,
    model: opening.model ?? '',
    output: [],
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    instructions: null,
    incomplete_details: null,
    temperature: null,
    top_p: null,
    metadata: {},
    usage: null,
  };
  const next = soFar === undefined ? 0 : lastSequence(soFar.last) + 1;
  return encodeFailure(error, response, next);
}

/** `response`: as far as it is known; it gets its status and its error here. */
export function encodeFailure(error: GatewayError, response: JsonObject, sequence: number): string {
  const thrown = { type: 'error', sequence_number: sequence, error: errorObject(error) };
  const failed = {
    type: 'response.failed',
    sequence_number: sequence + 1,
    response: { ...response, status: 'failed', error: failureOf(error) },
  };
  return (
    `event: error\ndata: ${JSON.stringify(thrown)}\n\n` +
    `event: response.failed\ndata: ${JSON.stringify(failed)}\n\n`
  );
}

function failureOf(error: GatewayError): JsonObject {
  const fallback = errorTable[error.code].blame === 'caller' ? 'invalid_prompt' : 'server_error';
  const code = failures[error.code] ?? fallback;
  const { retryAfter } = error.detail;
  // Codex takes its wait from these words.
  const wait = code === 'rate_limit_exceeded' && retryAfter !== undefined;
  return { code, message: wait ? `${error.text} Please try again in ${retryAfter}s.` : error.text };
}

/** Its own ids begin like this; the rest is the call's. */
export function responseId(callId: string): string {
  return `resp_${bareId(callId)}`;
}

export function bareId(callId: string): string {
  return callId.startsWith('req_') ? callId.slice('req_'.length) : callId;
}

const SEQUENCE = '"sequence_number":';

/** -1 when no event has a number. */
export function lastSequence(bytes: Buffer | string): number {
  const text = bytes.toString();
  const at = text.lastIndexOf(SEQUENCE);
  if (at < 0) return -1;
  const number = Number.parseInt(text.slice(at + SEQUENCE.length), 10);
  return Number.isNaN(number) ? -1 : number;
}
