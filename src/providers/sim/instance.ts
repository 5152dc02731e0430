// The smallest value that satisfies a JSON Schema: for structured output and tool arguments. `pattern`,
// `uniqueItems` and `not` are not solved; what grows without end is cut off with null.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';

const MOST_HOPS = 32;
const MOST_VALUES = 10_000;

interface Site {
  readonly root: JsonObject;
  readonly depth: number;
  /** Values that may still be made, shared by the whole build: a schema can ask for any number. */
  readonly left: { values: number };
}

export function minimalInstance(schema: JsonObject): Json {
  return build(schema, { root: schema, depth: 0, left: { values: MOST_VALUES } });
}

function inside(site: Site): Site {
  return { ...site, depth: site.depth + 1 };
}

function build(given: Json | undefined, site: Site): Json {
  site.left.values -= 1;
  if (site.depth > MOST_HOPS || site.left.values < 0) return null;
  const schema = resolve(asObject(given) ?? {}, site.root);
  const enumerated = asArray(schema['enum']);
  if (enumerated?.[0] !== undefined) return enumerated[0];
  if (schema['const'] !== undefined) return schema['const'];
  if (schema['default'] !== undefined) return schema['default'];
  switch (typeOf(schema)) {
    case 'object':
      return buildObject(schema, inside(site));
    case 'array':
      return buildArray(schema, inside(site));
    case 'string':
      return buildString(schema);
    case 'integer':
      return buildNumber(schema, true);
    case 'number':
      return buildNumber(schema, false);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

/** Follows references, then folds alternatives (the first) and conjunctions (all) into one schema. */
function resolve(given: JsonObject, root: JsonObject): JsonObject {
  let schema = given;
  for (let hop = 0; hop < MOST_HOPS; hop += 1) {
    const reference = asString(schema['$ref']);
    const first = asArray(schema['anyOf'])?.[0] ?? asArray(schema['oneOf'])?.[0];
    const all = asArray(schema['allOf']);
    if (reference !== undefined) schema = merge(without(schema, '$ref'), pointed(reference, root));
    else if (first !== undefined) schema = merge(without(schema, 'anyOf', 'oneOf'), asObject(first) ?? {});
    else if (all !== undefined) {
      schema = all.reduce<JsonObject>(
        (sum, part) => merge(sum, asObject(part) ?? {}),
        without(schema, 'allOf'),
      );
    } else return schema;
  }
  return schema;
}

function without(schema: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));
}

function merge(a: JsonObject, b: JsonObject): JsonObject {
  const required = [...(asArray(a['required']) ?? []), ...(asArray(b['required']) ?? [])];
  const properties = { ...asObject(a['properties']), ...asObject(b['properties']) };
  return {
    ...a,
    ...b,
    ...(required.length > 0 ? { required } : {}),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
  };
}

/** `#/$defs/name`; anything outside the document is unknown and therefore any value. */
function pointed(reference: string, root: JsonObject): JsonObject {
  if (!reference.startsWith('#')) return {};
  let at: Json | undefined = root;
  for (const step of reference.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = asArray(at)?.[Number(name)] ?? asObject(at)?.[name];
  }
  return asObject(at) ?? {};
}

function typeOf(schema: JsonObject): string | undefined {
  const stated = asString(schema['type']) ?? asString(asArray(schema['type'])?.[0]);
  if (stated !== undefined) return stated;
  if (schema['properties'] !== undefined || schema['required'] !== undefined) return 'object';
  if (schema['items'] !== undefined) return 'array';
  return undefined;
}

function buildObject(schema: JsonObject, site: Site): Json {
  const properties = asObject(schema['properties']);
  const names = (asArray(schema['required']) ?? []).filter((name) => typeof name === 'string');
  return Object.fromEntries(names.map((name) => [name, build(properties?.[name], site)]));
}

function buildArray(schema: JsonObject, site: Site): Json {
  const fixed = asArray(schema['prefixItems']) ?? [];
  const length = Math.min(asNumber(schema['minItems']) ?? 0, 1000);
  return Array.from({ length }, (_, i) => build(fixed[i] ?? schema['items'], site));
}

const examples: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1S',
  email: 'sim@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function buildString(schema: JsonObject): string {
  const example = examples[asString(schema['format']) ?? ''];
  if (example !== undefined) return example;
  const shortest = Math.min(asNumber(schema['minLength']) ?? 0, 10_000);
  const longest = asNumber(schema['maxLength']) ?? Number.POSITIVE_INFINITY;
  return 'simulated'.padEnd(shortest, '.').slice(0, longest);
}

function buildNumber(schema: JsonObject, whole: boolean): number {
  const over = asNumber(schema['exclusiveMinimum']);
  const under = asNumber(schema['exclusiveMaximum']);
  const low = asNumber(schema['minimum']) ?? (over === undefined ? undefined : above(over, under, whole));
  const high = asNumber(schema['maximum']) ?? (under === undefined ? undefined : below(under, over, whole));
  const value = Math.min(Math.max(0, low ?? 0), high ?? Number.POSITIVE_INFINITY);
  const step = asNumber(schema['multipleOf']) ?? 0;
  if (step > 0) return awayFromZero(value / step) * step;
  return whole ? awayFromZero(value) : value;
}

/** Bounds are pushed outwards from zero only, so rounding goes the same way. */
function awayFromZero(value: number): number {
  return value < 0 ? Math.floor(value) : Math.ceil(value);
}

function above(bound: number, limit: number | undefined, whole: boolean): number {
  if (whole) return Math.floor(bound) + 1;
  return limit === undefined ? bound + 1 : (bound + limit) / 2;
}

function below(bound: number, limit: number | undefined, whole: boolean): number {
  if (whole) return Math.ceil(bound) - 1;
  return limit === undefined ? bound - 1 : (bound + limit) / 2;
}
