// Ollama's replies from the same plain description as the other dialects', whole or line by line, as it sends them.
import type { JsonValue } from './json-value.ts';
import type { ReplyOptions } from './replies.ts';
import { bytes, end, head, json, type Script } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

/** Ollama states nanoseconds; the second is that of the other dialects' replies. */
const CREATED_AT = '2025-10-09T08:53:20.123456789Z';
const DURATIONS = { total_duration: 9_000_000_000, load_duration: 2_000_000 };

/** Streamed unless the call says no. */
export function ollamaReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) => (call.json.stream === false ? json(ollamaBody(options)) : ndjson(ollamaStream(options)));
}

/** Lines of JSON. */
export function ndjson(text: string | Buffer): Script {
  return [head(200, { 'content-type': 'application/x-ndjson' }), bytes(text), end];
}

export function ollamaBody(options: ReplyOptions = {}): JsonValue {
  const { reasoning, tools = [] } = options;
  const message = {
    role: 'assistant',
    content: textsOf(options).join(''),
    ...(reasoning === undefined ? {} : { thinking: reasoning }),
    ...(tools.length === 0 ? {} : { tool_calls: tools.map(ollamaTool) }),
  };
  return { ...headOf(options), message, ...ending(options) };
}

export function ollamaStream(options: ReplyOptions = {}): string {
  const { reasoning, tools = [] } = options;
  const parts: JsonValue[] = [];
  if (reasoning !== undefined) parts.push({ content: '', thinking: reasoning });
  for (const content of textsOf(options)) parts.push({ content });
  if (tools.length > 0) parts.push({ content: '', tool_calls: tools.map(ollamaTool) });
  const lines = parts.map((part) => ollamaLine(part, options));
  return lines.join('') + ollamaDone(ending(options), options);
}

/** One line of an answer that goes on. */
export function ollamaLine(part: JsonValue, options: ReplyOptions = {}, more: JsonValue = {}): string {
  const message = { role: 'assistant', ...part };
  return `${JSON.stringify({ ...headOf(options), message, done: false, ...more })}\n`;
}

export function ollamaDone(fields: JsonValue, options: ReplyOptions = {}): string {
  return `${JSON.stringify({ ...headOf(options), message: { role: 'assistant', content: '' }, ...fields })}\n`;
}

function headOf({ model = 'up-model' }: ReplyOptions): JsonValue {
  return { model, created_at: CREATED_AT };
}

/** It says `stop` even with calls. */
function ending({ finish = 'stop', input = 10, output = 5 }: ReplyOptions): JsonValue {
  const counts = {
    prompt_eval_count: input,
    prompt_eval_duration: 3_000_000_000,
    eval_count: output,
    eval_duration: 5_000_000_000,
  };
  return { done: true, done_reason: finish, ...DURATIONS, ...counts };
}

function ollamaTool(
  { id, name, input }: { id: string; name: string; input: JsonValue },
  index: number,
): JsonValue {
  return { id, function: { index, name, arguments: input } };
}

function textsOf({ text = [] }: ReplyOptions): readonly string[] {
  return typeof text === 'string' ? [text] : text;
}
