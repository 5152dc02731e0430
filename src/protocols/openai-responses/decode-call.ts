// A Responses call to its meaning. What has a canonical place goes there; what means nothing to others stays
// in traces; every other field stays, verbatim, in `extras`, so that nothing is lost without a name.
import type { Trace } from '../../canonical/blocks.ts';
import type { CallContent, Effort, OutputFormat } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { Fields, wrongType, wrongValue } from '../../canonical/fields.ts';
import { asObject, isArray, type Json, type JsonObject, restOf } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import { decodeInput, type Turns } from './decode-input.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { DIALECT } from './origin.ts';

/** Fields whose meaning `CallContent` carries. */
export const understood: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'store',
  'background',
  'include',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_k',
  'presence_penalty',
  'frequency_penalty',
  'top_logprobs',
  'text',
  'reasoning',
  'truncation',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'metadata',
  'previous_response_id',
  'conversation',
]);

/** Whoever sends these gets what they ask for anyway, or asks for what only its own dialect has. */
const LOGPROBS = 'message.output_text.logprobs';
const quietIncludes: ReadonlySet<string> = new Set([LOGPROBS, 'reasoning.encrypted_content']);
const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const inReasoning = new Set(['effort', 'summary']);
const inText = new Set(['format', 'verbosity']);

export function decodeCall(value: JsonObject, operation: Operation): CallContent {
  const body = new Fields(value);
  if (body.boolean('background') === true) throw backgroundRefused();
  const continues = decodeContinuation(body);
  const { tools, serverTools } = decodeTools(body);
  const { choice, own } = decodeToolChoice(body);
  const extras = decodeExtras(body, own);
  return given<CallContent>({
    origin: DIALECT,
    model: operation === 'count' ? (body.string('model') ?? '') : body.requireString('model'),
    stream: body.boolean('stream') ?? false,
    ...turnsOf(body, continues !== undefined || body.has('prompt')),
    tools,
    serverTools,
    toolChoice: choice,
    parallelToolCalls: body.boolean('parallel_tool_calls'),
    ...decodeSampling(body),
    format: decodeFormat(body),
    verbosity: body.object('text')?.string('verbosity'),
    reasoning: decodeReasoning(body),
    user: body.string('safety_identifier') ?? body.string('user'),
    cacheKey: body.string('prompt_cache_key'),
    serviceTier: body.string('service_tier'),
    metadata: body.object('metadata')?.value,
    includeUsage: true,
    continues,
    bound: body.has('prompt') ? ['prompt'] : undefined,
    trace: decodeTrace(body),
    extras,
  });
}

export function backgroundRefused(): GatewayError {
  return new GatewayError('unsupported', 'Calls in the background are not taken here.', {
    param: 'background',
    remedy: 'Leave `background` out and stream the reply, or wait for it.',
  });
}

function turnsOf(body: Fields, elsewhere: boolean): Turns {
  const instructions = body.get('instructions');
  const turns = decodeInput(body);
  if (turns.messages.length === 0 && turns.system.length === 0 && instructions === undefined && !elsewhere) {
    throw new GatewayError('bad_request', `\`input\` is ${body.has('input') ? 'empty' : 'missing'}.`, {
      param: 'input',
      remedy: 'Send a text, or at least one item.',
    });
  }
  if (instructions === undefined) return turns;
  if (typeof instructions !== 'string') throw wrongType('instructions', 'a string', instructions);
  if (instructions === '') return turns;
  const first = { type: 'text', text: instructions, trace: { instructions: true } } as const;
  return { ...turns, system: [first, ...turns.system] };
}

function decodeContinuation(body: Fields): CallContent['continues'] {
  const previous = body.string('previous_response_id');
  const wire = body.get('conversation');
  const conversation = typeof wire === 'string' ? wire : body.object('conversation')?.requireString('id');
  if (previous === undefined && conversation === undefined) return undefined;
  return given<NonNullable<CallContent['continues']>>({ previous, conversation });
}

type Sampling = Pick<
  CallContent,
  'maxTokens' | 'temperature' | 'topP' | 'topK' | 'presencePenalty' | 'frequencyPenalty' | 'logprobs'
