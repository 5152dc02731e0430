// The config file as JSON Schema: for editors, and for our own error messages, which read names and examples from it.
import * as z from 'zod';
import type { Path } from './problem.ts';
import { configSchema } from './schema.ts';

interface SchemaNode {
  readonly title?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly propertyNames?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** What editors get: every scalar may also be a substitution. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, { io: 'input' });
  forEditors(schema);
  return { ...schema, title: 'Signalbox configuration' };
}

const SUBSTITUTION = '\\$\\{.+\\}';

const UNTOUCHED = ['$defs', 'propertyNames'];

type Loose = Record<string, unknown>;

function forEditors(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  // Free JSON (`$defs`) is not ours to bend, and names of entries are no values.
  for (const [name, inner] of Object.entries(value)) if (!UNTOUCHED.includes(name)) forEditors(inner);
  if (!Array.isArray(value)) allowSubstitution(value as Loose);
}

function allowSubstitution(schema: Loose): void {
  const { type } = schema;
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (Array.isArray(schema['enum'])) {
    schema['anyOf'] = [{ enum: schema['enum'] }, { type: 'string', pattern: SUBSTITUTION }];
    delete schema['enum'];
    delete schema['type'];
  } else if (
    type === 'integer' ||
    type === 'number' ||
    (type === 'boolean' && schema['const'] === undefined)
  ) {
    schema['type'] = [type, 'string'];
    schema['pattern'] = SUBSTITUTION;
  } else if (type === 'string') loosenText(schema);
}

function loosenText(schema: Loose): void {
  if (schema['title'] === 'a size') schema['type'] = ['string', 'integer'];
  if (schema['title'] === 'a secret') {
    // The text in the file is a reference to a secret, and as long as that.
    for (const bound of ['minLength', 'maxLength', 'pattern']) delete schema[bound];
  }
  if (schema['pattern'] !== undefined) schema['pattern'] = `${schema['pattern']}|${SUBSTITUTION}`;
}

let known: SchemaNode | undefined;

function root(): SchemaNode {
  known ??= z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;
  return known;
}

/** A part of the file with a schema of its own. */
export interface Part {
  readonly schema: z.ZodType;
  readonly above: Path;
}

/** The keys a mapping at this path may have; empty where any name will do. */
export function keysAt(path: Path, part?: Part): readonly string[] {
  return nodesAt(path, part).flatMap((node) => Object.keys(node.properties ?? {}));
}

/** What is wanted at this path, in words, with examples. */
export function wantedAt(
  path: Path,
  part?: Part,
): {
  readonly title: string | undefined;
  readonly examples: readonly string[];
} {
  const nodes = nodesAt(path, part);
  const title = nodes.find((node) => node.title !== undefined)?.title;
  return { title, examples: nodes.flatMap((node) => (node.examples ?? []).map(String)) };
}

/** What a name of the mapping at this path must be, in words. */
export function wantedName(path: Path, part?: Part): string | undefined {
  return nodesAt(path, part).find((node) => node.propertyNames?.title !== undefined)?.propertyNames?.title;
}

function nodesAt(path: Path, part: Part | undefined): readonly SchemaNode[] {
  const top =
    part === undefined
      ? root()
      : (z.toJSONSchema(part.schema, { io: 'input', unrepresentable: 'any' }) as SchemaNode);
  let nodes: readonly SchemaNode[] = branches(top);
  for (const step of path.slice(part?.above.length ?? 0))
    nodes = nodes.flatMap((node) => below(node, step)).flatMap(branches);
  return nodes;
}

function branches(node: SchemaNode): readonly SchemaNode[] {
  return [node, ...(node.anyOf ?? []).flatMap(branches)];
}

function below(node: SchemaNode, step: string | number): readonly SchemaNode[] {
  if (typeof step === 'number') return node.items === undefined ? [] : [node.items];
  const named = Object.hasOwn(node.properties ?? {}, step) ? node.properties?.[step] : undefined;
  const next = named ?? node.additionalProperties;
  return typeof next === 'object' ? [next] : [];
}
