// Tools and the choice among them. Namespaces are laid flat; what the vendor runs itself stays as it is.
import type { ServerTool, Tool, ToolChoice } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { Fields, wrongValue } from '../../canonical/fields.ts';
import { asArray, asObject, type Json, type JsonObject } from '../../canonical/json.ts';
import { cacheFields, decodeCache } from '../../canonical/media-fields.ts';
import { given } from '../../lib/given.ts';
import { flatName } from './namespaces.ts';
import { DIALECT } from './origin.ts';

export interface Toolbox {
  readonly tools: readonly Tool[];
  readonly serverTools: readonly ServerTool[];
}

const noArguments: JsonObject = { type: 'object', properties: {} };
const inFunction = new Set([
  'type',
  'function',
  'name',
  'description',
  'parameters',
  'strict',
  ...cacheFields,
]);
const inCustom = new Set(['type', 'name', 'description', 'format', ...cacheFields]);
const inNamespace = new Set(['type', 'name', 'description', 'tools']);

/** Of the item by which Codex brings its tools, in the midst of what was said. */
export const MORE_TOOLS = 'additional_tools';

/** Those of the call, and those that its items bring: of two with one name the later one counts. */
export function decodeTools(body: Fields): Toolbox {
  let box = toolsOf(body);
  for (const [at, value] of (asArray(body.get('input')) ?? []).entries()) {
    const item = asObject(value);
    if (item?.type === MORE_TOOLS) box = joined(box, toolsOf(new Fields(item, `input[${at}]`)));
  }
  return box;
}

function toolsOf(holder: Fields): Toolbox {
  const tools: Tool[] = [];
  const serverTools: ServerTool[] = [];
  for (const entry of holder.objects('tools') ?? []) {
    const type = entry.string('type') ?? 'function';
    if (type === 'namespace') tools.push(...decodeNamespace(entry));
    else if (type === 'function' || type === 'custom') tools.push(decodeTool(entry));
    else serverTools.push({ origin: DIALECT, value: entry.value });
  }
  refuseTwins(tools);
  return { tools, serverTools };
}

function joined(first: Toolbox, later: Toolbox): Toolbox {
  const named = new Set(later.tools.map(({ name }) => name));
  return {
    tools: [...first.tools.filter(({ name }) => !named.has(name)), ...later.tools],
    serverTools: [...first.serverTools, ...later.serverTools],
  };
}

function decodeTool(entry: Fields): Tool {
  return entry.get('type') === 'custom' ? decodeCustom(entry) : decodeFunction(entry);
}

/** Chat's nested form is taken too: clients mix them up. */
function decodeFunction(entry: Fields): Tool {
  const tool = entry.object('function') ?? entry;
  return given<Tool>({
    name: tool.requireString('name'),
    description: tool.string('description'),
    schema: tool.object('parameters')?.value ?? noArguments,
    strict: tool.boolean('strict'),
    custom: undefined,
    cache: decodeCache(entry),
    extras: entry.rest(inFunction),
    trace: undefined,
    namespace: undefined,
  });
}

function decodeCustom(entry: Fields): Tool {
  const format = entry.object('format');
  return given<Tool>({
    name: entry.requireString('name'),
    description: entry.string('description'),
    schema: {},
    strict: undefined,
    custom: format === undefined ? {} : { format: format.value },
    cache: decodeCache(entry),
    extras: entry.rest(inCustom),
    trace: undefined,
    namespace: undefined,
  });
}

/** What is said of the group is said again with its first tool: it introduces them all. */
function decodeNamespace(group: Fields): Tool[] {
  const namespace = group.requireString('name');
  const about = group.string('description') ?? '';
  const rest = group.rest(inNamespace);
  return (group.objects('tools') ?? []).map((entry, at) => {
    const tool = decodeTool(entry);
    const own = tool.description;
    const shown = at === 0 && about !== '' ? introduced(namespace, about, own) : own;
    return given<Tool>({
      ...bare(tool),
      name: flatName(namespace, tool.name),
      description: shown,
      namespace: { name: namespace, tool: tool.name },
      trace: {
        ...(own === undefined ? {} : { description: own }),
        namespace: { ...rest, description: about },
      },
    });
  });
}

function introduced(namespace: string, about: string, own: string | undefined): string {
  const intro = `Tools named ${namespace}…: ${about}`;
  return own === undefined || own === '' ? intro : `${intro}\n\n${own}`;
}

function bare(
  tool: Tool,
): { [K in keyof Required<Tool>]: Tool[K] | undefined } & Pick<Tool, 'name' | 'schema'> {
  return {
    description: undefined,
    strict: undefined,
    custom: undefined,
    cache: undefined,
    extras: undefined,
    trace: undefined,
    namespace: undefined,
    ...tool,
  };
}

/** Two tools of one flat name could not be told apart in a reply. */
function refuseTwins(tools: readonly Tool[]): void {
  const seen = new Set<string>();
  for (const { name, namespace } of tools) {
    if (seen.has(name) && namespace !== undefined) {
      throw new GatewayError(
        'bad_request',
        `There are two tools called "${name}", one of them in a namespace.`,
        {
          param: 'tools',
          remedy: 'Give one of them another name.',
        },
      );
    }
    seen.add(name);
  }
}

interface Choice {
  readonly choice: ToolChoice | undefined;
  /** As it was written, where no other dialect has words for it. */
  readonly own: Json | undefined;
}

const modes: ReadonlyMap<string, ToolChoice> = new Map<string, ToolChoice>([
  ['auto', { mode: 'auto' }],
  ['none', { mode: 'none' }],
  ['required', { mode: 'required' }],
  ['any', { mode: 'required' }],
]);

export function decodeToolChoice(body: Fields): Choice {
  const value = body.get('tool_choice');
  if (value === undefined) return { choice: undefined, own: undefined };
  if (typeof value === 'string') {
    const mode = modes.get(value);
    if (mode === undefined) throw wrongValue('tool_choice', value, ['auto', 'none', 'required']);
    return { choice: mode, own: undefined };
  }
  const choice = body.object('tool_choice');
  if (choice === undefined) return { choice: undefined, own: undefined };
  if (choice.get('type') === 'allowed_tools') return decodeAllowed(choice);
  const name = chosenName(choice);
  return name === undefined
    ? { choice: undefined, own: choice.value }
    : { choice: { mode: 'tool', name }, own: undefined };
}

function decodeAllowed(wire: Fields): Choice {
  // Chat's nested form is taken too.
  const allowed = wire.object('allowed_tools') ?? wire;
  const entries = allowed.objects('tools') ?? [];
  const names = entries.map(chosenName);
  const named = names.filter((name) => name !== undefined);
  const choice: ToolChoice = {
    mode: 'allowed',
    names: named,
    required: allowed.string('mode') === 'required',
  };
  return { choice, own: named.length < names.length ? wire.value : undefined };
}

/** Undefined when a tool is chosen that the vendor runs itself. */
function chosenName(choice: Fields): string | undefined {
  const type = choice.string('type') ?? 'function';
  if (type !== 'function' && type !== 'custom') return undefined;
  const tool = choice.object('function') ?? choice.object('custom') ?? choice;
  const namespace = tool.string('namespace');
  const name = tool.requireString('name');
  return namespace === undefined ? name : flatName(namespace, name);
}
