// Tools and the choice among them. Schemas go as plain JSON Schema, which the dialect takes beside its own, so
// that no keyword has to be left out.
import type { CallContent, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { lostChoice } from '../../canonical/server-tools.ts';
import { type Encoding, noteLostCache, refused, restore, type Wire } from './encoding.ts';
import { wireName } from './names.ts';
import { DIALECT } from './origin.ts';

export interface Toolbox {
  readonly tools: readonly JsonObject[];
  readonly calling: JsonObject | undefined;
}

export function encodeToolbox(content: CallContent, encoding: Encoding): Toolbox {
  const lost = lostChoice(content, DIALECT);
  if (lost !== undefined) {
    throw refused('tool_choice', `tool "${lost}"`, 'Choose one of your own tools, or none.');
  }
  const { ledger } = encoding;
  const offered = offeredTools(content, encoding);
  const declarations = offered.map((tool) => encodeTool(tool, encoding));
  const own = ownTools(content.serverTools, encoding);
  const tools = [...(declarations.length === 0 ? [] : [{ functionDeclarations: declarations }]), ...own];
  const choice = content.toolChoice;
  if (content.parallelToolCalls === false && declarations.length > 0) {
    ledger.dropped('parallel_tool_calls', 'the upstream decides how many calls it makes');
  }
  if (choice === undefined) return { tools, calling: undefined };
  if (declarations.length === 0) {
    if (isForced(choice)) ledger.dropped('tool_choice', 'there are no tools to choose from');
    return { tools, calling: undefined };
  }
  return { tools, calling: encodeChoice(choice, content, encoding) };
}

/** Names can be allowed only where some tool must be used: elsewhere the others are not offered. */
function offeredTools(content: CallContent, { ledger, native }: Encoding): readonly Tool[] {
  const { tools, toolChoice: choice } = content;
  if (choice?.mode !== 'allowed' || choice.required || native) return tools;
  ledger.mapped('tool_choice', 'tools that are not allowed were left out');
  return tools.filter((tool) => choice.names.includes(tool.name));
}

function encodeTool(tool: Tool, encoding: Encoding): Wire {
  noteLostCache(tool.cache, encoding);
  const wire: Wire = { name: wireName(tool.name, tool.custom !== undefined) };
  const description = tool.custom === undefined ? tool.description : describeFreeText(tool, encoding);
  if (description !== undefined && description !== '') wire.description = description;
  wire.parametersJsonSchema = tool.custom === undefined ? tool.schema : wrappedSchema;
  if (tool.strict === true) encoding.ledger.approximated('tools.strict', 'the schema is a strong hint here');
  return restore(wire, tool.extras, `tools.${tool.name}`, encoding);
}

/** The grammar of a free-text tool cannot be enforced here; the model can still be told of it. */
function describeFreeText(tool: Tool, { ledger }: Encoding): string | undefined {
  const format = asObject(tool.custom?.format);
  if (format === undefined || format.type !== 'grammar') {
    ledger.mapped('tools.custom', 'free text travels in a field of its own');
    return tool.description;
  }
  ledger.approximated('tools.custom', 'the grammar became part of the description');
  const grammar =
    asString(format.definition) ?? asString(asObject(format.grammar)?.definition) ?? JSON.stringify(format);
  return `${tool.description ?? ''}\n\nThe input must match this grammar:\n${grammar}`.trim();
}

function ownTools(tools: readonly ServerTool[], { ledger }: Encoding): JsonObject[] {
  const own: JsonObject[] = [];
  for (const { origin, value } of tools) {
    if (origin === DIALECT) own.push(value);
    else {
      const name = asString(value.type) ?? asString(value.name) ?? origin;
      ledger.dropped(`tools.${name}`, `only ${origin} can run it`);
    }
  }
  return own;
}

function encodeChoice(choice: ToolChoice, content: CallContent, { native }: Encoding): JsonObject {
  const named = (names: readonly string[]): Json => names.map((name) => wireNameOf(name, content.tools));
  switch (choice.mode) {
    case 'auto':
      return { mode: 'AUTO' };
    case 'none':
      return { mode: 'NONE' };
    case 'required':
      return { mode: 'ANY' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: named([choice.name]) };
    case 'allowed':
      if (choice.required) return { mode: 'ANY', allowedFunctionNames: named(choice.names) };
      return native ? { mode: 'VALIDATED', allowedFunctionNames: named(choice.names) } : { mode: 'AUTO' };
  }
}

function wireNameOf(name: string, tools: readonly Tool[]): string {
  return wireName(name, tools.find((tool) => tool.name === name)?.custom !== undefined);
}

function isForced(choice: ToolChoice): boolean {
  return (
    choice.mode === 'required' || choice.mode === 'tool' || (choice.mode === 'allowed' && choice.required)
  );
}
