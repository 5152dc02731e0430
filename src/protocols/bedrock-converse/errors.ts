// Errors of the service to the one error table: exceptions, named in a header of an error, in the headers of a
// message inside a stream, or in the body. The name outranks the status.
import { isContextFault } from '../../canonical/context-faults.ts';
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import { upstreamError } from '../../canonical/upstream-error.ts';
import { type Fault, faultOf, readFault } from '../../canonical/upstream-fault.ts';
import { garbled } from '../../canonical/watchers.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import type { EventMessage } from '../../lib/event-stream.ts';

/** Names in lower case, without `Exception` at the end. */
const byName: ReadonlyMap<string, ErrorCode> = new Map([
  ['throttling', 'upstream_rate_limited'],
  ['toomanyrequests', 'upstream_rate_limited'],
  ['servicequotaexceeded', 'upstream_quota'],
  ['modelnotready', 'upstream_overloaded'],
  ['serviceunavailable', 'upstream_overloaded'],
  ['modeltimeout', 'upstream_timeout'],
  ['modelerror', 'upstream_fault'],
  ['modelstreamerror', 'upstream_fault'],
  ['internalserver', 'upstream_fault'],
  ['internalfailure', 'upstream_fault'],
  ['conflict', 'upstream_fault'],
  ['resourcenotfound', 'upstream_model_missing'],
  ['accessdenied', 'upstream_auth'],
  ['unrecognizedclient', 'upstream_auth'],
  ['invalidsignature', 'upstream_auth'],
  ['incompletesignature', 'upstream_auth'],
  ['signaturedoesnotmatch', 'upstream_auth'],
  ['missingauthenticationtoken', 'upstream_auth'],
  ['invalidclienttokenid', 'upstream_auth'],
  ['expiredtoken', 'upstream_auth'],
]);

const byStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  401: 'upstream_auth',
  402: 'upstream_billing',
  403: 'upstream_auth',
  404: 'upstream_model_missing',
  408: 'upstream_timeout',
  413: 'body_too_large',
  422: 'bad_request',
  424: 'upstream_fault',
  429: 'upstream_rate_limited',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
};

/** A wrong name of a model is a fault of the config, and said with the words of a wrong call. */
const MODEL_WORDS =
  /model identifier is invalid|on-demand throughput isn.t supported|(?:reached|has reached) the end of its life/i;
const DAILY_WORDS = /tokens per day|per day|daily/i;

export function decodeError(status: number, headers: WireHeaders, body: Buffer): GatewayError {
  const fault = named(readFault(body), headers['x-amzn-errortype']);
  const id = headers['x-amzn-requestid'];
  const known = id === undefined ? headers : { 'x-request-id': id, ...headers };
  return upstreamError(codeOf(fault, status), fault, { status, headers: known });
}

/** The error that a message of a stream is; undefined when it is an event. */
export function errorInMessage({ headers, payload }: EventMessage): GatewayError | undefined {
  const kind = headers.get(':message-type');
  if (kind === 'exception') return failure(headers.get(':exception-type'), readFault(payload));
  if (kind !== 'error') return undefined;
  return failure(headers.get(':error-code'), faultOf({ message: headers.get(':error-message') ?? '' }));
}

/** The error inside a body that came as a success. */
export function errorInBody(body: JsonObject): GatewayError | undefined {
  const name = asString(body.__type);
  if (name === undefined && (typeof body.message !== 'string' || body.output !== undefined)) return undefined;
  return failure(name, faultOf(body));
}

/** The model's own output could not be made into a reply. */
export function malformed(reason: string): GatewayError | undefined {
  return reason.startsWith('malformed_')
    ? garbled(`the model wrote what is no reply (${reason})`)
    : undefined;
}

function failure(name: string | undefined, fault: Fault): GatewayError {
  const told = named(fault, name);
  return upstreamError(codeOf(told, undefined), told, { status: undefined, headers: {} });
}

/** `com.amazon.coral.service#ThrottlingException:http://…` is a throttling exception. */
function named(fault: Fault, header: string | undefined): Fault {
  const name = header ?? asString(fault.wire?.__type) ?? fault.type;
  const short = name.slice(
    name.lastIndexOf('#', name.indexOf(':') < 0 ? name.length : name.indexOf(':')) + 1,
  );
  return { ...fault, type: short.split(':')[0] ?? '' };
}

function codeOf(fault: Fault, status: number | undefined): ErrorCode {
  if (status === 413) return 'body_too_large';
  const exact = codeOfName(fault);
  if (exact !== undefined && exact !== 'upstream_fault') return exact;
  // Models refuse a long prompt with an error of their own, and the service hands it on.
  if (isContextFault(fault)) return 'context_too_long';
  if (exact !== undefined) return exact;
  if (MODEL_WORDS.test(fault.message)) return 'upstream_model_missing';
  if (fault.type.toLowerCase() === 'validationexception') return 'bad_request';
  const stated = status === undefined ? undefined : byStatus[status];
  // A proxy's own page is no verdict on the caller's body.
  if (stated === 'bad_request' && fault.wire === undefined) return 'upstream_fault';
  return stated ?? 'upstream_fault';
}

function codeOfName({ type, message }: Fault): ErrorCode | undefined {
  const code = byName.get(type.toLowerCase().replace(/exception$/, ''));
  return code === 'upstream_rate_limited' && DAILY_WORDS.test(message) ? 'upstream_quota' : code;
}
