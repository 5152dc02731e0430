// Tools and the choice among them. What is not a function is one of the vendor's own tools.
import type { ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { wrongValue } from '../../canonical/fields.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { isObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeSchema } from './decode-schema.ts';
import { type Fields, wrongType } from './fields.ts';
import { DIALECT } from './origin.ts';

export interface Toolbox {
  readonly tools: readonly Tool[];
  readonly serverTools: readonly ServerTool[];
}

const IN_ENTRY = new Set(['functionDeclarations']);
const IN_TOOL = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);
const noArguments: JsonObject = { type: 'object', properties: {} };

export function decodeTools(body: Fields): Toolbox {
  const tools: Tool[] = [];
  const serverTools: ServerTool[] = [];
  for (const entry of body.objects('tools') ?? []) {
    for (const tool of entry.objects('functionDeclarations') ?? []) tools.push(decodeTool(tool));
    for (const [name, value] of Object.entries(entry.rest(IN_ENTRY) ?? {})) {
      serverTools.push({ origin: DIALECT, value: { [name]: value } });
    }
  }
  return { tools, serverTools };
}

function decodeTool(tool: Fields): Tool {
  return given<Tool>({
    name: tool.requireString('name'),
    description: tool.string('description'),
    schema: schemaOf(tool),
    strict: undefined,
    custom: undefined,
    cache: undefined,
    extras: tool.rest(IN_TOOL),
  });
}

function schemaOf(tool: Fields): JsonObject {
  const plain = tool.get('parametersJsonSchema');
  if (plain !== undefined) return plainSchema(plain, tool.at('parametersJsonSchema'));
  const own = tool.object('parameters');
  return own === undefined ? noArguments : decodeSchema(own.value);
}

/** Google's own clients write their dialect's words where JSON Schema's belong: the capitals of a type tell. */
export function plainSchema(value: Json, path: string): JsonObject {
  if (!isObject(value)) throw wrongType(path, 'an object', value);
  const { type } = value;
  return typeof type === 'string' && type !== type.toLowerCase() ? decodeSchema(value) : value;
}

export interface Chosen {
  readonly toolChoice: ToolChoice | undefined;
  /** What `toolConfig` says besides. */
  readonly rest: JsonObject | undefined;
}

const IN_CONFIG = new Set(['functionCallingConfig']);
const IN_CALLING = new Set(['mode', 'allowedFunctionNames']);
const MODES = ['AUTO', 'NONE', 'ANY', 'VALIDATED'];

export function decodeToolChoice(body: Fields): Chosen {
  const config = body.object('toolConfig');
  const calling = config?.object('functionCallingConfig');
  if (config === undefined || calling === undefined) {
    return { toolChoice: undefined, rest: config?.rest(IN_CONFIG) };
  }
  const mode = (calling.string('mode') ?? 'AUTO').toUpperCase();
  const names = calling.strings('allowedFunctionNames') ?? [];
  const inner = { ...calling.rest(IN_CALLING), ...(mode === 'VALIDATED' ? { mode } : {}) };
  const outer = config.rest(IN_CONFIG);
  const rest = Object.keys(inner).length === 0 ? outer : { ...outer, functionCallingConfig: inner };
  return { toolChoice: choiceOf(mode, names, calling), rest };
}

function choiceOf(mode: string, names: readonly string[], calling: Fields): ToolChoice {
  const [only] = names;
  switch (mode) {
    case 'MODE_UNSPECIFIED':
    case 'AUTO':
      return { mode: 'auto' };
    case 'NONE':
      return { mode: 'none' };
    case 'VALIDATED':
      return only === undefined ? { mode: 'auto' } : { mode: 'allowed', names, required: false };
    case 'ANY':
      if (only === undefined) return { mode: 'required' };
      return names.length === 1 ? { mode: 'tool', name: only } : { mode: 'allowed', names, required: true };
    default:
      throw wrongValue(calling.at('mode'), mode, MODES);
  }
}
