// What upstreams answer, once in each dialect, whole and streamed. A case that only one dialect can say has
// only that one.
import type { JsonValue } from '../testkit/json-value.ts';
import {
  chatBody,
  chatStream,
  messagesBody,
  messagesStream,
  namedEvent,
  type ReplyOptions,
} from '../testkit/replies.ts';

interface Reply {
  readonly body: JsonValue;
  readonly stream: string;
}

export interface ReplyCase {
  readonly name: string;
  readonly chat?: Reply;
  readonly messages?: Reply;
}

function both(name: string, options: ReplyOptions, stops: readonly [string, string]): ReplyCase {
  const [chatStop, messagesStop] = stops;
  const chat = { ...options, finish: chatStop };
  const messages = { ...options, finish: messagesStop };
  return {
    name,
    chat: { body: chatBody(chat), stream: chatStream(chat) },
    messages: { body: messagesBody(messages), stream: messagesStream(messages) },
  };
}

const plain: readonly ReplyCase[] = [
  both('text', { text: ['Hello ', 'wörld 👋'] }, ['stop', 'end_turn']),
  both('empty', {}, ['stop', 'end_turn']),
  both('reasoning', { reasoning: 'A greeting.', text: 'Hello.' }, ['stop', 'end_turn']),
  both('length', { text: 'Hel' }, ['length', 'max_tokens']),
  both('length-within-a-call', { tools: [{ id: 'call_1', name: 'get_time', input: { zone: 'UTC' } }] }, [
    'length',
    'max_tokens',
  ]),
  both('tool', { tools: [{ id: 'call_1', name: 'get_time', input: {} }] }, ['tool_calls', 'tool_use']),
  both(
    'tools-in-parallel',
    {
      reasoning: 'Both.',
      text: 'Let me see.',
      tools: [
        { id: 'call_1', name: 'get_weather', input: { city: 'Zürich', unit: 'c' } },
        { id: 'call_2', name: 'get_time', input: { zone: 'UTC' } },
      ],
    },
    ['tool_calls', 'tool_use'],
  ),
];

const chatHead = {
  id: 'chatcmpl-up-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'up-model',
  service_tier: 'default',
  system_fingerprint: 'fp_1',
};

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function choiceBody(message: JsonValue, rest: JsonValue = {}): JsonValue {
  const choice = {
    index: 0,
    message: { role: 'assistant', content: null, ...message },
    finish_reason: 'stop',
    ...rest,
  };
  return { ...chatHead, choices: [choice], usage: USAGE };
}

function chunks(...parts: readonly JsonValue[]): string {
  const head = { ...chatHead, object: 'chat.completion.chunk' };
  const stated = parts.some((part) => part.usage !== undefined) ? [] : [{ choices: [], usage: USAGE }];
  const lines = [...parts, ...stated].map((part) => `data: ${JSON.stringify({ ...head, ...part })}\n\n`);
  return `${lines.join('')}data: [DONE]\n\n`;
}

function delta(fields: JsonValue, rest: JsonValue = {}): JsonValue {
  return { choices: [{ index: 0, delta: fields, finish_reason: null, ...rest }] };
}

const finish = (reason: string, rest: JsonValue = {}): JsonValue =>
  delta({}, { finish_reason: reason, ...rest });
const CACHED = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
  completion_tokens_details: { reasoning_tokens: 8 },
};
const LOGPROBS = {
  content: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
  refusal: null,
};

