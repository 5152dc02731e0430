// Tools of a call and the choice among them. There are two words for it: a tool must be called, or none. A certain
// tool is forced by offering no other.
import type { CallContent, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrappedSchema } from '../../canonical/free-text-tools.ts';
import { asArray, asObject, type JsonObject } from '../../canonical/json.ts';
import { serverToolName } from '../../canonical/server-tool-name.ts';
import { noteExtras, noteLostCache, refused, type Scribe } from './scribe.ts';
import { encodeName } from './tool-names.ts';

export function encodeTools(content: CallContent, scribe: Scribe): JsonObject {
  const { ledger } = scribe;
  refuseLostChoice(content);
  for (const tool of content.serverTools) {
    ledger.dropped(`tools.${serverToolName(tool)}`, `only ${tool.origin} can run it`);
  }
  const offered = offeredTools(content, scribe);
  if (offered.length === 0) {
    if (wordOf(content.toolChoice) === 'REQUIRED') ledger.dropped('tool_choice', 'there are no tools');
    return {};
  }
  if (content.parallelToolCalls === false) ledger.dropped('parallel_tool_calls');
  const choice = wordOf(content.toolChoice);
  return {
    tools: offered.map((tool) => encodeTool(tool, scribe)),
    ...(isStrict(offered, scribe) ? { strict_tools: true } : {}),
    ...(choice === undefined ? {} : { tool_choice: choice }),
  };
}

/** A tool that only its vendor runs was to be used: without it the answer would be another one. */
function refuseLostChoice({ toolChoice: choice, tools, serverTools }: CallContent): void {
  if (choice?.mode !== 'tool' || tools.some((tool) => tool.name === choice.name)) return;
  if (serverTools.some((tool) => tool.value.name === choice.name)) {
    throw refused('tool_choice', `the tool "${choice.name}"`, 'Choose one of your own tools, or none.');
  }
}

function offeredTools({ tools, toolChoice: choice }: CallContent, { ledger }: Scribe): readonly Tool[] {
  if (choice?.mode === 'tool') {
    const chosen = tools.filter((tool) => tool.name === choice.name);
    if (tools.length > 1) ledger.mapped('tool_choice', 'only that tool is offered, and one must be called');
    return chosen;
  }
  if (choice?.mode !== 'allowed') return tools;
  ledger.mapped('tool_choice', 'only those tools are offered');
  return tools.filter((tool) => choice.names.includes(tool.name));
}

function wordOf(choice: ToolChoice | undefined): 'REQUIRED' | 'NONE' | undefined {
  switch (choice?.mode) {
    case 'none':
      return 'NONE';
    case 'required':
    case 'tool':
      return 'REQUIRED';
    case 'allowed':
      return choice.required ? 'REQUIRED' : undefined;
    default:
      return undefined;
  }
}

/** One word for all tools, and it is refused where a tool requires nothing. */
function isStrict(tools: readonly Tool[], { ledger }: Scribe): boolean {
  const strict = tools.filter((tool) => tool.strict === true);
  if (strict.length === 0) return false;
  const can = tools.every((tool) => tool.custom === undefined && requiresSomething(tool.schema));
  if (can && strict.length === tools.length) return true;
  const why = can ? 'either all tools are strict or none' : 'a tool that requires nothing cannot be strict';
  for (const { name } of strict) ledger.dropped(`tools.${name}.strict`, why);
  return false;
}

function requiresSomething(schema: JsonObject): boolean {
  return (asArray(schema.required)?.length ?? 0) > 0;
}

function encodeTool(tool: Tool, scribe: Scribe): JsonObject {
  noteLostCache(tool.cache, scribe);
  noteExtras(tool.extras, `tools.${tool.name}`, scribe);
  const custom = tool.custom !== undefined;
  if (custom) noteWrapping(tool, scribe);
  const description = tool.description === undefined ? {} : { description: tool.description };
  const parameters = custom ? wrappedSchema : objectSchema(tool.schema);
  return { type: 'function', function: { name: encodeName(tool.name, custom), ...description, parameters } };
}

function noteWrapping(tool: Tool, { ledger }: Scribe): void {
  const grammar = asObject(tool.custom?.format)?.type ?? 'text';
  if (grammar === 'text') ledger.mapped(`tools.${tool.name}`, 'goes as a function');
  else ledger.approximated(`tools.${tool.name}`, 'goes as a function, its grammar unchecked');
}

/** A schema must say that it is of an object. */
function objectSchema(schema: JsonObject): JsonObject {
  if (schema.type === 'object' && schema.properties !== undefined) return schema;
  return { ...schema, type: 'object', properties: schema.properties ?? {} };
}
