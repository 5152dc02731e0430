// A Messages body as a call's meaning. Fields it does not know are kept verbatim as extras.
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent, OutputFormat, ReasoningWish } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import {
  arrayAt,
  objectAt,
  oneOf,
  optionalArray,
  optionalBoolean,
  optionalInteger,
  optionalNumber,
  optionalObject,
  optionalString,
  stringAt,
} from '../../canonical/field-checks.ts';
import { asArray, isObject, type Json, type JsonObject, restOf } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { given } from '../../lib/given.ts';
import { decodeContent, decodeSystem } from './decode-blocks.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { DIALECT } from './origin.ts';
import { threadRefused } from './threads.ts';

export const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'tools',
  'tool_choice',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
]);

const USER = new Set(['user_id']);

export function decodeCall(body: JsonObject, operation: Operation): CallContent {
  if (body.thread !== undefined && body.thread !== null) throw threadRefused();
  const maxTokens = optionalInteger(body.max_tokens, 'max_tokens');
  if (maxTokens === undefined && operation === 'chat') throw missingMaxTokens();
  const output = optionalObject(body.output_config, 'output_config');
  const metadata = optionalObject(body.metadata, 'metadata');
  const stop = optionalArray(body.stop_sequences, 'stop_sequences');
  return given<CallContent>({
    origin: DIALECT,
    model: stringAt(body.model, 'model'),
    stream: optionalBoolean(body.stream, 'stream') ?? false,
    system: decodeSystem(body.system),
    messages: decodeMessages(body.messages),
    ...decodeTools(body.tools),
    ...decodeToolChoice(body.tool_choice),
    maxTokens,
    temperature: optionalNumber(body.temperature, 'temperature'),
    topP: optionalNumber(body.top_p, 'top_p'),
    topK: optionalInteger(body.top_k, 'top_k'),
    stop: stop?.map((text, i) => stringAt(text, `stop_sequences[${i}]`)),
    format: decodeFormat(body, output),
    reasoning: decodeReasoning(body.thinking, output),
    user: optionalString(metadata?.user_id, 'metadata.user_id'),
    metadata: metadata === undefined ? undefined : restOf(metadata, USER),
    serviceTier: optionalString(body.service_tier, 'service_tier'),
    includeUsage: true,
    extras: decodeExtras(body, output),
  });
}

function missingMaxTokens(): GatewayError {
  return new GatewayError('bad_request', '`max_tokens` is missing.', {
    param: 'max_tokens',
    remedy: 'State the largest number of tokens that the reply may have.',
  });
}

function decodeMessages(value: Json | undefined): Message[] {
  const messages = arrayAt(value, 'messages');
  if (messages.length === 0) {
    throw new GatewayError('bad_request', '`messages` is empty.', {
      param: 'messages',
      remedy: 'Send at least one message.',
    });
  }
  return messages.map((message, i) => decodeMessage(objectAt(message, `messages[${i}]`), `messages[${i}]`));
}

function decodeMessage(message: JsonObject, at: string): Message {
  const role = oneOf(message.role, ['user', 'assistant', 'system'], `${at}.role`);
  return { role, blocks: resultsFirst(decodeContent(message.content, `${at}.content`)) };
}

/** Canonical order: what the tools said comes before what the user adds. */
function resultsFirst(blocks: Block[]): Block[] {
  const results = blocks.filter((block) => block.type === 'tool_result');
  if (results.length === 0) return blocks;
  return [...results, ...blocks.filter((block) => block.type !== 'tool_result')];
}

function decodeFormat(body: JsonObject, output: JsonObject | undefined): OutputFormat | undefined {
  const current = optionalObject(output?.format, 'output_config.format');
  const at = current === undefined ? 'output_format' : 'output_config.format';
  const format = current ?? optionalObject(body.output_format, at);
  if (format === undefined) return undefined;
  oneOf(format.type, ['json_schema'], `${at}.type`);
  return { type: 'schema', name: 'reply', schema: objectAt(format.schema, `${at}.schema`) };
}

const MODES = ['disabled', 'enabled', 'adaptive', 'between_tools'] as const;
const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

function decodeReasoning(
  thinkingValue: Json | undefined,
  output: JsonObject | undefined,
): ReasoningWish | undefined {
  const thinking = optionalObject(thinkingValue, 'thinking');
  const effort = optionalString(output?.effort, 'output_config.effort');
  if (thinking === undefined && effort === undefined) return undefined;
  return given<ReasoningWish>({
    mode: thinking === undefined ? undefined : oneOf(thinking.type, MODES, 'thinking.type'),
    effort: effort === undefined ? undefined : oneOf(effort, EFFORTS, 'output_config.effort'),
    budgetTokens: optionalInteger(thinking?.budget_tokens, 'thinking.budget_tokens'),
    display: optionalString(thinking?.display, 'thinking.display'),
  });
}

const OUTPUT = new Set(['effort', 'format']);

const INSIDE: Readonly<Record<string, ReadonlySet<string>>> = {
  thinking: new Set(['type', 'budget_tokens', 'display']),
  tool_choice: new Set(['type', 'name', 'disable_parallel_tool_use']),
};
const MESSAGE = new Set(['role', 'content']);

/** Fields one level down are kept under their dotted names, so that whoever loses them can name them. */
function decodeExtras(body: JsonObject, output: JsonObject | undefined): JsonObject {
  const extras: Record<string, Json | undefined> = { ...restOf(body, KNOWN) };
  for (const [name, known] of Object.entries(INSIDE)) addRest(extras, name, body[name], known);
  for (const message of asArray(body.messages) ?? []) addRest(extras, 'messages', message, MESSAGE);
  const others = output === undefined ? undefined : restOf(output, OUTPUT);
  return others === undefined ? extras : { ...extras, output_config: others };
}

function addRest(
  extras: Record<string, Json | undefined>,
  place: string,
  value: Json | undefined,
  known: ReadonlySet<string>,
): void {
  const rest = isObject(value) ? restOf(value, known) : undefined;
  for (const [name, field] of Object.entries(rest ?? {})) extras[`${place}.${name}`] = field;
}
