// Values measured against a vendor's own OpenAPI description, as far as our replies could get it wrong.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const OPENAI = join('..', 'shared', 'specs', 'openai-openapi.json');

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
type Schemas = Readonly<Record<string, Schema>>;

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export function readSchemas(path: string): Schemas {
  const text = readFileSync(path, 'utf8');
  return (JSON.parse(text) as { components: { schemas: Schemas } }).components.schemas;
}

/** Types, required fields, enums and combinations: what our replies could get wrong. */
export function misfits(value: unknown, schema: Schema, schemas: Schemas, path: string): string[] {
  if (value === null && schema.nullable === true) return [];
  if (schema.$ref !== undefined) {
    return misfits(value, schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas, path);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const tries = choices.map((choice) => misfits(value, choice, schemas, path));
    return tries.some((faults) => faults.length === 0) ? [] : tries.flat();
  }
  const faults = (schema.allOf ?? []).flatMap((part) => misfits(value, part, schemas, path));
  if (!hasType(value, schema.type)) return [...faults, `${path} is no ${schema.type}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) faults.push(`${path} is ${String(value)}`);
  if (Array.isArray(value)) {
    const items = schema.items ?? {};
    return [...faults, ...value.flatMap((item, at) => misfits(item, items, schemas, `${path}[${at}]`))];
  }
  if (typeof value !== 'object' || value === null) return faults;
  const fields = value as Record<string, unknown>;
  for (const name of schema.required ?? []) {
    if (fields[name] === undefined) faults.push(`${path}.${name} is missing`);
  }
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    if (fields[name] !== undefined) faults.push(...misfits(fields[name], part, schemas, `${path}.${name}`));
  }
  return faults;
}

function hasType(value: unknown, type: string | undefined): boolean {
  switch (type) {
    case undefined:
      return true;
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
