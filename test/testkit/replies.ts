// Upstream replies in each dialect from one plain description, whole or streamed, as their vendors send them.
import type { JsonValue } from './json-value.ts';
import { json, type Script, sse } from './script.ts';
import type { RecordedCall } from './scripted-upstream.ts';

export interface ReplyOptions {
  readonly id?: string;
  readonly model?: string;
  readonly reasoning?: string;
  /** Each entry is one delta of a stream. */
  readonly text?: string | readonly string[];
  readonly tools?: readonly { readonly id: string; readonly name: string; readonly input: JsonValue }[];
  /** In the dialect's own words; by default what fits the content. */
  readonly finish?: string;
  readonly input?: number;
  readonly output?: number;
}

const CREATED = 1_760_000_000;

/** Streamed or not, as the call asks. */
export function chatReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) => {
    if (call.json.stream !== true) return json(chatBody(options));
    return sse(chatStream(options, call.json.stream_options?.include_usage === true));
  };
}

export function messagesReply(options: ReplyOptions = {}): (call: RecordedCall) => Script {
  return (call) => (call.json.stream === true ? sse(messagesStream(options)) : json(messagesBody(options)));
}

export function chatBody(options: ReplyOptions = {}): JsonValue {
  const { id = 'chatcmpl-up-1', model = 'up-model', reasoning, tools = [] } = options;
  const text = textsOf(options).join('');
  return {
    id,
    object: 'chat.completion',
    created: CREATED,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' ? null : text,
          refusal: null,
          ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
          ...(tools.length === 0 ? {} : { tool_calls: tools.map(chatTool) }),
        },
        logprobs: null,
        finish_reason: chatFinish(options),
      },
    ],
    usage: chatUsage(options),
  };
}

export function chatStream(options: ReplyOptions = {}, usage = true): string {
  const { reasoning, tools = [] } = options;
  const deltas: JsonValue[] = [{ role: 'assistant', content: '' }];
  if (reasoning !== undefined) deltas.push({ reasoning_content: reasoning });
  for (const piece of textsOf(options)) deltas.push({ content: piece });
  for (const [index, tool] of tools.entries()) {
    const { id, type, function: called } = chatTool(tool);
    deltas.push({
      tool_calls: [{ index, id, type, function: { name: called.name, arguments: '' } }],
    });
    for (const piece of halves(called.arguments)) {
      deltas.push({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
  const chunks = deltas.map((delta) => chatChunk(options, [{ index: 0, delta, finish_reason: null }]));
  chunks.push(chatChunk(options, [{ index: 0, delta: {}, finish_reason: chatFinish(options) }]));
  if (usage) chunks.push({ ...chatChunk(options, []), usage: chatUsage(options) });
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
}

function chatChunk(
  { id = 'chatcmpl-up-1', model = 'up-model' }: ReplyOptions,
  choices: JsonValue,
): JsonValue {
  return { id, object: 'chat.completion.chunk', created: CREATED, model, choices };
}

function chatTool({ id, name, input }: { id: string; name: string; input: JsonValue }): JsonValue {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function chatFinish({ finish, tools = [] }: ReplyOptions): string {
  return finish ?? (tools.length > 0 ? 'tool_calls' : 'stop');
}

function chatUsage({ input = 10, output = 5 }: ReplyOptions): JsonValue {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

export function messagesBody(options: ReplyOptions = {}): JsonValue {
  const { id = 'msg_up_1', model = 'up-model', reasoning, tools = [], input = 10, output = 5 } = options;
  const text = textsOf(options).join('');
  const content: JsonValue[] = [];
  if (reasoning !== undefined) content.push({ type: 'thinking', thinking: reasoning, signature: 'c2lnbmVk' });
  if (text !== '') content.push({ type: 'text', text });
  for (const tool of tools) content.push({ type: 'tool_use', ...tool });
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: messagesStop(options),
    stop_sequence: null,
    usage: { input_tokens: input, output_tokens: output },
  };
}

export function messagesStream(options: ReplyOptions = {}): string {
  const { reasoning, tools = [], input = 10, output = 5 } = options;
  const message = { ...messagesBody(options), content: [], stop_reason: null };
  const events: JsonValue[] = [
    { type: 'message_start', message: { ...message, usage: { input_tokens: input, output_tokens: 1 } } },
  ];
  const block = (start: JsonValue, deltas: readonly JsonValue[]): void => {
    const index = events.filter((event) => event.type === 'content_block_start').length;
    events.push({ type: 'content_block_start', index, content_block: start });
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  };
  if (reasoning !== undefined) {
    block({ type: 'thinking', thinking: '', signature: '' }, [
      { type: 'thinking_delta', thinking: reasoning },
      { type: 'signature_delta', signature: 'c2lnbmVk' },
    ]);
  }
  const texts = textsOf(options);
  if (texts.length > 0) {
    block(
      { type: 'text', text: '' },
      texts.map((text) => ({ type: 'text_delta', text })),
    );
  }
  for (const tool of tools) {
    block(
      { type: 'tool_use', id: tool.id, name: tool.name, input: {} },
      halves(JSON.stringify(tool.input)).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    );
  }
  const delta = { stop_reason: messagesStop(options), stop_sequence: null };
  events.push({ type: 'message_delta', delta, usage: { output_tokens: output } }, { type: 'message_stop' });
  return events.map(namedEvent).join('');
}

/** An event with its name, as this dialect sends each of them. */
export function namedEvent(event: JsonValue): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function messagesStop({ finish, tools = [] }: ReplyOptions): string {
  return finish ?? (tools.length > 0 ? 'tool_use' : 'end_turn');
}

export function textsOf({ text = [] }: ReplyOptions): readonly string[] {
  return typeof text === 'string' ? [text] : text;
}

export function halves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}
