// Our errors in Ollama's words: one sentence, with our statuses, which are its own where it has one.
import type { ErrorCode, GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { EncodedError } from '../../canonical/protocol.ts';

const UNAUTHORIZED = 401;

export function encodeError(error: GatewayError, callId: string): EncodedError {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': callId };
  const { retryAfter } = error.detail;
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.ceil(retryAfter));
  return { status: error.status, body: JSON.stringify(errorBody(error)), headers };
}

/** Nothing follows it: a stream without its done line is no answer. */
export function encodeStreamError(error: GatewayError): string {
  return `${JSON.stringify({ error: words(error) })}\n`;
}

function errorBody(error: GatewayError): JsonObject {
  const text = words(error);
  // Ollama's Go client reads of a 401 nothing but this field, and without it sends people to its server's logs.
  return error.status === UNAUTHORIZED ? { error: text, status: text } : { error: text };
}

/** Mistakes in a body, or in the model's name; what is wrong with a path or a key needs no place. */
const placed: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalid_json',
  'bad_request',
  'unsupported',
  'forbidden_parameter',
  'translation_loss',
  'model_not_found',
]);

/** The place of a mistake has no field of its own. */
function words({ code, message, text, detail }: GatewayError): string {
  if (code === 'context_too_long') return contextWords(detail.context);
  const param = placed.has(code) ? detail.param : undefined;
  const isNamed = param === undefined || message.toLowerCase().includes(param.toLowerCase());
  return isNamed ? text : `${param}: ${text}`;
}

/** Ollama's own sentence, by which its clients know this error; the figures stand behind it. */
function contextWords(context: GatewayError['detail']['context']): string {
  const sentence = 'the input length exceeds the context length';
  if (context === undefined) return sentence;
  const { input, output, limit } = context;
  return `${sentence}: ${input} + ${output} > ${limit} tokens`;
}
