// JSON Schema as the dialect takes it. It refuses lists of required fields that are empty, and keywords that say what
// a schema is called: without either, it means the same.
import { asArray, asObject, isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';

const SILENT = new Set(['$schema', '$comment']);
/** Keywords that hold schemas by name. */
const NAMED = new Set(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']);
/** Keywords that hold values, whatever they look like. */
const VALUES = new Set(['enum', 'const', 'default', 'examples', 'required']);

/** The same object when nothing had to change. */
export function plainSchema(schema: JsonObject): JsonObject {
  const kept: Record<string, Json> = {};
  let same = true;
  for (const [name, value] of Object.entries(schema)) {
    const plain = value === undefined ? undefined : plainKeyword(name, value);
    if (plain !== undefined) kept[name] = plain;
    same &&= plain === value;
  }
  return same ? schema : kept;
}

/** Undefined when it goes. */
function plainKeyword(name: string, value: Json): Json | undefined {
  if (SILENT.has(name)) return undefined;
  if (name === 'required' && asArray(value)?.length === 0) return undefined;
  if (VALUES.has(name)) return value;
  if (NAMED.has(name)) return mapped(asObject(value) ?? {}, value);
  return plainValue(value);
}

function mapped(schemas: JsonObject, otherwise: Json): Json {
  const entries = Object.entries(schemas).map(([name, value]) => [name, plainValue(value)] as const);
  return entries.every(([name, value]) => value === schemas[name]) ? otherwise : Object.fromEntries(entries);
}

function plainValue<T extends Json | undefined>(value: T): T | Json {
  if (isObject(value)) return plainSchema(value);
  if (!isArray(value)) return value;
  const plain = value.map((item) => plainValue(item));
  return plain.every((item, at) => item === value[at]) ? value : plain;
}
