// Reads a call in Anthropic's messages dialect, for an answer or for a count.
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import {
  countIn,
  messagesIn,
  modelIn,
  type Prompt,
  PromptReader,
  partsIn,
  type SimCall,
  type SimChoice,
  type SimTool,
  stopsIn,
  textOfParts,
  toolOf,
  wrong,
} from './call.ts';

const THOUGHTS = 3;

export function readMessages(body: JsonObject, counting: boolean): SimCall {
  const maxTokens = countIn(body, 'max_tokens');
  if (maxTokens === undefined && !counting) throw wrong('max_tokens', 'is required');
  const choice = asObject(body['tool_choice']);
  const thinking = asObject(body['thinking']);
  return {
    dialect: 'messages',
    model: modelIn(body),
    stream: body['stream'] === true,
    includeUsage: true,
    maxTokens,
    stop: stopsIn(body['stop_sequences']),
    n: 1,
    schema: schemaIn(body),
    tools: (asArray(body['tools']) ?? []).filter(isObject).flatMap(clientTool),
    choice: choiceIn(choice),
    parallel: choice?.['disable_parallel_tool_use'] !== true,
    thoughts: thinking === undefined || thinking['type'] === 'disabled' ? 0 : THOUGHTS,
    thinkingBudget: thinking === undefined ? undefined : countIn(thinking, 'budget_tokens'),
    prompt: promptIn(body),
  };
}

/** Tools with a type of their own are run by the vendor; there is no vendor here. */
function clientTool(tool: JsonObject): readonly SimTool[] {
  const type = tool['type'];
  return type === undefined || type === 'custom' ? toolOf(tool['name'], tool['input_schema']) : [];
}

function schemaIn(body: JsonObject): JsonObject | undefined {
  const format = asObject(asObject(body['output_config'])?.['format']) ?? asObject(body['output_format']);
  return format?.['type'] === 'json_schema' ? (asObject(format['schema']) ?? {}) : undefined;
}

function choiceIn(choice: JsonObject | undefined): SimChoice {
  const name = asString(choice?.['name']);
  switch (choice?.['type']) {
    case 'none':
      return { mode: 'none', names: undefined };
    case 'any':
      return { mode: 'required', names: undefined };
    case 'tool':
      return { mode: 'required', names: name === undefined ? [] : [name] };
    default:
      return { mode: 'auto', names: undefined };
  }
}

function promptIn(body: JsonObject): Prompt {
  const reader = new PromptReader();
  for (const part of partsIn(body['system'])) readPart(part, reader);
  for (const message of messagesIn(body)) readMessage(message, reader);
  reader.json(body['tools']);
  return reader.done();
}

function readMessage(message: JsonObject, reader: PromptReader): void {
  const parts = partsIn(message['content']);
  reader.message();
  reader.answered();
  for (const part of parts) {
    readPart(part, reader);
    if (part['type'] === 'tool_result') reader.result(textOfParts(partsIn(part['content'])));
  }
  if (message['role'] === 'user') reader.user(textOfParts(parts));
}

function readPart(part: JsonObject, reader: PromptReader): void {
  switch (part['type']) {
    case 'text':
      reader.text(textIn(part['text']));
      break;
    case 'thinking':
      reader.text(textIn(part['thinking']));
      break;
    case 'tool_use':
      reader.text(textIn(part['name']));
      reader.json(part['input']);
      break;
    case 'tool_result':
      for (const inner of partsIn(part['content'])) readPart(inner, reader);
      break;
    default:
      reader.medium(part['type'] === 'image');
  }
}

function textIn(value: Json | undefined): string {
  return asString(value) ?? '';
}
