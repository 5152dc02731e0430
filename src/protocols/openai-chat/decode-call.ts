// A Chat call to its meaning. What has a canonical place goes there; every other field stays, verbatim,
// in `extras`, so that nothing is lost without a name.
import type { CallContent, Effort } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { Fields, wrongType } from '../../canonical/fields.ts';
import { isArray, type Json, type JsonObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeMessages } from './decode-messages.ts';
import { decodeFormat, decodeToolChoice, decodeTools } from './decode-tools.ts';
import { origin } from './reply-parts.ts';

/** Fields that `decodeSampling` reads. */
export const sampling = [
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'n',
] as const;

/** Fields whose meaning `CallContent` carries. */
export const understood: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  ...sampling,
  'logprobs',
  'top_logprobs',
  'response_format',
  'reasoning_effort',
  'verbosity',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'metadata',
]);

const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

export function decodeCall(value: JsonObject): CallContent {
  const body = new Fields(value);
  const { tools, serverTools } = decodeTools(body);
  const { extras, ...turns } = decodeMessages(messagesOf(body));
  return given<CallContent>({
    origin,
    model: body.requireString('model'),
    stream: body.boolean('stream') ?? false,
    ...turns,
    tools,
    serverTools,
    toolChoice: decodeToolChoice(body),
    parallelToolCalls: body.boolean('parallel_tool_calls'),
    ...decodeSampling(body),
    logprobs: decodeLogprobs(body),
    format: decodeFormat(body),
    reasoning: decodeReasoning(body),
    verbosity: body.string('verbosity'),
    user: body.string('safety_identifier') ?? body.string('user'),
    cacheKey: body.string('prompt_cache_key'),
    serviceTier: body.string('service_tier'),
    metadata: body.object('metadata')?.value,
    includeUsage: body.object('stream_options')?.boolean('include_usage') ?? false,
    extras: { ...decodeExtras(body), ...extras },
  });
}

function messagesOf(body: Fields): readonly Fields[] {
  const messages = body.objects('messages');
  if (messages !== undefined && messages.length > 0) return messages;
  const what = messages === undefined ? 'is missing' : 'is empty';
  throw new GatewayError('bad_request', `\`messages\` ${what}.`, {
    param: 'messages',
    remedy: 'Send at least one message.',
  });
}

type Sampling = Pick<
  CallContent,
  | 'maxTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'logitBias'
  | 'n'
>;

export function decodeSampling(body: Fields): { [K in keyof Sampling]-?: Sampling[K] | undefined } {
  return {
    maxTokens: bound(body, 'max_completion_tokens') ?? bound(body, 'max_tokens'),
    temperature: body.number('temperature'),
    topP: body.number('top_p'),
    topK: bound(body, 'top_k'),
    stop: decodeStop(body),
    seed: body.number('seed'),
    presencePenalty: body.number('presence_penalty'),
    frequencyPenalty: body.number('frequency_penalty'),
    logitBias: body.object('logit_bias')?.value,
    n: body.count('n', 1),
  };
}

/** Engines' -1 says that there is no bound; OpenAI leaves the field out. */
function bound(body: Fields, name: string): number | undefined {
  return body.get(name) === -1 ? undefined : body.count(name, 1);
}

function decodeStop(body: Fields): readonly string[] | undefined {
  const stop = body.get('stop');
  if (stop === undefined) return undefined;
  if (typeof stop === 'string') return [stop];
  if (!isArray(stop)) throw wrongType('stop', 'a string or a list of strings', stop);
  return stop.map((text, index) => {
    if (typeof text === 'string') return text;
    throw wrongType(`stop[${index}]`, 'a string', text);
  });
}

function decodeLogprobs(body: Fields): CallContent['logprobs'] {
  const top = body.count('top_logprobs', 0);
  if (body.boolean('logprobs') !== true) return undefined;
  return top === undefined ? {} : { top };
}

function decodeReasoning(body: Fields): CallContent['reasoning'] {
  const word = body.string('reasoning_effort');
  const effort = efforts.find((known) => known === word);
  return effort === undefined ? undefined : { effort };
}

function decodeExtras(body: Fields): JsonObject {
  const extras: Record<string, Json | undefined> = { ...body.rest(understood) };
  const { include_usage: _, ...options } = body.object('stream_options')?.value ?? {};
  if (Object.keys(options).length > 0) extras.stream_options = options;
  // Words of single vendors (`default`) are theirs to understand.
  if (decodeReasoning(body) === undefined && body.has('reasoning_effort')) {
    extras.reasoning_effort = body.get('reasoning_effort') ?? null;
  }
  // Two identities were given and only one has a place: the older one goes along.
  if (body.has('safety_identifier') && body.has('user')) extras.user = body.get('user') ?? null;
  return { ...withoutTruisms(extras), ...loneTopLogprobs(body) };
}

/** Without `logprobs` it means nothing, or a mistake: the upstream's to judge. */
function loneTopLogprobs(body: Fields): JsonObject {
  const top = body.get('top_logprobs');
  return top === undefined || body.get('logprobs') === true ? {} : { top_logprobs: top };
}

/** Leaves out what goes without saying. */
function withoutTruisms(extras: JsonObject): JsonObject {
  const kept = { ...extras };
  if (kept.store === false) delete kept.store;
  if (JSON.stringify(kept.modalities) === '["text"]') delete kept.modalities;
  return kept;
}
