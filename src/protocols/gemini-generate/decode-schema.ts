// The dialect's own schemas to JSON Schema: types in capitals, `nullable`, bounds as text, and an order of
// properties that JSON Schema says by the order they stand in.
import { asArray, asObject, isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { camelOf } from './fields.ts';

const UNSPECIFIED = 'TYPE_UNSPECIFIED';
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const MAPS = new Set(['properties', '$defs', 'defs', 'definitions']);
const INSIDE = new Set(['items', 'additionalProperties', 'not']);
const NAMES: ReadonlyMap<string, string> = new Map([
  ['ref', '$ref'],
  ['defs', '$defs'],
]);

export function decodeSchema(wire: JsonObject): JsonObject {
  const fields = fieldsOf(wire);
  const schema: Record<string, Json> = {};
  for (const [name, value] of fields) {
    if (name === 'example') schema.examples = [value];
    else if (!isOwnWord(name, value)) schema[NAMES.get(name) ?? name] = decodeField(name, value);
  }
  const order = asArray(fields.get('propertyOrdering')) ?? [];
  const properties = asObject(schema.properties);
  if (properties !== undefined && order.length > 0) schema.properties = inOrder(properties, order);
  return fields.get('nullable') === true ? orNull(schema) : schema;
}

/** Its fields by their names in camelCase. */
function fieldsOf(wire: JsonObject): ReadonlyMap<string, Json> {
  const fields = new Map<string, Json>();
  for (const [given, value] of Object.entries(wire)) {
    if (value === undefined || value === null) continue;
    fields.set(given.startsWith('$') ? given : camelOf(given), value);
  }
  return fields;
}

/** What JSON Schema says in another way, or by saying nothing. */
function isOwnWord(name: string, value: Json): boolean {
  return name === 'nullable' || name === 'propertyOrdering' || (name === 'type' && value === UNSPECIFIED);
}

function decodeField(name: string, value: Json): Json {
  if (name === 'type') return typeof value === 'string' ? value.toLowerCase() : lowered(value);
  if (COUNTS.has(name)) return typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (LISTS.has(name)) return (asArray(value) ?? [value]).map(decodeInner);
  if (INSIDE.has(name)) return decodeInner(value);
  if (MAPS.has(name) && isObject(value)) return decodeMap(value);
  return value;
}

function lowered(value: Json): Json {
  return isArray(value) ? value.map((type) => (typeof type === 'string' ? type.toLowerCase() : type)) : value;
}

function decodeInner(value: Json): Json {
  return isObject(value) ? decodeSchema(value) : value;
}

function decodeMap(schemas: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, decodeInner(schema ?? null)] as const),
  );
}

function inOrder(properties: JsonObject, order: readonly Json[]): JsonObject {
  const names = order.filter((name): name is string => typeof name === 'string');
  const first = names.filter((name) => Object.hasOwn(properties, name));
  const rest = Object.keys(properties).filter((name) => !first.includes(name));
  return Object.fromEntries([...first, ...rest].map((name) => [name, properties[name]] as const));
}

function orNull(schema: Record<string, Json>): JsonObject {
  const { type, enum: allowed } = schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const values = isArray(allowed) && !allowed.includes(null) ? { enum: [...allowed, null] } : {};
  return { ...schema, type: [type, 'null'], ...values };
}
