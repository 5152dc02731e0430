// The words of a call's body, whatever its dialect, for a tokenizer: messages, system prompts, tools with what they
// were given and gave back. Nothing that is not certainly read by the model, so that a count is rather too low.
import { asArray, asObject, asString, isObject, type Json, type JsonObject } from '../canonical/json.ts';

/** Where a dialect keeps what the model reads. */
const spoken = [
  'messages',
  'system',
  'input',
  'instructions',
  'contents',
  'systemInstruction',
  'prompt',
] as const;
/** Inside of that: fields that hold words, or parts that do. */
const worded: ReadonlySet<string> = new Set([
  'content',
  'text',
  'parts',
  'thinking',
  'reasoning_content',
  'refusal',
  'arguments',
  'output',
  'summary',
  // Calls among the parts of a message.
  'tool_calls',
  'function',
  'functionCall',
  'functionResponse',
  'custom',
]);
/** Objects that the model reads as JSON. */
const structured: ReadonlySet<string> = new Set(['input', 'args', 'response']);
const MOST_DEPTH = 32;

export function textsIn(body: JsonObject): readonly string[] {
  const texts: string[] = [];
  for (const name of spoken) {
    const value = body[name];
    if (value !== undefined) collect(value, texts, 0);
  }
  const tools = asArray(body['tools']);
  for (const tool of tools ?? []) texts.push(JSON.stringify(asObject(asObject(tool)?.['function']) ?? tool));
  return texts;
}

function collect(value: Json, texts: string[], depth: number): void {
  if (depth > MOST_DEPTH) return;
  if (typeof value === 'string') texts.push(value);
  else if (Array.isArray(value)) for (const one of value as readonly Json[]) collect(one, texts, depth + 1);
  else if (isObject(value)) collectFields(value, texts, depth + 1);
}

function collectFields(object: JsonObject, texts: string[], depth: number): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined || value === null) continue;
    if (worded.has(name)) collect(value, texts, depth);
    else if (structured.has(name)) texts.push(asText(value));
    else if (name === 'name') texts.push(asString(value) ?? '');
  }
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
