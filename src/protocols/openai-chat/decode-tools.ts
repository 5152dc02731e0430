// Tools, the choice among them and the wished shape of the answer, in Chat's words of today and before.
import type { OutputFormat, ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { type Fields, wrongValue } from '../../canonical/fields.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { cacheFields, decodeCache } from '../../canonical/media-fields.ts';
import { given } from '../../lib/given.ts';
import { origin } from './reply-parts.ts';

export interface Toolbox {
  readonly tools: readonly Tool[];
  readonly serverTools: readonly ServerTool[];
}

const noArguments: JsonObject = { type: 'object', properties: {} };

export function decodeTools(body: Fields): Toolbox {
  const tools: Tool[] = [];
  const serverTools: ServerTool[] = [];
  for (const entry of body.objects('tools') ?? []) {
    const type = entry.string('type') ?? 'function';
    if (type === 'function') tools.push(decodeFunction(entry.requireObject('function'), entry));
    else if (type === 'custom') tools.push(decodeCustom(entry.requireObject('custom'), entry));
    else serverTools.push({ origin, value: entry.value });
  }
  for (const legacy of body.objects('functions') ?? []) tools.push(decodeFunction(legacy, legacy));
  return { tools, serverTools };
}

const inCustom = new Set(['name', 'description', 'format']);
const inEntry = new Set(['type', 'function', 'custom', ...cacheFields]);
/** The older form is its own entry. */
const inLegacy = new Set(['name', 'description', 'parameters', 'strict', ...cacheFields]);

function decodeFunction(tool: Fields, entry: Fields): Tool {
  return given<Tool>({
    name: tool.requireString('name'),
    description: tool.string('description'),
    schema: tool.object('parameters')?.value ?? noArguments,
    strict: tool.boolean('strict'),
    custom: undefined,
    cache: decodeCache(entry),
    extras: tool === entry ? entry.rest(inLegacy) : entry.restWithin(inEntry, 'function', inLegacy),
  });
}

function decodeCustom(tool: Fields, entry: Fields): Tool {
  const format = tool.object('format');
  return given<Tool>({
    name: tool.requireString('name'),
    description: tool.string('description'),
    schema: {},
    strict: undefined,
    custom: format === undefined ? {} : { format: format.value },
    cache: decodeCache(entry),
    extras: entry.restWithin(inEntry, 'custom', inCustom),
  });
}

const modes: ReadonlyMap<string, ToolChoice> = new Map<string, ToolChoice>([
  ['auto', { mode: 'auto' }],
  ['none', { mode: 'none' }],
  ['required', { mode: 'required' }],
  // Mistral's word for it.
  ['any', { mode: 'required' }],
]);

export function decodeToolChoice(body: Fields): ToolChoice | undefined {
  const field = body.has('tool_choice') ? 'tool_choice' : 'function_call';
  const value = body.get(field);
  if (typeof value === 'string') {
    const mode = modes.get(value);
    if (mode === undefined) throw wrongValue(body.at(field), value, ['auto', 'none', 'required']);
    return mode;
  }
  const choice = body.object(field);
  if (choice === undefined) return undefined;
  if (choice.get('type') === 'allowed_tools') return decodeAllowed(choice);
  return { mode: 'tool', name: chosenName(choice) };
}

function decodeAllowed(choice: Fields): ToolChoice {
  // Responses' flat form is taken too: clients mix them up.
  const allowed = choice.object('allowed_tools') ?? choice;
  const names = (allowed.objects('tools') ?? []).map(chosenName);
  return { mode: 'allowed', names, required: allowed.string('mode') === 'required' };
}

function chosenName(choice: Fields): string {
  return (choice.object('function') ?? choice.object('custom') ?? choice).requireString('name');
}

export function decodeFormat(body: Fields): OutputFormat | undefined {
  const format = body.object('response_format');
  if (format === undefined) return undefined;
  const type = format.requireString('type');
  switch (type) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
    case 'json':
      return decodeEngineSchema(format);
    case 'json_schema':
      return decodeSchema(format.object('json_schema') ?? format);
    default:
      throw wrongValue(format.at('type'), type, ['text', 'json_object', 'json_schema']);
  }
}

/** llama-server puts a schema beside `json_object`, TGI a `value` beside `json`. */
function decodeEngineSchema(format: Fields): OutputFormat {
  const schema = format.object('schema') ?? format.object('value');
  return schema === undefined ? { type: 'json' } : { type: 'schema', name: 'response', schema: schema.value };
}

function decodeSchema(wire: Fields): OutputFormat {
  return given<Extract<OutputFormat, { type: 'schema' }>>({
    type: 'schema',
    name: wire.string('name') ?? 'response',
    schema: wire.object('schema')?.value ?? {},
    strict: wire.boolean('strict'),
    description: wire.string('description'),
  });
}