const chatOnly: readonly ReplyCase[] = [
  {
    name: 'refusal',
    chat: {
      body: choiceBody({ refusal: 'I will not.' }),
      stream: chunks(
        delta({ role: 'assistant', refusal: '' }),
        delta({ refusal: 'I will not.' }),
        finish('stop'),
      ),
    },
  },
  {
    name: 'content-filter',
    chat: {
      body: choiceBody({ content: 'Once' }, { finish_reason: 'content_filter' }),
      stream: chunks(delta({ role: 'assistant', content: 'Once' }), finish('content_filter')),
    },
  },
  {
    name: 'usage-with-cache',
    chat: {
      body: { ...choiceBody({ content: 'Hi.' }), usage: CACHED },
      stream: chunks(delta({ role: 'assistant', content: 'Hi.' }), finish('stop'), {
        choices: [],
        usage: CACHED,
      }),
    },
  },
  {
    name: 'stop-string',
    chat: {
      body: choiceBody({ content: 'Hi.' }, { stop_reason: 'END' }),
      stream: chunks(delta({ role: 'assistant', content: 'Hi.' }), finish('stop', { stop_reason: 'END' })),
    },
  },
  {
    name: 'several-choices',
    chat: {
      body: {
        ...chatHead,
        choices: ['Hi.', 'Ho.'].map((content, index) => ({
          index,
          message: { role: 'assistant', content, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        })),
        usage: USAGE,
      },
      stream: chunks(
        delta({ role: 'assistant', content: 'Hi.' }),
        delta({ role: 'assistant', content: 'Ho.' }, { index: 1 }),
        finish('stop'),
        finish('stop', { index: 1 }),
      ),
    },
  },
  {
    name: 'logprobs',
    chat: {
      body: choiceBody({ content: 'Hi' }, { logprobs: LOGPROBS }),
      stream: chunks(delta({ role: 'assistant', content: 'Hi' }, { logprobs: LOGPROBS }), finish('stop')),
    },
  },
  {
    name: 'azure-accent',
    chat: {
      body: choiceBody({ content: 'Hi.' }, { content_filter_results: { hate: { filtered: false } } }),
      stream: chunks(
        {
          id: '',
          created: 0,
          model: '',
          object: '',
          choices: [],
          prompt_filter_results: [{ prompt_index: 0 }],
        },
        delta({ role: 'assistant', content: '' }),
        {
          choices: [
            { index: 0, finish_reason: null, content_filter_results: {}, content_filter_offsets: {} },
          ],
        },
        delta({ content: 'Hi.' }),
        finish('stop'),
      ),
    },
  },
  {
    name: 'vllm-accent',
    chat: {
      body: choiceBody(
        {
          content: 'Hi.',
          reasoning: 'A greeting.',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } }],
        },
        { finish_reason: 'stop' },
      ),
      stream: chunks(
        delta({ role: 'assistant', content: '' }),
        delta({ reasoning: 'A greeting.' }),
        delta({ content: 'Hi.' }),
        delta({
          tool_calls: [
            { id: 'call_1', index: 0, type: 'function', function: { name: 'get_time', arguments: '' } },
          ],
        }),
        delta({
          tool_calls: [
            { index: 0, id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } },
          ],
        }),
        finish('stop'),
      ),
    },
  },
  {
    name: 'ollama-accent',
    chat: {
      body: choiceBody({
        content: '',
        tool_calls: [
          { id: 'call_a', index: 0, type: 'function', function: { name: 'get_time', arguments: '{}' } },
          {
            id: 'call_b',
            index: 0,
            type: 'function',
            function: { name: 'get_weather', arguments: '{"city":"Bern"}' },
          },
        ],
      }),
      stream: chunks(
        delta({
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'call_a', index: 0, type: 'function', function: { name: 'get_time', arguments: '{}' } },
            {
              id: 'call_b',
              index: 0,
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"Bern"}' },
            },
          ],
        }),
        finish('stop'),
      ),
    },
  },
];

const envelope = {
  id: 'msg_up_1',
  type: 'message',
  role: 'assistant',
  model: 'up-model',
  stop_sequence: null,
};

function message(content: readonly JsonValue[], fields: JsonValue = {}): JsonValue {
  const usage = { input_tokens: 10, output_tokens: 5 };
  return { ...envelope, content, stop_reason: 'end_turn', usage, ...fields };
}

