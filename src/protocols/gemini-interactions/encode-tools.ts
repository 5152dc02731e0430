// Tools and the choice among them. Tools that the vendor runs itself go along when they were asked for in its other
// dialect and have no settings: those are said in other words here.
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
import { asObject, type Json } from '../../canonical/json.ts';
import { serverToolName } from '../../canonical/server-tool-name.ts';
import { type Encoding, noteExtras, noteLostCache, type Wire } from './encoding.ts';
import { DIALECT } from './origin.ts';
import { plainSchema } from './tool-schema.ts';

interface Toolbox {
  readonly tools: readonly Wire[];
  readonly choice: Json | undefined;
}

export function encodeTools(content: CallContent, encoding: Encoding): Toolbox {
  refuseLostChoice(content, DIALECT);
  const { ledger } = encoding;
  const functions = offeredTools(content, { ledger, native: false }).map((tool) =>
    encodeTool(tool, encoding),
  );
  const tools = [...functions, ...content.serverTools.flatMap((tool) => serverTool(tool, encoding))];
  const choice = content.toolChoice;
  if (content.parallelToolCalls === false && functions.length > 0) {
    ledger.dropped('parallel_tool_calls', 'the upstream decides how many calls it makes');
  }
  if (choice === undefined) return { tools, choice: undefined };
  if (functions.length === 0) {
    if (isForced(choice)) ledger.dropped('tool_choice', 'there are no tools to choose from');
    return { tools, choice: undefined };
  }
  return { tools, choice: encodeChoice(choice, content) };
}

function encodeTool(tool: Tool, encoding: Encoding): Wire {
  noteLostCache(tool.cache, encoding);
  noteExtras(tool.extras, `tools.${tool.name}`, encoding);
  const free = tool.custom !== undefined;
  const wire: Wire = { type: 'function', name: wireName(tool.name, free) };
  const description = free ? describeFreeText(tool, encoding.ledger) : tool.description;
  if (description !== undefined && description !== '') wire.description = description;
  wire.parameters = free ? wrappedSchema : plainSchema(tool.schema);
  if (tool.strict === true) encoding.ledger.approximated('tools.strict', 'the schema is a strong hint here');
  return wire;
}

const own: ReadonlyMap<string, string> = new Map([
  ['googleSearch', 'google_search'],
  ['codeExecution', 'code_execution'],
  ['urlContext', 'url_context'],
  ['googleMaps', 'google_maps'],
]);

function serverTool(tool: ServerTool, { ledger }: Encoding): readonly Wire[] {
  const [name = '', ...more] = Object.keys(tool.value);
  const type = tool.origin.startsWith('gemini-') && more.length === 0 ? own.get(name) : undefined;
  if (type === undefined) {
    ledger.dropped(`tools.${serverToolName(tool)}`, `only ${tool.origin} can run it`);
    return [];
  }
  for (const setting of Object.keys(asObject(tool.value[name]) ?? {}))
    ledger.dropped(`tools.${name}.${setting}`);
  return [{ type }];
}

function encodeChoice(choice: ToolChoice, { tools }: CallContent): Json {
  const among = (names: readonly string[]): Json => ({
    allowed_tools: { mode: 'any', tools: names.map((name) => wireNameOf(name, tools)) },
  });
  switch (choice.mode) {
    case 'required':
      return 'any';
    case 'tool':
      return among([choice.name]);
    case 'allowed':
      return choice.required ? among(choice.names) : 'auto';
    default:
      return choice.mode;
  }
}