>;

function decodeSampling(body: Fields): { [K in keyof Sampling]-?: Sampling[K] | undefined } {
  return {
    maxTokens: body.count('max_output_tokens', 1),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    topK: body.get('top_k') === -1 ? undefined : body.count('top_k', 1),
    presencePenalty: body.number('presence_penalty'),
    frequencyPenalty: body.number('frequency_penalty'),
    logprobs: decodeLogprobs(body),
  };
}

/** They are told when they are included, and how many when their number is stated. */
function decodeLogprobs(body: Fields): CallContent['logprobs'] {
  const top = body.count('top_logprobs', 0);
  const included = isArray(body.get('include')) && includesOf(body).includes(LOGPROBS);
  if (!included && (top === undefined || top === 0)) return undefined;
  return top === undefined ? {} : { top };
}

function includesOf(body: Fields): readonly Json[] {
  const include = body.get('include');
  if (include === undefined) return [];
  if (!isArray(include)) throw wrongType('include', 'a list of strings', include);
  return include;
}

function decodeReasoning(body: Fields): CallContent['reasoning'] {
  const wire = body.object('reasoning');
  const word = wire?.string('effort');
  const effort = efforts.find((known) => known === word);
  const display = wire?.string('summary');
  if (effort === undefined && display === undefined) return undefined;
  return given<NonNullable<CallContent['reasoning']>>({
    effort,
    display,
    mode: undefined,
    budgetTokens: undefined,
  });
}

function decodeFormat(body: Fields): OutputFormat | undefined {
  const format = body.object('text')?.object('format');
  if (format === undefined) return undefined;
  const type = format.requireString('type');
  switch (type) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      // Chat's nested form is taken too: clients mix them up.
      const schema = format.object('json_schema') ?? format;
      return given<Extract<OutputFormat, { type: 'schema' }>>({
        type: 'schema',
        name: schema.string('name') ?? 'response',
        schema: schema.object('schema')?.value ?? {},
        strict: schema.boolean('strict'),
        description: schema.string('description'),
      });
    }
    default:
      throw wrongValue(format.at('type'), type, ['text', 'json_object', 'json_schema']);
  }
}

function decodeExtras(body: Fields, choice: Json | undefined): JsonObject {
  const extras: Record<string, Json | undefined> = { ...body.rest(understood) };
  if (choice !== undefined) extras.tool_choice = choice;
  if (includesOf(body).some((item) => !quietIncludes.has(String(item)))) extras.include = includesOf(body);
  if ((body.get('truncation') ?? 'disabled') !== 'disabled') extras.truncation = body.get('truncation');
  const reasoning = restWithin(body, 'reasoning', inReasoning);
  const word = body.object('reasoning')?.string('effort');
  // Words of single vendors are theirs to understand.
  const unknown = word !== undefined && !efforts.some((known) => known === word);
  if (unknown) extras.reasoning = { ...reasoning, effort: word };
  else if (reasoning !== undefined) extras.reasoning = reasoning;
  const text = restWithin(body, 'text', inText);
  if (text !== undefined) extras.text = text;
  // Two identities were given and only one has a place: the older one goes along.
  if (body.has('safety_identifier') && body.has('user')) extras.user = body.get('user');
  return extras;
}

function restWithin(body: Fields, name: string, known: ReadonlySet<string>): JsonObject | undefined {
  const inner = body.object(name)?.value;
  return inner === undefined ? undefined : restOf(inner, known);
}

/** Of no meaning to other dialects: nothing is stored, and these are about what is, or how streams are padded. */
function decodeTrace(body: Fields): Trace | undefined {
  const trace: Record<string, Json> = {};
  for (const name of ['store', 'include', 'stream_options'] as const) {
    const value = body.get(name);
    if (value !== undefined) trace[name] = value;
  }
  const options = asObject(body.get('stream_options'));
  if (options !== undefined && Object.keys(options).length === 0) delete trace.stream_options;
  return Object.keys(trace).length === 0 ? undefined : trace;
}
