// Tools and the choice among them. A missing type means a caller's own tool; any other is the vendor's.
import type { CallContent, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import {
  objectAt,
  oneOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  stringAt,
} from '../../canonical/field-checks.ts';
import { type Json, type JsonObject, restOf } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeCacheHint } from './decode-blocks.ts';
import { DIALECT } from './origin.ts';

export function decodeTools(value: Json | undefined): Pick<CallContent, 'tools' | 'serverTools'> {
  const tools: Tool[] = [];
  const serverTools: ServerTool[] = [];
  for (const [i, item] of (optionalArray(value, 'tools') ?? []).entries()) {
    const tool = objectAt(item, `tools[${i}]`);
    const type = optionalString(tool.type, `tools[${i}].type`) ?? 'custom';
    if (type === 'custom') tools.push(decodeTool(tool, `tools[${i}]`));
    else serverTools.push({ origin: DIALECT, value: tool });
  }
  return { tools, serverTools };
}

const TOOL = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control']);

function decodeTool(tool: JsonObject, at: string): Tool {
  return given<Tool>({
    name: stringAt(tool.name, `${at}.name`),
    description: optionalString(tool.description, `${at}.description`),
    schema: objectAt(tool.input_schema, `${at}.input_schema`),
    strict: optionalBoolean(tool.strict, `${at}.strict`),
    cache: decodeCacheHint(tool, at),
    extras: restOf(tool, TOOL),
  });
}

export function decodeToolChoice(
  value: Json | undefined,
): Pick<CallContent, 'toolChoice' | 'parallelToolCalls'> {
  const choice = optionalObject(value, 'tool_choice');
  if (choice === undefined) return {};
  const serial = optionalBoolean(choice.disable_parallel_tool_use, 'tool_choice.disable_parallel_tool_use');
  const toolChoice = decodeMode(choice);
  return serial === undefined ? { toolChoice } : { toolChoice, parallelToolCalls: !serial };
}

function decodeMode(choice: JsonObject): ToolChoice {
  switch (oneOf(choice.type, ['auto', 'any', 'tool', 'none'], 'tool_choice.type')) {
    case 'auto':
      return { mode: 'auto' };
    case 'any':
      return { mode: 'required' };
    case 'none':
      return { mode: 'none' };
    case 'tool':
      return { mode: 'tool', name: stringAt(choice.name, 'tool_choice.name') };
  }
}
