// Structured output. A schema is asked for where the service enforces it, and described where it does not.
import { claudeVersion, isAtLeast, since } from '../../canonical/claude-version.ts';
import type { OutputFormat } from '../../canonical/content.ts';
import { enforceable } from '../../canonical/enforceable-schema.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import { enforcesSchema } from './families.ts';

type Schema = Extract<OutputFormat, { type: 'schema' }>;

export interface EncodedFormat {
  readonly field?: JsonObject;
  /** To be added to the system prompt. */
  readonly instruction?: string;
}

/** Of Claude's models only those that know efforts are held to schemas here. */
export function enforces(model: string): boolean {
  return enforcesSchema(model) && isAtLeast(claudeVersion(model), since.effort);
}

export function encodeFormat(
  format: OutputFormat | undefined,
  { enforced, native }: { readonly enforced: boolean; readonly native: boolean },
  ledger: Ledger,
): EncodedFormat {
  if (format === undefined || format.type === 'text') return {};
  if (format.type === 'json') {
    ledger.approximated('response_format', 'asked for in the system prompt: there is no JSON mode here');
    return { instruction: 'Reply with one JSON object and nothing else.' };
  }
  // A caller of this dialect wrote the schema for it.
  if (native) return { field: textFormat(format, format.schema) };
  if (!enforced) return told(format, 'this model enforces no schema', ledger);
  const schema = enforceable(format.schema);
  if (schema === undefined)
    return told(format, 'maps and values of any kind cannot be enforced here', ledger);
  if (schema !== format.schema) {
    ledger.approximated('response_format', 'objects are closed, and what is not enforced is described');
  }
  return { field: textFormat(format, schema) };
}

function told(format: Schema, why: string, ledger: Ledger): EncodedFormat {
  ledger.approximated('response_format', `asked for in the system prompt: ${why}`);
  const schema = JSON.stringify(format.schema);
  return { instruction: `Reply with JSON that matches this schema and nothing else:\n${schema}` };
}

function textFormat({ name, description }: Schema, schema: JsonObject): JsonObject {
  const jsonSchema = {
    schema: JSON.stringify(schema),
    name,
    ...(description === undefined ? {} : { description }),
  };
  return { type: 'json_schema', structure: { jsonSchema } };
}
