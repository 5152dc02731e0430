// Tools and the choice among them. Tools the service runs itself stay as they are.
import type { CallContent, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import {
  arrayAt,
  objectAt,
  optionalBoolean,
  optionalObject,
  optionalString,
  stringAt,
} from '../../canonical/field-checks.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { restOf } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeCachePoint } from './decode-blocks.ts';
import { DIALECT } from './origin.ts';
import { memberOf } from './union-member.ts';

export function decodeTools(value: Json | undefined): Pick<CallContent, 'tools' | 'serverTools'> {
  const tools: Tool[] = [];
  const serverTools: ServerTool[] = [];
  const at = 'toolConfig.tools';
  for (const [i, item] of (value === undefined || value === null ? [] : arrayAt(value, at)).entries()) {
    const wire = objectAt(item, `${at}[${i}]`);
    const member = memberOf(wire, `${at}[${i}]`);
    const place = `${at}[${i}].${member.name}`;
    const last = tools[tools.length - 1];
    if (member.name === 'toolSpec') tools.push(decodeTool(objectAt(member.value, place), place));
    else if (member.name === 'cachePoint' && last !== undefined) {
      tools[tools.length - 1] = { ...last, cache: decodeCachePoint(member.value, place) };
    } else serverTools.push({ origin: DIALECT, value: wire });
  }
  return { tools, serverTools };
}

const TOOL = new Set(['name', 'description', 'inputSchema', 'strict']);

function decodeTool(tool: JsonObject, at: string): Tool {
  const schema = optionalObject(tool.inputSchema, `${at}.inputSchema`);
  return given<Tool>({
    name: stringAt(tool.name, `${at}.name`),
    description: optionalString(tool.description, `${at}.description`),
    schema: objectAt(schema?.json, `${at}.inputSchema.json`),
    strict: optionalBoolean(tool.strict, `${at}.strict`),
    custom: undefined,
    cache: undefined,
    extras: restOf(tool, TOOL),
  });
}

export function decodeToolChoice(value: Json | undefined): ToolChoice | undefined {
  const choice = optionalObject(value, 'toolConfig.toolChoice');
  if (choice === undefined) return undefined;
  const at = 'toolConfig.toolChoice';
  if (choice.tool !== undefined && choice.tool !== null) {
    return { mode: 'tool', name: stringAt(objectAt(choice.tool, `${at}.tool`).name, `${at}.tool.name`) };
  }
  return { mode: memberOf(choice, at).name === 'any' ? 'required' : 'auto' };
}
