// Tools and the choice among them. Free-text tools become functions with one string, marked in the name.

import type { Thinking } from '../../canonical/claude-thinking.ts';
import type { CallContent, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { serverToolName } from '../../canonical/server-tool-name.ts';
import { wireName } from '../../canonical/wire-names.ts';
import type { Turn } from './encode-messages.ts';
import { type Encoding, mark, restore, type Wire } from './encoding.ts';
import { DIALECT } from './origin.ts';

export function encodeTools(content: CallContent, encoding: Encoding): Wire[] {
  const choice = content.toolChoice;
  const allowed = choice?.mode === 'allowed' ? new Set(choice.names) : undefined;
  if (allowed !== undefined)
    encoding.ledger.mapped('tool_choice', 'tools that are not allowed were left out');
  const tools: Wire[] = [];
  for (const tool of content.tools) {
    if (allowed?.has(tool.name) !== false) tools.push(encodeTool(tool, encoding));
  }
  for (const tool of content.serverTools) {
    const wire = encodeServerTool(tool, allowed, encoding);
    if (wire !== undefined) tools.push(wire);
  }
  return tools;
}

function encodeServerTool(
  tool: ServerTool,
  allowed: ReadonlySet<string> | undefined,
  encoding: Encoding,
): Wire | undefined {
  const name = asString(tool.value.name) ?? serverToolName(tool, 'server tool');
  if (allowed?.has(name) === false) return undefined;
  if (tool.origin === DIALECT) return { ...tool.value };
  encoding.ledger.dropped(`tools.${name}`, `only ${tool.origin} runs it`);
  return undefined;
}

function encodeTool(tool: Tool, encoding: Encoding): Wire {
  const wire: Wire = { name: wireName(tool.name, tool.custom !== undefined) };
  const description = tool.custom === undefined ? tool.description : describeFreeText(tool, encoding);
  if (description !== undefined && description !== '') wire.description = description;
  wire.input_schema = tool.custom === undefined ? objectSchema(tool.schema) : wrappedSchema;
  if (tool.strict === true) wire.strict = true;
  restore(wire, tool.extras, 'tools', encoding);
  return mark(wire, tool.cache, encoding);
}

/** A schema without `"type": "object"` is refused, an empty one too. */
function objectSchema(schema: JsonObject): JsonObject {
  if (schema.type === 'object') return schema;
  return schema.properties === undefined
    ? { type: 'object', properties: {}, ...schema }
    : { type: 'object', ...schema };
}

/** The grammar of a free-text tool cannot be enforced here; the model can still be told of it. */
function describeFreeText(tool: Tool, encoding: Encoding): string | undefined {
  const format = tool.custom?.format;
  const grammar = grammarOf(format);
  if (grammar === undefined) {
    encoding.ledger.mapped('tools.custom', 'free text travels in a field of its own');
    return tool.description;
  }
  encoding.ledger.approximated('tools.custom', 'the grammar became part of the description');
  return `${tool.description ?? ''}\n\nThe input must match this grammar:\n${grammar}`.trim();
}

function grammarOf(format: Json | undefined): string | undefined {
  if (typeof format !== 'object' || format === null || Array.isArray(format)) return undefined;
  const { type, grammar } = format as JsonObject;
  if (type !== 'grammar') return undefined;
  const nested = typeof grammar === 'object' && grammar !== null ? (grammar as JsonObject) : undefined;
  return (
    asString((format as JsonObject).definition) ?? asString(nested?.definition) ?? JSON.stringify(format)
  );
}

/** Undefined when there is nothing to choose among: a choice without tools is refused. */
export function encodeToolChoice(
  content: CallContent,
  tools: readonly Wire[],
  thinking: Thinking,
  encoding: Encoding,
): JsonObject | undefined {
  const asked = content.toolChoice;
  if (tools.length === 0) {
    if (asked !== undefined && isForced(asked)) encoding.ledger.dropped('tool_choice', 'there are no tools');
    return undefined;
  }
  const serial = content.parallelToolCalls === false;
  if (asked === undefined) return serial ? { type: 'auto', disable_parallel_tool_use: true } : undefined;
  let choice = encodeMode(asked, content);
  if (isForced(asked) && thinking.field?.type === 'enabled') {
    // With a budget for thinking, a forced tool is refused.
    encoding.ledger.approximated('tool_choice', 'auto: thinking and a forced tool exclude each other');
    choice = { type: 'auto' };
  }
  return serial && choice.type !== 'none' ? { ...choice, disable_parallel_tool_use: true } : choice;
}

function encodeMode(choice: ToolChoice, content: CallContent): JsonObject {
  switch (choice.mode) {
    case 'auto':
    case 'none':
      return { type: choice.mode };
    case 'required':
      return { type: 'any' };
    case 'allowed':
      return { type: choice.required ? 'any' : 'auto' };
    case 'tool': {
      const custom = content.tools.find((tool) => tool.name === choice.name)?.custom !== undefined;
      return { type: 'tool', name: wireName(choice.name, custom) };
    }
  }
}

function isForced(choice: ToolChoice): boolean {
  return (
    choice.mode === 'required' || choice.mode === 'tool' || (choice.mode === 'allowed' && choice.required)
  );
}

/**
 * History with tool calls but a call without tools: some servers refuse that, so the tools of the
 * history are declared again and none may be used.
 */
export function declareUsedTools(turns: readonly Turn[]): Wire[] {
  const names = new Set<string>();
  for (const { content } of turns) {
    for (const wire of content) if (wire.type === 'tool_use') names.add(asString(wire.name) ?? '');
  }
  return [...names].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));
}
