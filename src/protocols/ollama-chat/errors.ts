// Errors of Ollama to the one error table. It says everything in one sentence, `{"error":"…"}`, so where the
// status is too general the words decide.
import { isContextFault } from '../../canonical/context-faults.ts';
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { upstreamError } from '../../canonical/upstream-error.ts';
import { type Fault, faultOf, readFault } from '../../canonical/upstream-fault.ts';
import type { WireHeaders } from '../../canonical/wire.ts';

const byStatus: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [401, 'upstream_auth'],
  [402, 'upstream_billing'],
  [403, 'upstream_auth'],
  [408, 'upstream_timeout'],
  [413, 'body_too_large'],
  [429, 'upstream_rate_limited'],
  [499, 'upstream_fault'],
  [503, 'upstream_overloaded'],
  [504, 'upstream_timeout'],
  [529, 'upstream_overloaded'],
]);

/** Inside a stream there is no status, but the sentences are the same. */
const byWords: readonly (readonly [words: string, code: ErrorCode])[] = [
  ['server busy', 'upstream_overloaded'],
  ['unauthorized', 'upstream_auth'],
];

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = readFault(body);
  return upstreamError(codeOf(status, fault), fault, { status, headers });
}

/** The error in a line or body that came as a success; undefined when there is none. */
export function inBandError(line: JsonObject): GatewayError | undefined {
  if (!isError(line.error)) return undefined;
  const fault = faultOf(line);
  return upstreamError(codeInBand(fault), fault, { status: undefined, headers: {} });
}

function isError(error: Json | undefined): boolean {
  return error !== undefined && error !== null && error !== false && error !== '';
}

function codeInBand(fault: Fault): ErrorCode {
  if (isContextFault(fault)) return 'context_too_long';
  const said = fault.message.toLowerCase();
  return byWords.find(([words]) => said.includes(words))?.[1] ?? 'upstream_fault';
}

function codeOf(status: number, fault: Fault): ErrorCode {
  if (status !== 429 && isContextFault(fault)) return 'context_too_long';
  const said = fault.message.toLowerCase();
  // An unknown name is a 404 here and a 400 there.
  if (status === 404 || said === 'model is required') {
    return said.includes('model') ? 'upstream_model_missing' : 'upstream_fault';
  }
  // Another target's model may well think, see, or take tools.
  if (status === 400 && said.includes('does not support')) return 'unsupported';
  const known = byStatus.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return 'upstream_fault';
  return status >= 400 ? 'bad_request' : 'upstream_garbled';
}
