// Reads a call in OpenAI's chat dialect.
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
  stopsIn,
  textOfParts,
  toolOf,
} from './call.ts';

const MOST_CHOICES = 128;

const thoughtsPerEffort: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1,
  low: 1,
  medium: 2,
  high: 4,
  xhigh: 5,
  max: 5,
};

export function readChat(body: JsonObject): SimCall {
  const effort = asString(body['reasoning_effort']);
  return {
    dialect: 'chat',
    model: modelIn(body),
    stream: body['stream'] === true,
    includeUsage: asObject(body['stream_options'])?.['include_usage'] === true,
    maxTokens: countIn(body, 'max_completion_tokens') ?? countIn(body, 'max_tokens'),
    stop: stopsIn(body['stop']),
    n: Math.min(countIn(body, 'n') ?? 1, MOST_CHOICES),
    schema: schemaIn(asObject(body['response_format'])),
    tools: (asArray(body['tools']) ?? []).filter(isObject).flatMap((tool) => {
      const described = asObject(tool['function']);
      return toolOf(described?.['name'], described?.['parameters']);
    }),
    choice: choiceIn(body['tool_choice']),
    parallel: body['parallel_tool_calls'] !== false,
    thoughts: effort === undefined ? 0 : (thoughtsPerEffort[effort] ?? 2),
    thinkingBudget: undefined,
    prompt: promptIn(body),
  };
}

function schemaIn(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.['type'] === 'json_schema') return asObject(asObject(format['json_schema'])?.['schema']) ?? {};
  return format?.['type'] === 'json_object' ? (asObject(format['schema']) ?? {}) : undefined;
}

function choiceIn(value: Json | undefined): SimChoice {
  if (value === 'none' || value === 'required') return { mode: value, names: undefined };
  const choice = asObject(value);
  const allowed = asObject(choice?.['allowed_tools']);
  if (allowed !== undefined) {
    const names = (asArray(allowed['tools']) ?? []).flatMap((tool) => nameOf(asObject(tool)) ?? []);
    return { mode: allowed['mode'] === 'required' ? 'required' : 'auto', names };
  }
  const name = nameOf(choice);
  return name === undefined ? { mode: 'auto', names: undefined } : { mode: 'required', names: [name] };
}

function nameOf(tool: JsonObject | undefined): string | undefined {
  return asString(asObject(tool?.['function'])?.['name']);
}

function promptIn(body: JsonObject): Prompt {
  const reader = new PromptReader();
  for (const message of messagesIn(body)) readMessage(message, reader);
  reader.json(body['tools']);
  return reader.done();
}

function readMessage(message: JsonObject, reader: PromptReader): void {
  const parts = partsIn(message['content']);
  reader.message();
  for (const part of parts) readPart(part, reader);
  reader.json(message['tool_calls']);
  if (message['role'] === 'tool') {
    reader.result(textOfParts(parts));
    return;
  }
  reader.answered();
  if (message['role'] === 'user') reader.user(textOfParts(parts));
}

function readPart(part: JsonObject, reader: PromptReader): void {
  const text = asString(part['text']) ?? asString(part['refusal']);
  if (text !== undefined) reader.text(text);
  else reader.medium(part['type'] === 'image_url');
}
