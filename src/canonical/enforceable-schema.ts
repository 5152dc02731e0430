// JSON Schema as Anthropic and Bedrock enforce it: a subset. What it does not know is told in the description; what
// cannot be told at all (maps, "any value") sends the whole schema into the prompt.
import { asArray, asObject, isArray, isObject, type Json, type JsonObject } from './json.ts';

/** Undefined when the subset cannot express the schema. The same object when nothing had to change. */
export function enforceable(schema: JsonObject): JsonObject | undefined {
  try {
    return reduce(schema);
  } catch (error) {
    if (error instanceof Inexpressible) return undefined;
    throw error;
  }
}

class Inexpressible extends Error {}

const FORMATS = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** Keywords that stay as they are. */
const PLAIN = new Set(['type', 'enum', 'const', '$ref', 'title', 'description', 'required', 'default']);
const GROUPS = new Set(['properties', '$defs', 'definitions']);
const LISTS = new Set(['anyOf', 'allOf']);
/** Keywords that constrain nothing. */
const SILENT = new Set(['$schema', '$id', '$comment']);

type Reduced = Record<string, Json>;

function reduce(schema: JsonObject): JsonObject {
  const kept: Reduced = {};
  const told: string[] = [];
  for (const [name, value] of Object.entries(typed(schema))) {
    if (value === undefined || SILENT.has(name)) continue;
    if (!keep(kept, name, value, schema)) told.push(`${name}: ${JSON.stringify(value)}`);
  }
  if (isOf(kept, 'object')) close(kept, schema);
  if (told.length > 0) {
    const own = typeof kept.description === 'string' ? `${kept.description}\n\n` : '';
    kept.description = `${own}{${told.join(', ')}}`;
  }
  return sameAs(kept, schema) ? schema : kept;
}

/** A schema must say what it is of; one that allows any value cannot. */
function typed(schema: JsonObject): JsonObject {
  const says = ['type', 'enum', 'const', '$ref', 'anyOf', 'oneOf', 'allOf'];
  if (says.some((name) => schema[name] !== undefined)) return schema;
  if (schema.properties !== undefined) return { type: 'object', ...schema };
  if (schema.items !== undefined) return { type: 'array', ...schema };
  throw new Inexpressible();
}

/** False when the subset has no place for the keyword. */
function keep(kept: Reduced, name: string, value: Json, schema: JsonObject): boolean {
  if (PLAIN.has(name) || isSmall(name, value)) kept[name] = value;
  else if (GROUPS.has(name) && isObject(value)) kept[name] = reduceEach(value);
  else if (LISTS.has(name) && isArray(value)) kept[name] = value.map(reduceOne);
  else if (name === 'items' && isObject(value)) kept.items = reduceOne(value);
  else if (name === 'oneOf' && isArray(value) && schema.anyOf === undefined)
    kept.anyOf = value.map(reduceOne);
  else return name === 'additionalProperties' && typeof value === 'boolean';
  return true;
}

/** Of these keywords only some values are known. */
function isSmall(name: string, value: Json): boolean {
  if (name === 'format') return typeof value === 'string' && FORMATS.has(value);
  return name === 'minItems' && (value === 0 || value === 1);
}

/** `true` allows any value, `false` none: neither can be said. */
function reduceOne(value: Json): Json {
  const schema = asObject(value);
  if (schema === undefined) throw new Inexpressible();
  return reduce(schema);
}

function reduceEach(group: JsonObject): JsonObject {
  const reduced: Reduced = {};
  for (const [name, value] of Object.entries(group)) {
    if (value !== undefined) reduced[name] = reduceOne(value);
  }
  return Object.entries(reduced).every(([name, value]) => value === group[name]) ? group : reduced;
}

/** Every object must be closed; one that has nothing but open places would be closed to emptiness. */
function close(kept: Reduced, schema: JsonObject): void {
  const named = Object.keys(asObject(schema.properties) ?? {}).length > 0;
  const composed = kept.anyOf !== undefined || kept.allOf !== undefined || kept.$ref !== undefined;
  if (!named && !composed && schema.additionalProperties !== false) throw new Inexpressible();
  kept.additionalProperties = false;
}

function isOf(schema: JsonObject, type: string): boolean {
  return schema.type === type || asArray(schema.type)?.includes(type) === true;
}

/** Lists are made anew each time, so they are compared one by one. */
function sameAs(kept: JsonObject, schema: JsonObject): boolean {
  const names = Object.keys(kept);
  return names.length === Object.keys(schema).length && names.every((name) => same(kept[name], schema[name]));
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (!isArray(one) || !isArray(other)) return false;
  return one.length === other.length && one.every((item, i) => item === other[i]);
}
