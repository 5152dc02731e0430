// Tools of a call. Ollama has no choice among them: what must not be chosen is not offered, which is the nearest
// it can do, and that the model must call one cannot be said.

import type { CallContent, ServerTool, Tool } from '../../canonical/content.ts';
import { wrapName, wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asObject, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { serverToolName } from '../../canonical/server-tool-name.ts';
import { honouredChoice } from '../../canonical/tool-choice.ts';
import { noteExtras, noteLostCache, refused, type Scribe } from './encode-parts.ts';
import { DIALECT } from './origin.ts';

const ignoresChoice: Quirks = { toolChoice: 'none' };

export function encodeTools(content: CallContent, scribe: Scribe): JsonObject {
  refuseLostChoice(content);
  const { tools: offered } = honouredChoice(content, { ledger: scribe.ledger, quirks: ignoresChoice });
  const tools = [
    ...offered.map((tool) => encodeTool(tool, scribe)),
    ...ownTools(content.serverTools, scribe),
  ];
  return tools.length === 0 ? {} : { tools };
}

/** A tool that only its vendor runs was to be used: without it the answer would be another one. */
function refuseLostChoice({ toolChoice: choice, tools, serverTools }: CallContent): void {
  if (choice?.mode !== 'tool' || tools.some((tool) => tool.name === choice.name)) return;
  const lost = serverTools.some((tool) => tool.origin !== DIALECT && tool.value.name === choice.name);
  if (lost) {
    throw refused('tool_choice', `the tool "${choice.name}"`, 'Choose one of your own tools, or none.');
  }
}

function encodeTool(tool: Tool, scribe: Scribe): JsonObject {
  noteLostCache(tool.cache, scribe);
  const extras = noteExtras(tool.extras, `tools.${tool.name}`, scribe);
  if (tool.custom !== undefined) noteWrapping(tool, scribe);
  else if (tool.strict === true) {
    scribe.ledger.dropped(`tools.${tool.name}.strict`, 'the engine does not enforce the schema of a tool');
  }
  const description = tool.description === undefined ? {} : { description: tool.description };
  const called: JsonObject =
    tool.custom === undefined
      ? { name: tool.name, ...description, parameters: tool.schema }
      : { name: wrapName(tool.name), ...description, parameters: wrappedSchema };
  return restored({ type: 'function', function: called }, extras);
}

function noteWrapping(tool: Tool, { ledger }: Scribe): void {
  const grammar = asObject(tool.custom?.format)?.type ?? 'text';
  if (grammar === 'text') ledger.mapped(`tools.${tool.name}`, 'goes as a function');
  else ledger.approximated(`tools.${tool.name}`, 'goes as a function, its grammar unchecked');
}

/** Extras beside the fields they stood beside; those of an object inside, within it. */
export function restored(wire: JsonObject, extras: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...wire };
  for (const [name, value] of Object.entries(extras)) {
    const held = wire[name];
    merged[name] = isObject(held) && isObject(value) ? { ...value, ...held } : value;
  }
  return merged;
}

function ownTools(tools: readonly ServerTool[], { ledger }: Scribe): JsonObject[] {
  const own: JsonObject[] = [];
  for (const tool of tools) {
    if (tool.origin === DIALECT) own.push(tool.value);
    else {
      ledger.dropped(`tools.${serverToolName(tool)}`, `only ${tool.origin} can run it`);
    }
  }
  return own;
}
