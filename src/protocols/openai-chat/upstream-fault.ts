// An upstream's error body, whatever its shape, read into one: OpenAI's nested object, Google's array,
// vLLM's flat object, llama-server's numeric codes, Ollama's and TGI's plain strings, FastAPI's details.
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isArray,
  type Json,
  type JsonObject,
} from '../../canonical/json.ts';

export interface Fault {
  /** '' when the body says nothing a person could read. */
  readonly message: string;
  readonly type: string;
  readonly code: string;
  readonly param: string | undefined;
  /** The object the fault was read from, for figures beside the message. */
  readonly wire: JsonObject;
}

const MOST_WORDS = 2000;
const silent: Fault = { message: '', type: '', code: '', param: undefined, wire: {} };

export function readFault(body: Buffer): Fault {
  let value: Json;
  try {
    value = JSON.parse(body.toString('utf8')) as Json;
  } catch {
    // HTML of some proxy or plain words: nothing that could be trusted to callers.
    return silent;
  }
  return faultOf(isArray(value) ? value[0] : value);
}

export function faultOf(value: Json | undefined): Fault {
  if (typeof value === 'string') return { ...silent, message: bounded(value) };
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
    param: asString(inner.param) ?? undefined,
    wire: inner,
  };
}

/** Azure's filter tells why only in its inner error; numbers repeat the HTTP status. */
function codeOf(wire: JsonObject): string {
  const innerCode = asString(asObject(wire.innererror)?.code);
  const code = asString(wire.code) ?? asNumber(wire.code)?.toString() ?? '';
  return code === '' ? (innerCode ?? '') : code;
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

function bounded(text: string): string {
  return text.length <= MOST_WORDS ? text : `${text.slice(0, MOST_WORDS)}…`;
}
