// Errors of Cohere to the one error table: `{message, id}`, told apart by status, and by words where one status
// has several meanings. Inside a reply they are an end with a reason that is none, or an object with a message.
import { isContextFault } from '../../canonical/context-faults.ts';
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import { upstreamError } from '../../canonical/upstream-error.ts';
import { type Fault, faultOf, readFault } from '../../canonical/upstream-fault.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { failureOf } from './stop-reasons.ts';

const byStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [400, 'bad_request'],
  [401, 'upstream_auth'],
  [402, 'upstream_billing'],
  [403, 'upstream_auth'],
  [408, 'upstream_timeout'],
  [413, 'body_too_large'],
  [422, 'bad_request'],
  [429, 'upstream_rate_limited'],
  // A word on its deny list, in the prompt or in the answer.
  [498, 'content_filtered'],
  [499, 'upstream_fault'],
  [501, 'unsupported'],
  [503, 'upstream_overloaded'],
  [504, 'upstream_timeout'],
]);

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = named(readFault(body));
  return upstreamError(codeOf(status, fault), fault, { status, headers });
}

/** The error that an event or a body is, although it came as a success; undefined when it is none. */
export function errorInside(value: JsonObject): GatewayError | undefined {
  const { type, error } = value;
  if (error !== undefined && error !== null && error !== false) return inBand(value, 'upstream_fault');
  // The message of a reply is an object.
  const flat = type === 'error' || typeof value.message === 'string';
  return flat ? inBand(value, 'upstream_fault') : undefined;
}

/** The error that an end is. `end`: what states the reason, and beside it perhaps what went wrong. */
export function errorInEnd(end: JsonObject): GatewayError | undefined {
  const code = failureOf(asString(end.finish_reason));
  if (code === undefined) return undefined;
  return inBand({ message: asString(end.error) ?? asObject(end.error)?.message ?? '' }, code);
}

function inBand(wire: JsonObject, code: ErrorCode): GatewayError {
  const fault = named(faultOf(wire));
  const exact = isContextFault(fault) ? 'context_too_long' : code;
  return upstreamError(exact, fault, { status: undefined, headers: {} });
}

/** The id of an error is what its support asks for. */
function named(fault: Fault): Fault {
  return { ...fault, requestId: fault.requestId ?? asString(fault.wire?.id) };
}

function codeOf(status: number, fault: Fault): ErrorCode {
  if (status !== 429 && isContextFault(fault)) return 'context_too_long';
  const said = fault.message.toLowerCase();
  if (status === 404) return said.includes('model') ? 'upstream_model_missing' : 'upstream_fault';
  // Trial keys have so many calls a month.
  if (status === 429 && said.includes('/ month')) return 'upstream_quota';
  const known = byStatus.get(status);
  // A proxy's own page is no verdict on the caller's body.
  if (known === 'bad_request' && fault.wire === undefined) return 'upstream_fault';
  if (known !== undefined) return known;
  return status >= 400 && status < 500 && fault.wire !== undefined ? 'bad_request' : 'upstream_fault';
}
