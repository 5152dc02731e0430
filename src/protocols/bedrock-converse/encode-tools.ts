// Tools and the choice among them. Free-text tools become functions with one string, marked in the name.

import type { Thinking } from '../../canonical/claude-thinking.ts';
import type { CallContent, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { serverToolName } from '../../canonical/server-tool-name.ts';
import { wireName } from '../../canonical/wire-names.ts';
import { type Encoding, flatten, type Piece, piece, restore, type Wire } from './encoding.ts';
import { DIALECT } from './origin.ts';

/** Does the service enforce schemas for this model? */
export function encodeTools(content: CallContent, enforced: boolean, encoding: Encoding): Piece[] {
  const choice = content.toolChoice;
  if (choice?.mode === 'none') {
    if (content.tools.length > 0) encoding.ledger.mapped('tool_choice', 'none: the tools were left out');
    return [];
  }
  const allowed = choice?.mode === 'allowed' ? new Set(choice.names) : undefined;
  if (allowed !== undefined)
    encoding.ledger.mapped('tool_choice', 'tools that are not allowed were left out');
  const pieces: Piece[] = [];
  for (const tool of content.tools) {
    if (allowed?.has(tool.name) !== false) pieces.push(encodeTool(tool, enforced, encoding));
  }
  for (const tool of content.serverTools) addServerTool(pieces, tool, encoding);
  return pieces;
}

function addServerTool(pieces: Piece[], { origin, value }: ServerTool, encoding: Encoding): void {
  if (origin === DIALECT) {
    pieces.push({ wire: { ...value }, point: undefined });
    return;
  }
  const name = asString(value.name) ?? serverToolName({ origin, value }, 'server tool');
  encoding.ledger.dropped(`tools.${name}`, `only ${origin} runs it`);
}

function encodeTool(tool: Tool, enforced: boolean, encoding: Encoding): Piece {
  const custom = tool.custom !== undefined;
  const wire: Wire = { name: wireName(tool.name, custom) };
  const description = custom ? describeFreeText(tool, encoding) : tool.description;
  if (description !== undefined && description !== '') wire.description = description;
  wire.inputSchema = { json: custom ? wrappedSchema : objectSchema(tool.schema) };
  if (tool.strict === true && enforced) wire.strict = true;
  else if (tool.strict === true) encoding.ledger.dropped('tools.strict', 'this model enforces no schema');
  restore(wire, tool.extras, 'tools', encoding);
  return piece({ toolSpec: wire }, tool.cache, encoding, true);
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
  const grammar = grammarOf(tool.custom?.format);
  if (grammar === undefined) {
    encoding.ledger.mapped('tools.custom', 'free text travels in a field of its own');
    return tool.description;
  }
  encoding.ledger.approximated('tools.custom', 'the grammar became part of the description');
  return `${tool.description ?? ''}\n\nThe input must match this grammar:\n${grammar}`.trim();
}

function grammarOf(value: Json | undefined): string | undefined {
  const format = asObject(value);
  if (format?.type !== 'grammar') return undefined;
  return (
    asString(format.definition) ?? asString(asObject(format.grammar)?.definition) ?? JSON.stringify(format)
  );
}

/** History with calls is refused without tools, and a tool that stands for none may not be called. */
const STAND_IN: JsonObject = {
  toolSpec: {
    name: 'no_tool_available',
    description: 'Stands for tools that are not available any more. Never call it.',
    inputSchema: { json: { type: 'object', properties: {} } },
  },
};

/** `used`: the history holds calls or their results. */
export function encodeToolConfig(
  content: CallContent,
  tools: readonly Piece[],
  used: boolean,
  thinking: Thinking,
  encoding: Encoding,
): JsonObject | undefined {
  const { ledger } = encoding;
  if (tools.length === 0) {
    if (isForced(content.toolChoice)) ledger.dropped('tool_choice', 'there are no tools');
    if (!used) return undefined;
    ledger.approximated('tools', 'the history has calls: a tool that must not be called stands for theirs');
    return { tools: [STAND_IN] };
  }
  if (content.parallelToolCalls === false) ledger.dropped('parallel_tool_calls');
  const choice = encodeChoice(content, thinking, encoding);
  return choice === undefined ? { tools: flatten(tools) } : { tools: flatten(tools), toolChoice: choice };
}

function encodeChoice(content: CallContent, thinking: Thinking, encoding: Encoding): JsonObject | undefined {
  const { toolChoice: asked, tools } = content;
  if (asked === undefined) return undefined;
  const { ledger, family } = encoding;
  if (!isForced(asked)) return family.forces === 'none' ? undefined : { auto: {} };
  if (thinking.field?.type === 'enabled') {
    ledger.approximated('tool_choice', 'auto: thinking and a forced tool exclude each other');
    return { auto: {} };
  }
  if (family.forces === 'none') {
    ledger.approximated('tool_choice', 'auto: this model cannot be forced');
    return undefined;
  }
  if (asked.mode !== 'tool') return { any: {} };
  if (family.forces === 'any') {
    ledger.approximated('tool_choice', 'any: this model cannot be forced to a certain tool');
    return { any: {} };
  }
  const custom = tools.find((tool) => tool.name === asked.name)?.custom !== undefined;
  return { tool: { name: wireName(asked.name, custom) } };
}

function isForced(choice: ToolChoice | undefined): choice is ToolChoice {
  if (choice === undefined) return false;
  return (
    choice.mode === 'required' || choice.mode === 'tool' || (choice.mode === 'allowed' && choice.required)
  );
}
