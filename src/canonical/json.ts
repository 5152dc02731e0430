// JSON as types: what a wire body is made of before anybody gives it meaning.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields not in `known`; undefined when there are none. Null counts as absent. */
export function restOf(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  const others: Record<string, Json> = {};
  let some = false;
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined || value === null || known.has(name)) continue;
    others[name] = value;
    some = true;
  }
  return some ? others : undefined;
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function asObject(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function asArray(value: Json | undefined): readonly Json[] | undefined {
  return isArray(value) ? value : undefined;
}

export function asString(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asNumber(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The object that this is the text of; undefined when it is no text of one. */
export function objectIn(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
