// Structured output. A schema is asked for where the model enforces it, and described where it does not.
import type { OutputFormat } from '../../canonical/content.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';

export interface EncodedFormat {
  readonly field?: JsonObject;
  /** To be added to the system prompt. */
  readonly instruction?: string;
}

export function encodeFormat(
  format: OutputFormat | undefined,
  enforced: boolean,
  ledger: Ledger,
): EncodedFormat {
  if (format === undefined || format.type === 'text') return {};
  if (format.type === 'json') {
    ledger.approximated('response_format', 'asked for in the system prompt: there is no JSON mode here');
    return { instruction: 'Reply with one JSON object and nothing else.' };
  }
  if (!enforced) {
    ledger.approximated('response_format', 'asked for in the system prompt: this model enforces no schema');
    const schema = JSON.stringify(format.schema);
    return { instruction: `Reply with JSON that matches this schema and nothing else:\n${schema}` };
  }
  const closed = closeObjects(format.schema);
  if (closed !== format.schema) {
    ledger.approximated('response_format', 'additionalProperties: false is required of every object');
  }
  return { field: { type: 'json_schema', schema: described(closed, format.description) } };
}

function described(schema: JsonObject, description: string | undefined): JsonObject {
  return description === undefined || schema.description !== undefined ? schema : { description, ...schema };
}

/** Keywords that hold a schema, a list of schemas, or schemas by name. */
const NESTED = ['items', 'anyOf', 'allOf', 'oneOf', 'not'] as const;
const NAMED = ['properties', '$defs', 'definitions'] as const;

/** The same object when nothing had to change. */
function closeObjects(schema: JsonObject): JsonObject {
  const changed: Record<string, Json> = {};
  for (const name of NESTED) keep(changed, schema, name, closeNested(schema[name]));
  for (const name of NAMED) {
    const group = schema[name];
    if (isObject(group)) keep(changed, schema, name, closeEach(group));
  }
  const open = schema.type === 'object' && schema.additionalProperties !== false;
  if (open) changed.additionalProperties = false;
  return Object.keys(changed).length === 0 ? schema : { ...schema, ...changed };
}

function keep(
  changed: Record<string, Json>,
  schema: JsonObject,
  name: string,
  value: Json | undefined,
): void {
  if (value !== undefined && value !== schema[name]) changed[name] = value;
}

function closeNested(value: Json | undefined): Json | undefined {
  if (isObject(value)) return closeObjects(value);
  if (!isArray(value)) return undefined;
  const closed = value.map((one) => (isObject(one) ? closeObjects(one) : one));
  return closed.some((one, i) => one !== value[i]) ? closed : value;
}

function closeEach(group: JsonObject): JsonObject {
  const changed: Record<string, Json> = {};
  for (const [name, one] of Object.entries(group)) {
    if (isObject(one)) keep(changed, group, name, closeObjects(one));
  }
  return Object.keys(changed).length === 0 ? group : { ...group, ...changed };
}
