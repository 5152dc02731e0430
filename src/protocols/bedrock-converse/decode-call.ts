// A Converse body as a call's meaning. The path names the model and says whether to stream. Fields it does not
// know are kept verbatim as extras.
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent, Effort, OutputFormat, ReasoningWish } from '../../canonical/content.ts';
import {
  arrayAt,
  objectAt,
  oneOf,
  optionalArray,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  refuse,
  stringAt,
} from '../../canonical/field-checks.ts';
import { asArray, asObject, isObject, type Json, type JsonObject, restOf } from '../../canonical/json.ts';
import { given } from '../../lib/given.ts';
import { decodeBlocks } from './decode-blocks.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { DIALECT } from './origin.ts';

/** The model is named in the path; a name in the body says nothing. */
const KNOWN = new Set(['model', 'messages', 'system', 'requestMetadata']);

/** Objects of which some fields have a meaning; the others are kept under the object's name. */
const INSIDE: Readonly<Record<string, ReadonlySet<string>>> = {
  inferenceConfig: new Set(['maxTokens', 'temperature', 'topP', 'stopSequences']),
  toolConfig: new Set(['tools', 'toolChoice']),
  outputConfig: new Set(['textFormat', 'effort']),
  additionalModelRequestFields: new Set(['top_k', 'thinking']),
  serviceTier: new Set(['type']),
};

export function decodeCall(body: JsonObject): CallContent {
  const inference = optionalObject(body.inferenceConfig, 'inferenceConfig') ?? {};
  const tools = optionalObject(body.toolConfig, 'toolConfig') ?? {};
  const output = optionalObject(body.outputConfig, 'outputConfig') ?? {};
  const more = optionalObject(body.additionalModelRequestFields, 'additionalModelRequestFields') ?? {};
  const stop = optionalArray(inference.stopSequences, 'inferenceConfig.stopSequences');
  const tier = optionalObject(body.serviceTier, 'serviceTier');
  return given<CallContent>({
    origin: DIALECT,
    model: '',
    stream: false,
    system: decodeSystem(body.system),
    messages: decodeMessages(body.messages),
    ...decodeTools(tools.tools),
    toolChoice: decodeToolChoice(tools.toolChoice),
    maxTokens: optionalInteger(inference.maxTokens, 'inferenceConfig.maxTokens'),
    temperature: optionalNumber(inference.temperature, 'inferenceConfig.temperature'),
    topP: optionalNumber(inference.topP, 'inferenceConfig.topP'),
    topK: optionalInteger(more.top_k, 'additionalModelRequestFields.top_k'),
    stop: stop?.map((text, i) => stringAt(text, `inferenceConfig.stopSequences[${i}]`)),
    format: decodeFormat(output.textFormat),
    reasoning: decodeReasoningWish(output, more),
    metadata: optionalObject(body.requestMetadata, 'requestMetadata'),
    serviceTier: optionalString(tier?.type, 'serviceTier.type'),
    includeUsage: true,
    extras: decodeExtras(body),
  } as { [K in keyof CallContent]: CallContent[K] | undefined });
}

/** Top-level fields with a meaning. */
export const understood: ReadonlySet<string> = new Set([
  ...KNOWN,
  ...Object.keys(INSIDE),
  'guardrailConfig',
  'promptVariables',
  'additionalModelResponseFieldPaths',
  'performanceConfig',
]);

function decodeSystem(value: Json | undefined): Block[] {
  return value === undefined || value === null ? [] : decodeBlocks(value, 'system');
}

function decodeMessages(value: Json | undefined): Message[] {
  const messages = arrayAt(value, 'messages');
  if (messages.length === 0) refuse('messages', 'an array of at least one message');
  return messages.map((item, i) => {
    const at = `messages[${i}]`;
    const message = objectAt(item, at);
    const role = oneOf(message.role, ['user', 'assistant', 'system'], `${at}.role`);
    return { role, blocks: resultsFirst(decodeBlocks(message.content, `${at}.content`)) };
  });
}

/** Canonical order: what the tools said comes before what the user adds. */
function resultsFirst(blocks: Block[]): Block[] {
  const results = blocks.filter((block) => block.type === 'tool_result');
  if (results.length === 0) return blocks;
  return [...results, ...blocks.filter((block) => block.type !== 'tool_result')];
}

function decodeFormat(value: Json | undefined): OutputFormat | undefined {
  const at = 'outputConfig.textFormat';
  const format = optionalObject(value, at);
  if (format === undefined) return undefined;
  oneOf(format.type, ['json_schema'], `${at}.type`);
  const place = `${at}.structure.jsonSchema`;
  const definition = objectAt(objectAt(format.structure, `${at}.structure`).jsonSchema, place);
  return given<Extract<OutputFormat, { type: 'schema' }>>({
    type: 'schema',
    name: optionalString(definition.name, `${place}.name`) ?? 'reply',
    schema: parseSchema(stringAt(definition.schema, `${place}.schema`), `${place}.schema`),
    strict: undefined,
    description: optionalString(definition.description, `${place}.description`),
  });
}

function parseSchema(text: string, at: string): JsonObject {
  try {
    const schema = JSON.parse(text) as Json;
    if (isObject(schema)) return schema;
  } catch {
    // Said below.
  }
  return refuse(at, 'the JSON text of a schema');
}

const EFFORTS: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const MODES = ['disabled', 'enabled', 'adaptive', 'between_tools'] as const;

function decodeReasoningWish(output: JsonObject, more: JsonObject): ReasoningWish | undefined {
  const at = 'additionalModelRequestFields.thinking';
  const effort = optionalString(output.effort, 'outputConfig.effort');
  const thinking = optionalObject(more.thinking, at);
  if (effort === undefined && thinking === undefined) return undefined;
  return given<ReasoningWish>({
    mode: thinking === undefined ? undefined : oneOf(thinking.type, MODES, `${at}.type`),
    effort: effort === undefined ? undefined : oneOf(effort, EFFORTS, 'outputConfig.effort'),
    budgetTokens: optionalInteger(thinking?.budget_tokens, `${at}.budget_tokens`),
    display: optionalString(thinking?.display, `${at}.display`),
  });
}

const MESSAGE = new Set(['role', 'content']);

function decodeExtras(body: JsonObject): JsonObject {
  const extras: Record<string, Json> = {};
  for (const [name, value] of Object.entries(restOf(body, KNOWN) ?? {})) {
    const known = INSIDE[name];
    const object = known === undefined ? undefined : asObject(value);
    const kept = known === undefined || object === undefined ? value : restOf(object, known);
    if (kept !== undefined) extras[name] = kept;
  }
  for (const message of asArray(body.messages) ?? []) addMessageExtras(extras, asObject(message) ?? {});
  return extras;
}

function addMessageExtras(extras: Record<string, Json>, message: JsonObject): void {
  for (const [name, value] of Object.entries(restOf(message, MESSAGE) ?? {})) {
    if (value !== undefined) extras[`messages.${name}`] = value;
  }
}
