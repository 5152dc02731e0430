// Tools and the choice among them. Schemas go as plain JSON Schema, which the dialect takes beside its own, so
// that no keyword has to be left out.
import type { CallContent, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrappedSchema } from '../../canonical/free-text-tools.ts';
import { wireName } from '../../canonical/gemini-names.ts';
import {
  describeFreeText,
  isForced,
  offeredTools,
  refuseLostChoice,
  wireNameOf,
} from '../../canonical/gemini-tools.ts';
import { asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { type Encoding, noteLostCache, restore, type Wire } from './encoding.ts';
import { DIALECT } from './origin.ts';

export interface Toolbox {
  readonly tools: readonly JsonObject[];
  readonly calling: JsonObject | undefined;
}

export function encodeToolbox(content: CallContent, encoding: Encoding): Toolbox {
  refuseLostChoice(content, DIALECT);
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

function encodeTool(tool: Tool, encoding: Encoding): Wire {
  noteLostCache(tool.cache, encoding);
  const wire: Wire = { name: wireName(tool.name, tool.custom !== undefined) };
  const description = tool.custom === undefined ? tool.description : describeFreeText(tool, encoding.ledger);
  if (description !== undefined && description !== '') wire.description = description;
  wire.parametersJsonSchema = tool.custom === undefined ? tool.schema : wrappedSchema;
  if (tool.strict === true) encoding.ledger.approximated('tools.strict', 'the schema is a strong hint here');
  return restore(wire, tool.extras, `tools.${tool.name}`, encoding);
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
