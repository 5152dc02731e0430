// Errors of upstreams to the one error table. Calls are answered with a small word (`invalid_request`), by the
// machinery in front of the service with Google's usual ones, and failed steps with a number of gRPC's.
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { googleCode } from '../../canonical/google-faults.ts';
import { asArray, asNumber, asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { upstreamError } from '../../canonical/upstream-error.ts';
import { type Fault, faultOf, readFault } from '../../canonical/upstream-fault.ts';
import type { WireHeaders } from '../../canonical/wire.ts';

/** Small words, as Google's usual ones where there is one for the same. */
const usual: Readonly<Record<string, string>> = {
  invalid_request: 'INVALID_ARGUMENT',
  bad_request: 'INVALID_ARGUMENT',
  authentication_error: 'UNAUTHENTICATED',
  unauthorized: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  too_many_requests: 'RESOURCE_EXHAUSTED',
  rate_limit_exceeded: 'RESOURCE_EXHAUSTED',
  service_unavailable: 'UNAVAILABLE',
  overloaded: 'UNAVAILABLE',
  gateway_timeout: 'DEADLINE_EXCEEDED',
  timeout: 'DEADLINE_EXCEEDED',
  internal_error: 'INTERNAL',
  internal_server_error: 'INTERNAL',
};

const ofGrpc: ReadonlyMap<number, string> = new Map([
  [1, 'CANCELLED'],
  [3, 'INVALID_ARGUMENT'],
  [4, 'DEADLINE_EXCEEDED'],
  [5, 'NOT_FOUND'],
  [7, 'PERMISSION_DENIED'],
  [8, 'RESOURCE_EXHAUSTED'],
  [9, 'FAILED_PRECONDITION'],
  [10, 'ABORTED'],
  [11, 'OUT_OF_RANGE'],
  [12, 'UNIMPLEMENTED'],
  [13, 'INTERNAL'],
  [14, 'UNAVAILABLE'],
  [16, 'UNAUTHENTICATED'],
]);

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = worded(readFault(body));
  return upstreamError(codeOf(status, fault), fault, { status, headers });
}

/** The error in an event, an interaction or a step; undefined when there is none. */
export function inBandError(wire: JsonObject): GatewayError | undefined {
  const error = wire.error ?? asArray(wire.errors)?.[0];
  return error === undefined || error === null ? undefined : errorOf(error);
}

/** The same of an event of a stream, be it about a step that failed. */
export function errorIn(event: JsonObject): GatewayError | undefined {
  const error = inBandError(event) ?? inBandError(asObject(event.step) ?? {});
  return error === undefined && event.event_type === 'error' ? errorOf({}) : error;
}

function errorOf(error: Json): GatewayError {
  const fault = worded(faultOf({ error }));
  const number = asNumber(asObject(error)?.code);
  const status = number !== undefined && number >= 400 && number < 600 ? number : 500;
  return upstreamError(codeOf(status, fault), fault, { status: undefined, headers: {} });
}

function codeOf(status: number, fault: Fault): ErrorCode {
  const code = googleCode(status, fault);
  // Of an interaction that is not found, too: only what speaks of the model is about the model.
  const missing = code === 'upstream_model_missing' && !fault.message.toLowerCase().includes('model');
  return missing && fault.message !== '' ? 'upstream_fault' : code;
}

function worded(fault: Fault): Fault {
  if (fault.type !== '') return fault;
  const word = fault.code.toLowerCase();
  const type = ofGrpc.get(Number(fault.code)) ?? (Object.hasOwn(usual, word) ? usual[word] : undefined);
  return { ...fault, type: type ?? fault.code.toUpperCase() };
}
