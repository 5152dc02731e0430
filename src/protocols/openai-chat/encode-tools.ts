// Tools, the choice among them and the answer's shape, in Chat's words and those of its engines.

import type { CallContent, OutputFormat, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrapName, wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { serverToolName } from '../../canonical/server-tool-name.ts';
import { isStrict, schemaName } from '../../canonical/strict-schema.ts';
import { honouredChoice } from '../../canonical/tool-choice.ts';
import { toolName } from '../../canonical/tool-names.ts';
import { noteLostCache, ownExtras, refused, restored, type Scribe } from './encode-parts.ts';
import { origin } from './reply-parts.ts';

/** `tools`, `tool_choice` and `parallel_tool_calls`; none of the latter two without the first. */
export function encodeToolbox(content: CallContent, scribe: Scribe): JsonObject {
  refuseLostChoice(content);
  const { choice, tools } = honouredChoice(content, scribe);
  const wire = [...tools.map((tool) => encodeTool(tool, scribe)), ...ownTools(content.serverTools, scribe)];
  if (wire.length === 0) {
    if (choice !== undefined && choice.mode !== 'auto' && choice.mode !== 'none') {
      scribe.ledger.dropped('tool_choice', 'there are no tools to choose from');
    }
    return {};
  }
  return {
    tools: wire,
    ...(choice === undefined ? {} : { tool_choice: encodeChoice(choice, tools, scribe) }),
    ...(content.parallelToolCalls === undefined ? {} : { parallel_tool_calls: content.parallelToolCalls }),
  };
}

/** A tool that only its vendor runs was to be used: without it the answer would be another one. */
function refuseLostChoice({ toolChoice: choice, tools, serverTools }: CallContent): void {
  if (choice?.mode !== 'tool' || tools.some((tool) => tool.name === choice.name)) return;
  const lost = serverTools.find((tool) => tool.origin !== origin && tool.value.name === choice.name);
  if (lost === undefined) return;
  throw refused('tool_choice', `the tool "${choice.name}"`, 'Choose one of your own tools, or none.');
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
  noteWrapping(tool, scribe);
  return {
    type: 'function',
    function: { name: wrapName(tool.name), ...description, parameters: wrappedSchema },
    ...extras,
  };
}

function noteWrapping(tool: Tool, scribe: Scribe): void {
  const grammar = asObject(tool.custom?.format)?.type ?? 'text';
  if (grammar === 'text') scribe.ledger.mapped(`tools.${tool.name}`, 'goes as a function');
  else scribe.ledger.approximated(`tools.${tool.name}`, 'goes as a function, its grammar unchecked');
}

function ownTools(tools: readonly ServerTool[], scribe: Scribe): JsonObject[] {
  const own: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.origin === origin) own.push(tool.value);
    else {
      scribe.ledger.dropped(`tools.${serverToolName(tool)}`, `only ${tool.origin} can run it`);
    }
  }
  return own;
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
