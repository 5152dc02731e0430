// Tools, the choice among them and the answer's shape, in Chat's words and those of its engines.

import type { CallContent, OutputFormat, Tool, ToolChoice } from '../../canonical/content.ts';
import { noteWrapping, wrapName, wrappedSchema } from '../../canonical/free-text-tools.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { noteLostCache } from '../../canonical/media-fields.ts';
import { ownExtras, refused, restored, type Scribe } from '../../canonical/scribe.ts';
import { lostChoice, ownTools } from '../../canonical/server-tools.ts';
import { isStrict, schemaName } from '../../canonical/strict-schema.ts';
import { honouredChoice, toolboxFields } from '../../canonical/tool-choice.ts';
import { toolName } from '../../canonical/tool-names.ts';
import { origin } from './reply-parts.ts';

export function encodeToolbox(content: CallContent, scribe: Scribe): JsonObject {
  const lost = lostChoice(content, origin);
  if (lost !== undefined) {
    throw refused('tool_choice', `the tool "${lost}"`, 'Choose one of your own tools, or none.');
  }
  const { choice, tools } = honouredChoice(content, scribe);
  const wire = [
    ...tools.map((tool) => encodeTool(tool, scribe)),
    ...ownTools(content.serverTools, origin, scribe.ledger),
  ];
  return toolboxFields(
    wire,
    choice,
    content.parallelToolCalls,
    (one) => encodeChoice(one, tools, scribe),
    scribe.ledger,
  );
}

function encodeTool(tool: Tool, scribe: Scribe): JsonObject {
  const extras = ownExtras(tool.extras, `tools.${tool.name}`, scribe);
  noteLostCache(tool.cache, scribe);
  const description = tool.description === undefined ? {} : { description: tool.description };
  if (tool.custom === undefined) {
    const strict = tool.strict === undefined ? {} : { strict: tool.strict };
    const parameters = tool.schema;
    const name = toolName(tool.name, `tools.${tool.name}`, scribe.quirks);
    return restored({ type: 'function', function: { name, ...description, parameters, ...strict } }, extras);
  }
  if (scribe.quirks.customTools !== false) {
    return restored({ type: 'custom', custom: { name: tool.name, ...description, ...tool.custom } }, extras);
  }
  noteWrapping(tool, scribe.ledger);
  return {
    type: 'function',
    function: { name: wrapName(tool.name), ...description, parameters: wrappedSchema },
    ...extras,
  };
}

function encodeChoice(choice: ToolChoice, tools: readonly Tool[], scribe: Scribe): Json {
  switch (choice.mode) {
    case 'tool':
      return reference(choice.name, tools, scribe);
    case 'allowed': {
      const mode = choice.required ? 'required' : 'auto';
      const allowed = choice.names.map((name) => reference(name, tools, scribe));
      return { type: 'allowed_tools', allowed_tools: { mode, tools: allowed } };
    }
    default:
      return choice.mode;
  }
}

function reference(name: string, tools: readonly Tool[], scribe: Scribe): JsonObject {
  const custom = tools.some((tool) => tool.name === name && tool.custom !== undefined);
  if (!custom) return { type: 'function', function: { name } };
  if (scribe.quirks.customTools !== false) return { type: 'custom', custom: { name } };
  return { type: 'function', function: { name: wrapName(name) } };
}

export function encodeFormat(format: OutputFormat | undefined, scribe: Scribe): JsonObject {
  if (format === undefined || format.type === 'text') return {};
  const style = scribe.quirks.schemaStyle ?? 'openai';
  if (format.type === 'json') return { response_format: encodeJson(style) };
  return { response_format: encodeSchema(format, style, scribe) };
}

/** TGI knows JSON only as a schema that anything fits. */
function encodeJson(style: string): JsonObject {
  return style === 'tgi' ? { type: 'json', value: { type: 'object' } } : { type: 'json_object' };
}

function encodeSchema(
  format: Extract<OutputFormat, { type: 'schema' }>,
  style: string,
  scribe: Scribe,
): JsonObject {
  switch (style) {
    case 'llamacpp':
      return { type: 'json_object', schema: format.schema };
    case 'tgi':
      return { type: 'json', value: format.schema };
    case 'none':
      scribe.ledger.approximated('response_format', 'JSON is asked for, its schema is not enforced');
      return { type: 'json_object' };
    default: {
      const { name, schema, description } = format;
      const strict = format.strict ?? ownStrict(schema, scribe);
      return {
        type: 'json_schema',
        json_schema: {
          name: schemaName(name),
          ...(description === undefined ? {} : { description }),
          schema,
          ...(strict === undefined ? {} : { strict }),
        },
      };
    }
  }
}

/** Where the caller's dialect enforces every schema, so must Chat, if the schema keeps its rules for that. */
function ownStrict(schema: JsonObject, scribe: Scribe): true | undefined {
  if (scribe.native) return undefined;
  if (isStrict(schema)) return true;
  scribe.ledger.approximated('response_format', 'the schema breaks the rules for strict ones: a hint only');
  return undefined;
}
