// The upstreams an agent's model may live behind: one per dialect, with its vendor's own ways to fail.
import { generateReply } from '../testkit/generate-replies.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import {
  chatReply,
  chatStream,
  messagesReply,
  messagesStream,
  namedEvent,
  type ReplyOptions,
} from '../testkit/replies.ts';
import { responseOf, responsesBody, responsesStream, streamOf } from '../testkit/responses-replies.ts';
import { bytes, json, reset, type Script, sse, sseHead } from '../testkit/script.ts';
import type { RecordedCall } from '../testkit/scripted-upstream.ts';
import type { Dialect } from './asked-call.ts';

export interface UpstreamKind {
  readonly provider: string;
  readonly protocol: string;
  /** What it calls its model, and what the config says of that. */
  readonly model: string;
  readonly facts: string;
  /** Says by how much a call is too long. */
  readonly figures: boolean;
  /** By which a thought is known when it comes back: its words, or what seals them. */
  readonly seal: string;
  reply(options: ReplyOptions): (call: RecordedCall) => Script;
  /** Some text, then the connection breaks. */
  breakOff(): Script;
  rateLimited(seconds: number): Script;
  fails(): Script;
  /** The prompt and the room asked for the answer exceed the window. */
  tooLong(figures: Figures): Script;
}

export interface Figures {
  readonly prompt: number;
  readonly answer: number;
  readonly window: number;
}

/** What the scripted model thinks, where it thinks. */
export const THOUGHT = 'First the note.';
const HALF = 'Half a sentence';
const FIRE = 'The engine caught fire.';

export const upstreamKinds: Readonly<Record<Dialect, UpstreamKind>> = {
  chat: {
    provider: 'openai-compatible',
    protocol: 'openai-chat',
    model: 'qwen3-coder',
    seal: THOUGHT,
    facts: '{}',
    figures: true,
    reply: chatReply,
    fails: () => json(openaiError(FIRE, 'server_error', 'server_error'), 500),
    breakOff: () => broken(chatStream({ text: HALF })),
    rateLimited: (seconds) =>
      json(openaiError('Rate limit reached.', 'rate_limit_exceeded', 'requests'), 429, {
        'retry-after': String(seconds),
      }),
    tooLong: ({ prompt, answer, window }) =>
      json(
        openaiError(
          `This model's maximum context length is ${window} tokens. However, you requested ${prompt + answer} ` +
            `tokens (${prompt} in the messages, ${answer} in the completion). Please reduce the length of the ` +
            'messages or completion.',
          'context_length_exceeded',
        ),
        400,
      ),
  },
  messages: {
    provider: 'anthropic',
    protocol: 'anthropic-messages',
    model: 'claude-opus-4-8',
    seal: 'c2lnbmVk',
    facts: '{ max_output: 64000 }',
    figures: true,
    reply: messagesReply,
    fails: () => json(anthropicError('api_error', FIRE), 500),
    breakOff: () => broken(messagesStream({ text: HALF })),
    rateLimited: (seconds) =>
      json(anthropicError('rate_limit_error', 'Number of requests has exceeded your rate limit.'), 429, {
        'retry-after': String(seconds),
      }),
    tooLong: ({ prompt, answer, window }) =>
      json(
        anthropicError(
          'invalid_request_error',
          `input length and \`max_tokens\` exceed context limit: ${prompt} + ${answer} > ${window}, decrease ` +
            'input length or `max_tokens` and try again',
        ),
        400,
      ),
  },
  responses: {
    provider: 'openai',
    protocol: 'openai-responses',
    model: 'gpt-5.6-sol',
    seal: 'gAAAsealed',
    facts: '{}',
    figures: false,
    reply: (options) => (call) => {
      const { output, ...fields } = responsesBody(options);
      const response = responseOf(output.map(itemAsCalled), fields);
      return call.json.stream === true ? sse(streamOf(response)) : json(response);
    },
    fails: () => json(openaiError(FIRE, 'server_error', 'server_error'), 500),
    breakOff: () => broken(responsesStream({ text: HALF })),
    rateLimited: (seconds) =>
      json(openaiError('Rate limit reached.', 'rate_limit_exceeded', 'requests'), 429, {
        'retry-after': String(seconds),
      }),
    // This dialect says it in the stream, after the answer has been announced.
    tooLong: () => {
      const message =
        'Your input exceeds the context window of this model. Please adjust your input and try again.';
      const opening = responseOf([], { status: 'in_progress', usage: null });
      const failed = { ...opening, status: 'failed', error: { code: 'context_length_exceeded', message } };
      const events = [
        { type: 'response.created', sequence_number: 0, response: opening },
        { type: 'response.in_progress', sequence_number: 1, response: opening },
        { type: 'response.failed', sequence_number: 2, response: failed },
      ];
      return sse(events.map(namedEvent).join(''));
    },
  },
  generate: {
    provider: 'gemini',
    protocol: 'gemini-generate',
    model: 'gemini-3-flash',
    seal: 'c2lnbmVk',
    facts: '{}',
    // It says how long the prompt is, and that this alone is too much.
    figures: false,
    reply: generateReply,
    fails: () => json(googleError(500, 'INTERNAL', FIRE), 500),
    breakOff: () => {
      const frame = { candidates: [{ content: { parts: [{ text: HALF }], role: 'model' }, index: 0 }] };
      return [sseHead(), bytes(`data: ${JSON.stringify(frame)}\r\n\r\n`), reset];
    },
    rateLimited: (seconds) => {
      const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` };
      return json(googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [retry]), 429);
    },
    tooLong: ({ prompt, window }) => {
      const said = `The input token count (${prompt + window}) exceeds the maximum number of tokens allowed (${window}).`;
      return json(googleError(400, 'INVALID_ARGUMENT', said), 400);
    },
  },
};

function googleError(
  code: number,
  status: string,
  message: string,
  details: readonly JsonValue[] = [],
): JsonValue {
  return { error: { code, message, status, details } };
}

/** Tools that take text and tools in namespaces are called by items of their own form. */
function itemAsCalled({ arguments: text, ...item }: JsonValue): JsonValue {
  if (item.type !== 'function_call') return item;
  const input = JSON.parse(text);
  const [name, namespace] = item.name.split('.').reverse();
  const place = namespace === undefined ? { name } : { namespace, name };
  if (typeof input !== 'string') return { ...item, ...place, arguments: text };
  return { ...item, ...place, type: 'custom_tool_call', input };
}

function broken(stream: string): Script {
  const until = stream.indexOf('\n\n', stream.indexOf(HALF)) + 2;
  return [sseHead(), bytes(stream.slice(0, until)), reset];
}

function openaiError(message: string, code: string, type = 'invalid_request_error'): JsonValue {
  return { error: { message, type, param: null, code } };
}

function anthropicError(type: string, message: string): JsonValue {
  return { type: 'error', error: { type, message }, request_id: 'req_up_1' };
}
