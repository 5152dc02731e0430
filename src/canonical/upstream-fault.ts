// An upstream's error body, whatever its shape, read into one: the vendors' nested objects, Google's array,
// vLLM's flat object, llama-server's numeric codes, Ollama's and TGI's plain strings, FastAPI's details.
import { maskKeys } from '../lib/mask-keys.ts';
import { asArray, asNumber, asObject, asString, isArray, type Json, type JsonObject } from './json.ts';

export interface Fault {
  /** '' when the body says nothing a person could read. What looks like a key is left out. */
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly param: string | undefined;
  readonly requestId: string | undefined;
  /** The object the fault was read from; undefined for the page or the words of some proxy. */
  readonly wire: JsonObject | undefined;
}

/** Words beyond this are a dump, not a message. */
const MOST_WORDS = 2000;

const silent: Fault = {
  message: '',
  type: '',
  code: '',
  param: undefined,
  requestId: undefined,
  wire: undefined,
};

export function readFault(body: Buffer): Fault {
  const text = body.toString('utf8').trim();
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text.startsWith('<') ? silent : { ...silent, message: bounded(text) };
  }
  return faultOf(isArray(value) ? value[0] : value);
}

/** `value`: a whole error body, or one made of the error inside a stream. */
export function faultOf(value: Json | undefined): Fault {
  if (typeof value === 'string') return { ...silent, message: bounded(value), wire: {} };
  const outer = asObject(value);
  if (outer === undefined) return silent;
  if (typeof outer.error === 'string') {
    const type = asString(outer.error_type) ?? asString(outer.type) ?? '';
    return { ...silent, message: bounded(outer.error), type, wire: outer };
  }
  const inner = asObject(outer.error) ?? outer;
  return {
    message: bounded(words(inner) || words(outer)),
    type: asString(inner.type) ?? asString(inner.status) ?? '',
    code: codeOf(inner),
    param: asString(inner.param),
    requestId: asString(outer.request_id),
    wire: inner,
  };
}

/** Anthropic's details and Azure's inner error say it more exactly; numbers repeat the HTTP status. */
function codeOf(wire: JsonObject): string {
  const exact = asString(asObject(wire.details)?.error_code);
  const code = exact ?? asString(wire.code) ?? asNumber(wire.code)?.toString() ?? '';
  return code === '' ? (asString(asObject(wire.innererror)?.code) ?? '') : code;
}

function words(wire: JsonObject): string {
  const message = asString(wire.message);
  if (message !== undefined) return message;
  const detail = wire.detail ?? asObject(wire.message)?.detail;
  if (typeof detail === 'string') return detail;
  const lines = (asArray(detail) ?? []).map((item) => validationLine(asObject(item)));
  return lines.filter((line) => line !== '').join('; ');
}

/** `body.messages.0.role: Field required`: one finding of FastAPI's validator. */
function validationLine(item: JsonObject | undefined): string {
  const message = asString(item?.msg);
  if (message === undefined) return '';
  const where = (asArray(item?.loc) ?? []).join('.');
  return where === '' ? message : `${where}: ${message}`;
}

/** Cut before it is masked, so that a dump costs no more than a message; a key cut in two is masked, too. */
function bounded(text: string): string {
  const kept = maskKeys(text.slice(0, MOST_WORDS));
  return text.length <= MOST_WORDS ? kept : `${kept}…`;
}
