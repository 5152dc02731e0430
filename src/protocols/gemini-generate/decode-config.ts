// `generationConfig`: sampling, the shape of the answer and wishes about reasoning.
import type { CallContent, Effort, OutputFormat, ReasoningWish } from '../../canonical/content.ts';
import { wrongValue } from '../../canonical/fields.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeSchema } from './decode-schema.ts';
import { plainSchema } from './decode-tools.ts';
import type { Fields } from './fields.ts';

const JSON_TYPE = 'application/json';
const NAME = 'response';
/** The vendor's word for a budget that the model sets itself. */
const OWN_BUDGET = -1;

const KNOWN = new Set([
  'temperature',
  'topP',
  'topK',
  'candidateCount',
  'maxOutputTokens',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseLogprobs',
  'logprobs',
  'thinkingConfig',
]);
const IN_THINKING = new Set(['thinkingLevel', 'thinkingBudget', 'includeThoughts']);

type Config = Pick<
  CallContent,
  | 'maxTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'n'
  | 'logprobs'
  | 'format'
  | 'reasoning'
>;

export function decodeConfig(config: Fields): { [K in keyof Config]-?: Config[K] | undefined } {
  return {
    maxTokens: config.integer('maxOutputTokens'),
    temperature: config.number('temperature'),
    topP: config.number('topP'),
    topK: config.number('topK'),
    stop: config.strings('stopSequences'),
    seed: config.integer('seed'),
    presencePenalty: config.number('presencePenalty'),
    frequencyPenalty: config.number('frequencyPenalty'),
    n: config.integer('candidateCount'),
    logprobs: decodeLogprobs(config),
    format: decodeFormat(config),
    reasoning: decodeReasoning(config.object('thinkingConfig')),
  };
}

function decodeLogprobs(config: Fields): CallContent['logprobs'] {
  const top = config.integer('logprobs');
  if (config.boolean('responseLogprobs') !== true) return undefined;
  return top === undefined ? {} : { top };
}

/** Without JSON as the type, a schema is refused by the vendor; here it is taken at its word. */
function decodeFormat(config: Fields): OutputFormat | undefined {
  const type = config.string('responseMimeType');
  const plain = config.get('responseJsonSchema');
  const own = config.object('responseSchema');
  if (plain !== undefined) {
    return { type: 'schema', name: NAME, schema: plainSchema(plain, config.at('responseJsonSchema')) };
  }
  if (own !== undefined) return { type: 'schema', name: NAME, schema: decodeSchema(own.value) };
  if (type === JSON_TYPE) return { type: 'json' };
  return type === 'text/plain' ? { type: 'text' } : undefined;
}

const efforts: Readonly<Record<string, Effort>> = {
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
};

function decodeReasoning(thinking: Fields | undefined): ReasoningWish | undefined {
  if (thinking === undefined) return undefined;
  const budget = thinking.integer('thinkingBudget');
  const shown = thinking.boolean('includeThoughts');
  const wish = given<ReasoningWish>({
    mode: budget === undefined ? undefined : modeOf(budget),
    effort: effortOf(thinking),
    budgetTokens: budget !== undefined && budget > 0 ? budget : undefined,
    display: shown === undefined ? undefined : shown ? 'summarized' : 'omitted',
  });
  return Object.keys(wish).length === 0 ? undefined : wish;
}

function modeOf(budget: number): NonNullable<ReasoningWish['mode']> {
  if (budget === 0) return 'disabled';
  return budget === OWN_BUDGET ? 'adaptive' : 'enabled';
}

function effortOf(thinking: Fields): Effort | undefined {
  const word = thinking.string('thinkingLevel');
  if (word === undefined || word.toUpperCase() === 'THINKING_LEVEL_UNSPECIFIED') return undefined;
  const effort = efforts[word.toLowerCase()];
  if (effort !== undefined) return effort;
  throw wrongValue(thinking.at('thinkingLevel'), word, ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH']);
}

/** What only this dialect knows (modalities, speech, resolution of media …). */
export function configExtras(config: Fields): JsonObject | undefined {
  const extras: Record<string, Json> = { ...(config.rest(KNOWN) as Record<string, Json> | undefined) };
  const thinking = config.object('thinkingConfig')?.rest(IN_THINKING);
  if (thinking !== undefined) extras.thinkingConfig = thinking;
  const type = config.string('responseMimeType');
  // Enumerations as plain words have a type of their own.
  if (type !== undefined && type !== JSON_TYPE && type !== 'text/plain') extras.responseMimeType = type;
  if (config.boolean('responseLogprobs') !== true && config.has('logprobs')) {
    extras.logprobs = config.get('logprobs') ?? null;
  }
  // It goes without saying.
  if (JSON.stringify(extras.responseModalities) === '["TEXT"]') delete extras.responseModalities;
  return Object.keys(extras).length === 0 ? undefined : extras;
}
