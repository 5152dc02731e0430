// A call to /api/chat or /api/generate to its meaning. What has a canonical place goes there; every other
// field stays, verbatim, in `extras` (those inside `options` by their path), so that nothing is lost unnamed.
import type { Block } from '../../canonical/blocks.ts';
import type { CallContent, Effort, OutputFormat, ServerTool, Tool } from '../../canonical/content.ts';
import { Fields, wrongType, wrongValue } from '../../canonical/fields.ts';
import { isArray, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import { decodeImages, decodeMessages, type Turns } from './decode-messages.ts';
import { DIALECT } from './origin.ts';

/** Fields whose meaning `CallContent` carries, in both kinds of call. */
const common = ['model', 'stream', 'options', 'format', 'think', 'logprobs', 'top_logprobs'];
const inChat: ReadonlySet<string> = new Set([...common, 'messages', 'tools']);
const inGenerate: ReadonlySet<string> = new Set([...common, 'prompt', 'system', 'images']);
/** All that the engine reads at the top of a body. */
export const knownFields: ReadonlySet<string> = new Set([
  ...inChat,
  ...inGenerate,
  'input',
  'dimensions',
  'keep_alive',
  'truncate',
  'shift',
  'template',
  'raw',
  '_debug_render_only',
]);
const inOptions: ReadonlySet<string> = new Set([
  'num_predict',
  'temperature',
  'top_p',
  'top_k',
  'seed',
  'stop',
  'presence_penalty',
  'frequency_penalty',
]);

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

export function decodeCall(value: JsonObject, operation: Operation): CallContent {
  const body = new Fields(value);
  const options = body.object('options') ?? new Fields({}, 'options');
  const { extras, ...turns } = operation === 'complete' ? decodePrompt(body) : decodeMessages(body);
  const { tools, serverTools } = operation === 'complete' ? noTools : decodeTools(body);
  return given<CallContent>({
    origin: DIALECT,
    model: body.requireString('model'),
    // Streamed unless it says no.
    stream: body.boolean('stream') ?? true,
    ...turns,
    tools,
    serverTools,
    toolChoice: undefined,
    parallelToolCalls: undefined,
    maxTokens: bound(options),
    temperature: options.number('temperature'),
    topP: options.number('top_p'),
    topK: atLeast(options.number('top_k'), 1),
    stop: decodeStop(options),
    seed: atLeast(options.number('seed'), 0),
    presencePenalty: options.number('presence_penalty'),
    frequencyPenalty: options.number('frequency_penalty'),
    logitBias: undefined,
    n: undefined,
    logprobs: decodeLogprobs(body),
    format: decodeFormat(body),
    reasoning: decodeThink(body),
    user: undefined,
    cacheKey: undefined,
    serviceTier: undefined,
    metadata: undefined,
    verbosity: undefined,
    continues: undefined,
    bound: boundExtras(body),
    trace: undefined,
    includeUsage: true,
    extras: { ...decodeExtras(body, operation), ...optionExtras(options), ...extras },
  });
}

/** /api/generate: a prompt that goes through the model's template, so at heart a chat of one turn. */
function decodePrompt(body: Fields): Turns {
  const blocks: Block[] = decodeImages(body);
  const prompt = body.string('prompt') ?? '';
  if (prompt !== '') blocks.push({ type: 'text', text: prompt });
  const system = body.string('system') ?? '';
  return {
    system: system === '' ? [] : [{ type: 'text', text: system }],
    messages: blocks.length === 0 ? [] : [{ role: 'user', blocks }],
    extras: {},
  };
}

/** Tokens of a conversation, and the text behind a gap: without them a prompt is another one. */
function boundExtras(body: Fields): readonly string[] | undefined {
  const names = ['context', 'suffix'].filter((name) => (body.get(name) ?? '') !== '');
  return names.length === 0 ? undefined : names;
}

/** Engines' -1 and -2 say that there is no bound, and so does 0. */
function bound(options: Fields): number | undefined {
  return atLeast(options.number('num_predict'), 1);
}

function atLeast(value: number | undefined, least: number): number | undefined {
  return value === undefined || value < least ? undefined : Math.trunc(value);
}

function decodeStop(options: Fields): readonly string[] | undefined {
  const stop = options.get('stop');
  if (stop === undefined) return undefined;
  if (typeof stop === 'string') return [stop];
  if (!isArray(stop)) throw wrongType(options.at('stop'), 'a list of strings', stop);
  return stop.map((text, index) => {
    if (typeof text === 'string') return text;
    throw wrongType(`${options.at('stop')}[${index}]`, 'a string', text);
  });
}

function decodeLogprobs(body: Fields): CallContent['logprobs'] {
  const top = body.count('top_logprobs', 0);
  if (body.boolean('logprobs') !== true) return undefined;
  return top === undefined || top === 0 ? {} : { top };
}

function decodeFormat(body: Fields): OutputFormat | undefined {
  const format = body.get('format');
  if (format === undefined || format === '') return undefined;
  if (format === 'json') return { type: 'json' };
  if (isObject(format)) return { type: 'schema', name: 'response', schema: format };
  if (typeof format === 'string') throw wrongValue('format', format, ['json']);
  throw wrongType('format', '"json" or a JSON Schema', format);
}

function decodeThink(body: Fields): CallContent['reasoning'] {
  const think = body.get('think');
  if (think === undefined) return undefined;
  if (typeof think === 'boolean') return { mode: think ? 'enabled' : 'disabled' };
  if (typeof think !== 'string') throw wrongType('think', 'true, false or a level', think);
  const effort = efforts.find((known) => known === think);
  if (effort === undefined) throw wrongValue('think', think, ['low', 'medium', 'high']);
  return { effort };
}

interface Toolbox {
  readonly tools: readonly Tool[];
  readonly serverTools: readonly ServerTool[];
}

const noTools: Toolbox = { tools: [], serverTools: [] };
const noArguments: JsonObject = { type: 'object', properties: {} };
const inTool = new Set(['type', 'function']);
const inFunction = new Set(['name', 'description', 'parameters']);

function decodeTools(body: Fields): Toolbox {
  const tools: Tool[] = [];
  const serverTools: ServerTool[] = [];
  for (const entry of body.objects('tools') ?? []) {
    const type = entry.string('type') ?? 'function';
    if (type === 'function' || entry.has('function')) tools.push(decodeTool(entry));
    else serverTools.push({ origin: DIALECT, value: entry.value });
  }
  return { tools, serverTools };
}

function decodeTool(entry: Fields): Tool {
  const tool = entry.requireObject('function');
  return given<Tool>({
    name: tool.requireString('name'),
    description: tool.string('description'),
    schema: tool.object('parameters')?.value ?? noArguments,
    strict: undefined,
    custom: undefined,
    cache: undefined,
    extras: entry.restWithin(inTool, 'function', inFunction),
  });
}

function decodeExtras(body: Fields, operation: Operation): JsonObject {
  const extras: Record<string, Json | undefined> = {
    ...body.rest(operation === 'complete' ? inGenerate : inChat),
  };
  // What goes without saying: nobody but this engine cuts history or prompt in silence.
  for (const name of ['truncate', 'shift', 'raw', '_debug_render_only']) {
    if (extras[name] === false) delete extras[name];
  }
  for (const name of ['template', 'suffix']) if (extras[name] === '') delete extras[name];
  return extras;
}

/** Samplers and runner settings that only this family of engines has. */
function optionExtras(options: Fields): JsonObject {
  const extras: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(options.rest(inOptions) ?? {})) {
    extras[options.at(name)] = value;
  }
  return extras;
}
