// Ollama's own API, asked of an Ollama whose operator has settled window and time to stay.
import type { JsonValue } from '../../testkit/json-value.ts';
import { checkOllamaBody, checkOllamaStream } from '../../testkit/ollama-checker.ts';
import {
  ndjson,
  ollamaBody,
  ollamaDone,
  ollamaLine,
  ollamaReply,
  ollamaStream,
} from '../../testkit/ollama-replies.ts';
import type { ReplyOptions } from '../../testkit/replies.ts';
import { json } from '../../testkit/script.ts';
import type { CallCase, Dialect, ReplyCase } from './dialect.ts';

const HELLO = [{ role: 'user', content: 'Hello.' }];
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Which city' }, unit: { enum: ['c', 'f'] } },
  required: ['city'],
};
const TOOLS = [
  {
    type: 'function',
    function: { name: 'get_weather', description: 'Weather of a city.', parameters: WEATHER },
  },
  { type: 'function', function: { name: 'get_time', description: 'Time of day.' } },
];

function asked(fields: JsonValue): JsonValue {
  return { messages: HELLO, stream: false, ...fields };
}

const bodies: Readonly<Record<string, JsonValue>> = {
  text: asked({}),
  stream: { messages: HELLO, stream: true },
  'stream-unsaid': { messages: HELLO },
  system: asked({ messages: [{ role: 'system', content: 'Be brief.' }, ...HELLO] }),
  'inline-system': asked({
    messages: [
      ...HELLO,
      { role: 'assistant', content: 'Hi.' },
      { role: 'system', content: 'From now on in French.' },
      { role: 'user', content: 'And now?' },
    ],
  }),
  'image-base64': asked({ messages: [{ role: 'user', content: 'What is this?', images: [PIXEL] }] }),
  tools: asked({ tools: TOOLS }),
  'tool-results': asked({
    tools: TOOLS,
    messages: [
      ...HELLO,
      {
        role: 'assistant',
        content: 'Let me see.',
        thinking: 'Both.',
        tool_calls: [
          { function: { index: 0, name: 'get_weather', arguments: { city: 'Paris' } } },
          { function: { index: 1, name: 'get_time', arguments: {} } },
        ],
      },
      { role: 'tool', tool_name: 'get_weather', content: '18 °C' },
      { role: 'tool', tool_name: 'get_time', content: 'noon' },
      { role: 'user', content: 'And tomorrow?' },
    ],
  }),
  'tool-results-by-id': asked({
    messages: [
      ...HELLO,
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_a', function: { index: 0, name: 'get_time', arguments: { zone: 'a' } } },
          { id: 'call_b', function: { index: 1, name: 'get_time', arguments: { zone: 'b' } } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_b', content: 'b' },
      { role: 'tool', tool_call_id: 'call_a', content: 'a' },
    ],
  }),
  'structured-output': asked({ format: WEATHER }),
  'json-object': asked({ format: 'json' }),
  reasoning: asked({ think: 'low', options: { num_predict: 4000 } }),
  'reasoning-on': asked({ think: true }),
  'reasoning-off': asked({ think: false }),
  stop: asked({ options: { stop: ['END', 'STOP'] } }),
  'max-tokens': asked({ options: { num_predict: 64 } }),
  unbounded: asked({ options: { num_predict: -1, seed: -1 } }),
  sampling: asked({
    options: {
      temperature: 1.5,
      top_p: 0.9,
      top_k: 40,
      seed: 7,
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      repeat_penalty: 1.1,
      min_p: 0.05,
      mirostat: 2,
      num_ctx: 2048,
    },
    keep_alive: '5m',
  }),
  logprobs: asked({ logprobs: true, top_logprobs: 3 }),
  'unknown-fields': asked({ brand_new: { a: [1, 2.5, '3'] }, truncate: true }),
};

function replyOf(options: ReplyOptions): ReplyCase {
  return { body: ollamaBody(options), stream: ollamaStream(options) };
}

const LOGPROBS = [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }];
const INDEX_ZERO = [
  { function: { name: 'get_time', arguments: {} } },
  { function: { name: 'get_weather', arguments: { city: 'Bern' } } },
];

const replies: Readonly<Record<string, ReplyCase>> = {
  text: replyOf({ text: ['Hello ', 'wörld 👋'] }),
  empty: replyOf({}),
  reasoning: replyOf({ reasoning: 'A greeting.', text: 'Hello.' }),
  length: replyOf({ text: 'Hel', finish: 'length' }),
  'length-within-a-call': replyOf({
    tools: [{ id: 'call_1', name: 'get_time', input: { zone: 'UTC' } }],
    finish: 'length',
  }),
  tool: replyOf({ tools: [{ id: 'call_1', name: 'get_time', input: {} }] }),
  'tools-in-parallel': replyOf({
    reasoning: 'Both.',
    text: 'Let me see.',
    tools: [
      { id: 'call_1', name: 'get_weather', input: { city: 'Zürich', unit: 'c' } },
      { id: 'call_2', name: 'get_time', input: { zone: 'UTC' } },
    ],
  }),
  'calls-without-ids': {
    body: { ...ollamaBody(), message: { role: 'assistant', content: '', tool_calls: INDEX_ZERO } },
    stream:
      INDEX_ZERO.map((call) => ollamaLine({ content: '', tool_calls: [call] })).join('') + ollamaStream(),
  },
  logprobs: {
    body: { ...ollamaBody({ text: 'Hi' }), logprobs: LOGPROBS },
    stream: ollamaLine({ content: 'Hi' }, {}, { logprobs: LOGPROBS }) + ollamaStream(),
  },
  'no-usage': {
    body: { ...ollamaDoneBody(), message: { role: 'assistant', content: 'Hi.' } },
    stream: ollamaLine({ content: 'Hi.' }) + ollamaDone({ done: true, done_reason: 'stop' }),
  },
};

function ollamaDoneBody(): JsonValue {
  return JSON.parse(ollamaDone({ done: true, done_reason: 'stop' })) as JsonValue;
}

const OWN = { truncate: false, shift: false, keep_alive: '10m' };

/** The window in front of the caller's options, and what they left unsaid, at the end. */
function spliced(body: JsonValue): string {
  const { options } = body;
  const wished = options?.num_ctx === undefined ? { num_ctx: 8192, ...options } : options;
  const at = options === undefined ? {} : { options: wished };
  const added = options === undefined ? { options: wished } : {};
  const own = Object.entries(OWN).filter(([name]) => body[name] === undefined);
  return JSON.stringify({ model: 'up-model', ...body, ...at, ...added, ...Object.fromEntries(own) });
}

export const ollama: Dialect = {
  name: 'ollama',
  protocol: 'ollama-chat',
  calls: Object.fromEntries(
    Object.entries(bodies).map(([name, body]): [string, CallCase] => [name, { body }]),
  ),
  replies,
  face: {
    path: () => '/api/chat',
    named: (model, body) => ({ model, ...body }),
    question: (stream) => ({ messages: HELLO, stream }),
    checkBody: checkOllamaBody,
    checkStream: checkOllamaStream,
  },
  upstream: {
    config: (url) =>
      `{ provider: ollama, url: ${url}, secret: sk-upstream, options: { num_ctx: 8192, keep_alive: 10m } }`,
    model: 'up-model',
    answer: ollamaReply({ text: 'Hi.' }),
    whole: json,
    streamed: ndjson,
    spliced: (_name, body) => spliced(body),
  },
};
