// OpenAI's rules for schemas it enforces: every object is closed and requires all that it names.
import { asArray, asObject, isObject, type Json, type JsonObject } from './json.ts';

/** Keywords that hold a list of schemas, or schemas by name. */
const LISTS = ['anyOf'] as const;
const NAMED = ['properties', '$defs', 'definitions'] as const;
/** Refused wherever they stand. */
const BANNED = ['allOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentRequired', 'patternProperties'];

/** The root must be an object, and no choice of several. */
export function isStrict(schema: JsonObject): boolean {
  return schema.type === 'object' && schema.anyOf === undefined && keepsRules(schema);
}

function keepsRules(value: Json | undefined): boolean {
  const schema = asObject(value);
  if (schema === undefined) return false;
  if (BANNED.some((name) => schema[name] !== undefined)) return false;
  if (isOfObjects(schema) && !isClosed(schema)) return false;
  if (schema.items !== undefined && !keepsRules(schema.items)) return false;
  return (
    LISTS.every((name) => (asArray(schema[name]) ?? []).every(keepsRules)) &&
    NAMED.every((name) => Object.values(asObject(schema[name]) ?? {}).every(keepsRules))
  );
}

function isOfObjects(schema: JsonObject): boolean {
  const { type } = schema;
  return type === 'object' || asArray(type)?.includes('object') === true || isObject(schema.properties);
}

function isClosed(schema: JsonObject): boolean {
  const required = asArray(schema.required) ?? [];
  const names = Object.keys(asObject(schema.properties) ?? {});
  return schema.additionalProperties === false && names.every((name) => required.includes(name));
}

/** OpenAI takes letters, digits, `_` and `-`, at most 64. The model hardly looks at it. */
export function schemaName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
  return plain === '' ? 'response' : plain;
}
