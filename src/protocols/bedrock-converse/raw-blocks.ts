// Blocks only this dialect understands (its own tools, pictures it made): whole in a body, a start and deltas in
// a stream. Kept whole in between, so that one becomes the other.
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';

/** `start` may be empty: some blocks begin with their first delta. */
export function joinRaw(name: string, start: JsonObject, deltas: readonly JsonObject[]): JsonObject {
  const head = asObject(start[name]) ?? {};
  const parts = deltas.map((delta) => delta[name]);
  if (name === 'toolUse') return { toolUse: { ...head, input: joinInput(parts) } };
  if (name === 'toolResult') {
    return { toolResult: { ...head, content: parts.flatMap((part) => asArray(part) ?? []) } };
  }
  return { [name]: Object.assign({}, head, ...parts.map((part) => asObject(part))) as JsonObject };
}

function joinInput(parts: readonly (Json | undefined)[]): Json {
  const text = parts.map((part) => asString(asObject(part)?.input) ?? '').join('');
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text === '' ? {} : { input: text };
  }
}

export interface RawPieces {
  readonly start: JsonObject | undefined;
  readonly deltas: readonly JsonObject[];
}

export function splitRaw(block: JsonObject): RawPieces {
  const [name = '', value] = Object.entries(block)[0] ?? [];
  if (!isObject(value)) return { start: undefined, deltas: [block] };
  switch (name) {
    case 'toolUse': {
      const { input, ...start } = value;
      return { start: { toolUse: start }, deltas: [{ toolUse: { input: JSON.stringify(input ?? {}) } }] };
    }
    case 'toolResult': {
      const { content, ...start } = value;
      return { start: { toolResult: start }, deltas: [{ toolResult: content ?? [] }] };
    }
    case 'image': {
      const { format, ...rest } = value;
      return { start: { image: { format } }, deltas: [{ image: rest }] };
    }
    default:
      return { start: undefined, deltas: [block] };
  }
}
