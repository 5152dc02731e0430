// Cohere's chat replies from the same plain description as the other dialects', whole or event by event, as it sends them.
import type { JsonValue } from './json-value.ts';
import { halves, namedEvent, type ReplyOptions, textsOf } from './replies.ts';
import { json, type Script, sse } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

/** Streamed or not, as the call asks. */
export function cohereReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) => (call.json.stream === true ? sse(cohereStream(options)) : json(cohereBody(options)));
}

/** With calls, its text is its plan. */
export function cohereBody(options: ReplyOptions = {}): JsonValue {
  const { id = 'co-up-1', reasoning, tools = [] } = options;
  const text = textsOf(options).join('');
  const content: JsonValue[] = [];
  if (reasoning !== undefined) content.push({ type: 'thinking', thinking: reasoning });
  if (text !== '' && tools.length === 0) content.push({ type: 'text', text });
  const message = {
    role: 'assistant',
    ...(content.length === 0 ? {} : { content }),
    ...(text === '' || tools.length === 0 ? {} : { tool_plan: text }),
    ...(tools.length === 0 ? {} : { tool_calls: tools.map(cohereTool) }),
  };
  return { id, message, ...ending(options) };
}

export function cohereStream(options: ReplyOptions = {}): string {
  const { reasoning, tools = [] } = options;
  const parts: JsonValue[] = [];
  if (reasoning !== undefined) parts.push(...cohereContent(0, 'thinking', [reasoning]));
  const texts = textsOf(options);
  if (tools.length > 0)
    parts.push(
      ...texts.map((text) => ({ type: 'tool-plan-delta', delta: { message: { tool_plan: text } } })),
    );
  else if (texts.length > 0) parts.push(...cohereContent(reasoning === undefined ? 0 : 1, 'text', texts));
  for (const [index, tool] of tools.entries()) parts.push(...cohereCall(index, tool));
  return cohereEvents(options, parts);
}

/** Between the first event and the last. */
export function cohereEvents(
  options: ReplyOptions,
  parts: readonly JsonValue[],
  end: JsonValue = {},
): string {
  const { id = 'co-up-1' } = options;
  const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
  const all = [
    { id, type: 'message-start', delta: { message } },
    ...parts,
    { type: 'message-end', delta: { ...ending(options), ...end } },
  ];
  return `${all.map(namedEvent).join('')}data: [DONE]\n\n`;
}

export function cohereContent(
  index: number,
  type: 'text' | 'thinking',
  texts: readonly string[],
): JsonValue[] {
  return [
    { type: 'content-start', index, delta: { message: { content: { type, [type]: '' } } } },
    ...texts.map((text) => ({
      type: 'content-delta',
      index,
      delta: { message: { content: { [type]: text } } },
    })),
    { type: 'content-end', index },
  ];
}

type Tool = NonNullable<ReplyOptions['tools']>[number];

function cohereCall(index: number, tool: Tool): JsonValue[] {
  const { id, type, function: called } = cohereTool(tool);
  const start = { id, type, function: { name: called.name, arguments: '' } };
  const deltas = halves(called.arguments).map((piece) => ({ function: { arguments: piece } }));
  return [
    { type: 'tool-call-start', index, delta: { message: { tool_calls: start } } },
    ...deltas.map((delta) => ({ type: 'tool-call-delta', index, delta: { message: { tool_calls: delta } } })),
    { type: 'tool-call-end', index },
  ];
}

function cohereTool({ id, name, input }: Tool): JsonValue {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

/** All tokens are more than those billed: it adds some of its own. */
function ending({ finish, tools = [], input = 10, output = 5 }: ReplyOptions): JsonValue {
  return {
    finish_reason: finish ?? (tools.length > 0 ? 'TOOL_CALL' : 'COMPLETE'),
    usage: {
      billed_units: { input_tokens: input, output_tokens: output },
      tokens: { input_tokens: input + 490, output_tokens: output + 3 },
      cached_tokens: 448,
    },
  };
}