/** The body's blocks as events: whole at their start where the vendor sends them so. */
function events(body: JsonValue, blocks: readonly (readonly JsonValue[])[], start: JsonValue = {}): string {
  const { stop_reason, stop_sequence, stop_details, usage } = body;
  const opened = { ...body, content: [], stop_reason: null, stop_sequence: null, ...start };
  const list: JsonValue[] = [{ type: 'message_start', message: opened }];
  for (const [index, [first, ...deltas]] of blocks.entries()) {
    list.push({ type: 'content_block_start', index, content_block: first });
    for (const part of deltas) list.push({ type: 'content_block_delta', index, delta: part });
    list.push({ type: 'content_block_stop', index });
  }
  const ending = { stop_reason, stop_sequence, ...(stop_details === undefined ? {} : { stop_details }) };
  list.push({ type: 'message_delta', delta: ending, usage }, { type: 'message_stop' });
  return list.map(namedEvent).join('');
}

function textBlock(text: string): readonly JsonValue[] {
  return [
    { type: 'text', text: '' },
    { type: 'text_delta', text },
  ];
}

const HI = { type: 'text', text: 'Hi.' };

function messagesCase(
  name: string,
  body: JsonValue,
  blocks: readonly (readonly JsonValue[])[],
  start: JsonValue = {},
): ReplyCase {
  return { name, messages: { body, stream: events(body, blocks, start) } };
}

const CITATION = {
  type: 'web_search_result_location',
  url: 'https://example.com',
  title: 'Example',
  encrypted_index: 'aQ==',
  cited_text: 'Hi.',
};

const messagesOnly: readonly ReplyCase[] = [
  messagesCase(
    'refusal',
    message([], {
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: 'cyber', explanation: 'I will not.' },
    }),
    [],
  ),
  messagesCase('refusal-in-the-middle', message([HI], { stop_reason: 'refusal' }), [textBlock('Hi.')]),
  messagesCase(
    'usage-with-cache',
    message([HI], {
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 30, ephemeral_1h_input_tokens: 0 },
        output_tokens: 20,
        service_tier: 'standard',
      },
    }),
    [textBlock('Hi.')],
    {
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 30,
        output_tokens: 1,
      },
    },
  ),
  messagesCase('stop-string', message([HI], { stop_reason: 'stop_sequence', stop_sequence: 'END' }), [
    textBlock('Hi.'),
  ]),
  messagesCase('pause', message([HI], { stop_reason: 'pause_turn' }), [textBlock('Hi.')]),
  messagesCase('context-full', message([HI], { stop_reason: 'model_context_window_exceeded' }), [
    textBlock('Hi.'),
  ]),
  messagesCase('redacted-thinking', message([{ type: 'redacted_thinking', data: 'c2VhbGVk' }, HI]), [
    [{ type: 'redacted_thinking', data: 'c2VhbGVk' }],
    textBlock('Hi.'),
  ]),
  messagesCase(
    'signed-but-silent-thinking',
    message([{ type: 'thinking', thinking: '', signature: 'c2lnbmVk' }, HI]),
    [
      [
        { type: 'thinking', thinking: '', signature: '' },
        { type: 'signature_delta', signature: 'c2lnbmVk' },
      ],
      textBlock('Hi.'),
    ],
  ),
  messagesCase(
    'server-tool-and-citation',
    message([
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'hi' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
      { ...HI, citations: [CITATION] },
    ]),
    [
      [
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
        { type: 'input_json_delta', partial_json: '{"query":"hi"}' },
      ],
      [{ type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }],
      [
        { type: 'text', text: '', citations: [] },
        { type: 'text_delta', text: 'Hi.' },
        { type: 'citations_delta', citation: CITATION },
      ],
    ],
  ),
];

export const replyCases: readonly ReplyCase[] = [...plain, ...chatOnly, ...messagesOnly];
