// What callers ask, once in each face's dialect. A case that only one dialect can say has only that one.
import type { JsonValue } from '../testkit/json-value.ts';

export interface CallCase {
  readonly name: string;
  readonly chat?: JsonValue;
  readonly messages?: JsonValue;
  readonly headers?: Readonly<Record<string, string>>;
}

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF = 'JVBERi0xLjQKJSVFT0YK';
const HELLO = [{ role: 'user', content: 'Hello.' }];
const WEATHER = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Which city' }, unit: { enum: ['c', 'f'] } },
  required: ['city'],
  additionalProperties: false,
};
const CHAT_TOOLS = [
  {
    type: 'function',
    function: { name: 'get_weather', description: 'Weather of a city.', parameters: WEATHER, strict: true },
  },
  { type: 'function', function: { name: 'get_time', description: 'Time of day.' } },
];
const MESSAGES_TOOLS = [
  { name: 'get_weather', description: 'Weather of a city.', input_schema: WEATHER, strict: true },
  { name: 'get_time', description: 'Time of day.', input_schema: { type: 'object', properties: {} } },
];

function chat(fields: JsonValue): JsonValue {
  return { messages: HELLO, ...fields };
}

function messages(fields: JsonValue): JsonValue {
  return { max_tokens: 1000, messages: HELLO, ...fields };
}

function user(...content: readonly JsonValue[]): JsonValue {
  return { role: 'user', content };
}

const prompts: readonly CallCase[] = [
  { name: 'text', chat: chat({}), messages: messages({}) },
  { name: 'stream', chat: chat({ stream: true }), messages: messages({ stream: true }) },
  {
    name: 'stream-with-usage',
    chat: chat({ stream: true, stream_options: { include_usage: true } }),
  },
  {
    name: 'system',
    chat: chat({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'developer', content: 'Answer in German.' },
        ...HELLO,
      ],
    }),
    messages: messages({ system: 'Be brief.' }),
  },
  {
    name: 'system-cached',
    chat: chat({
      messages: [
        {
          role: 'system',
          content: [{ type: 'text', text: 'Long rules.', prompt_cache_breakpoint: { mode: 'explicit' } }],
        },
        ...HELLO,
      ],
    }),
    messages: messages({
      system: [
        { type: 'text', text: 'Long rules.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Longer rules.', cache_control: { type: 'ephemeral', ttl: '1h' } },
      ],
    }),
  },
  {
    name: 'inline-system',
    chat: chat({
      messages: [
        ...HELLO,
        { role: 'assistant', content: 'Hi.' },
        { role: 'system', content: 'From now on in French.' },
        { role: 'user', content: 'And now?' },
      ],
    }),
    messages: messages({
      messages: [
        ...HELLO,
        { role: 'assistant', content: 'Hi.' },
        { role: 'system', content: 'From now on in French.' },
        { role: 'user', content: 'And now?' },
      ],
    }),
  },
  {
    name: 'claude-code-noise',
    messages: messages({
      system: [
        { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.328; cch=a1b2c;' },
        { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral' } },
      ],
      metadata: { user_id: JSON.stringify({ device_id: 'd'.repeat(64), session_id: 's'.repeat(36) }) },
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      stream: true,
    }),
    headers: { 'anthropic-beta': 'context-management-2025-06-27,interleaved-thinking-2025-05-14' },
  },
  {
    name: 'multi-turn',
    chat: chat({
      messages: [
        { role: 'user', content: 'One?', name: 'anna' },
        { role: 'assistant', content: 'One.' },
        { role: 'assistant', content: 'And a half.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Two?' },
            { type: 'text', text: 'Three?' },
          ],
        },
      ],
    }),
    messages: messages({
      messages: [
        { role: 'user', content: 'One?' },
        { role: 'assistant', content: [{ type: 'text', text: 'One.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Two?' },
            { type: 'text', text: 'Three?' },
          ],
        },
      ],
    }),
  },
  {
    name: 'prefilled-answer',
    chat: chat({ messages: [...HELLO, { role: 'assistant', content: '{"answer":' }] }),
    messages: messages({ messages: [...HELLO, { role: 'assistant', content: '{"answer":' }] }),
  },
  {
    name: 'refused-before',
    chat: chat({
      messages: [
        ...HELLO,
        { role: 'assistant', content: null, refusal: 'I will not.' },
        { role: 'user', content: 'Please.' },
      ],
    }),
  },
];

const media: readonly CallCase[] = [
  {
    name: 'image-url',
    chat: chat({
      messages: [
        user(
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'https://example.com/cat.png', detail: 'low' } },
        ),
      ],
    }),
    messages: messages({
      messages: [
        user(
          { type: 'image', source: { type: 'url', url: 'https://example.com/cat.png' } },
          { type: 'text', text: 'What is this?' },
        ),
      ],
    }),
  },
  {
    name: 'image-base64',
    chat: chat({
      messages: [user({ type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } })],
    }),
    messages: messages({
      messages: [
        user(
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
          { type: 'text', text: 'What is this?', cache_control: { type: 'ephemeral' } },
        ),
      ],
    }),
  },
  {
    name: 'document',
    chat: chat({
      messages: [
        user(
          {
            type: 'file',
            file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
          },
          { type: 'text', text: 'Sum it up.' },
        ),
      ],
    }),
    messages: messages({
      messages: [
        user(
          {
            type: 'document',
            title: 'a.pdf',
            source: { type: 'base64', media_type: 'application/pdf', data: PDF },
          },
          { type: 'text', text: 'Sum it up.' },
        ),
      ],
    }),
  },
  {
    name: 'document-text',
    messages: messages({
      messages: [
        user(
          {
            type: 'document',
            title: 'notes',
            context: 'Minutes of a meeting.',
            citations: { enabled: true },
            source: { type: 'text', media_type: 'text/plain', data: 'We met.' },
          },
          { type: 'text', text: 'Sum it up.' },
        ),
      ],
    }),
  },
  {
    name: 'document-url',
    messages: messages({
      messages: [user({ type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } })],
    }),
  },
  {
    name: 'audio',
    chat: chat({
      messages: [user({ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } })],
    }),
  },
];

const tools: readonly CallCase[] = [
  {
    name: 'tools',
    chat: chat({ tools: CHAT_TOOLS, tool_choice: 'auto' }),
    messages: messages({ tools: MESSAGES_TOOLS, tool_choice: { type: 'auto' } }),
  },
  {
    name: 'tools-one-at-a-time',
    chat: chat({ tools: CHAT_TOOLS, parallel_tool_calls: false }),
    messages: messages({
      tools: MESSAGES_TOOLS,
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    }),
  },
  {
    name: 'tool-choice-required',
    chat: chat({ tools: CHAT_TOOLS, tool_choice: 'required' }),
    messages: messages({ tools: MESSAGES_TOOLS, tool_choice: { type: 'any' } }),
  },
  {
    name: 'tool-choice-none',
    chat: chat({ tools: CHAT_TOOLS, tool_choice: 'none' }),
    messages: messages({ tools: MESSAGES_TOOLS, tool_choice: { type: 'none' } }),
  },
  {
    name: 'tool-choice-named',
    chat: chat({ tools: CHAT_TOOLS, tool_choice: { type: 'function', function: { name: 'get_time' } } }),
    messages: messages({ tools: MESSAGES_TOOLS, tool_choice: { type: 'tool', name: 'get_time' } }),
  },
  {
    name: 'tool-choice-allowed',
    chat: chat({
      tools: CHAT_TOOLS,
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'get_time' } }] },
      },
    }),
  },
  {
    name: 'tool-choice-forced-while-thinking',
    chat: chat({ tools: CHAT_TOOLS, tool_choice: 'required', reasoning_effort: 'high' }),
    messages: messages({
      tools: MESSAGES_TOOLS,
      tool_choice: { type: 'any' },
      thinking: { type: 'adaptive' },
    }),
  },
  {
    name: 'tool-custom',
    chat: chat({
      tools: [
        {
          type: 'custom',
          custom: { name: 'apply_patch', description: 'Takes a patch.', format: { type: 'text' } },
        },
      ],
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'custom', custom: { name: 'apply_patch', input: '*** Begin' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'Done.' },
      ],
    }),
  },
  {
    name: 'tool-server',
    chat: chat({ tools: [...CHAT_TOOLS, { type: 'web_search', search_context_size: 'low' }] }),
    messages: messages({
      tools: [...MESSAGES_TOOLS, { type: 'web_search_20250305', name: 'web_search', max_uses: 5 }],
    }),
  },
  {
    name: 'tool-results',
    chat: chat({
      tools: CHAT_TOOLS,
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: 'Let me see.',
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
            },
            { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '18 °C' },
        { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'noon' }] },
        { role: 'user', content: 'And tomorrow?' },
      ],
    }),
    messages: messages({
      tools: MESSAGES_TOOLS,
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Let me see.' },
            { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
            { type: 'tool_use', id: 'toolu_2', name: 'get_time', input: {} },
          ],
        },
        user(
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '18 °C' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: 'No clock.', is_error: true },
          { type: 'text', text: 'And tomorrow?' },
        ),
      ],
    }),
  },
  {
    name: 'tool-result-image',
    messages: messages({
      tools: MESSAGES_TOOLS,
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
            { type: 'tool_use', id: 'toolu_2', name: 'get_time', input: {} },
          ],
        },
        user(
          {
            type: 'tool_result',
            tool_use_id: 'toolu_1',
            content: [
              { type: 'text', text: 'A map:' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
            ],
          },
          { type: 'tool_result', tool_use_id: 'toolu_2' },
        ),
      ],
    }),
  },
  {
    name: 'tool-ids-of-other-vendors',
    chat: chat({
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          tool_calls: [
            { id: 'functions.get_time:0', type: 'function', function: { name: 'get_time', arguments: '' } },
          ],
        },
        { role: 'tool', tool_call_id: 'functions.get_time:0', content: 'noon' },
      ],
    }),
  },
  {
    name: 'tool-signed-by-google',
    chat: chat({
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'get_time', arguments: '{}' },
              extra_content: { google: { thought_signature: 'c2ln' } },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'noon' },
      ],
    }),
  },
];

const parameters: readonly CallCase[] = [
  {
    name: 'structured-output',
    chat: chat({
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'weather', schema: WEATHER, strict: true, description: 'A place.' },
      },
    }),
    messages: messages({ output_config: { format: { type: 'json_schema', schema: WEATHER } } }),
  },
  { name: 'json-object', chat: chat({ response_format: { type: 'json_object' } }) },
  {
    name: 'reasoning',
    chat: chat({ reasoning_effort: 'low', max_completion_tokens: 4000 }),
    messages: messages({ thinking: { type: 'enabled', budget_tokens: 2000 }, max_tokens: 4000 }),
  },
  {
    name: 'reasoning-adaptive',
    messages: messages({ thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } }),
  },
  {
    name: 'reasoning-off',
    chat: chat({ reasoning_effort: 'none' }),
    messages: messages({ thinking: { type: 'disabled' } }),
  },
  {
    name: 'reasoning-before',
    chat: chat({
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: null,
          reasoning_content: 'They greet me.',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'noon' },
      ],
    }),
    messages: messages({
      thinking: { type: 'adaptive' },
      messages: [
        ...HELLO,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'They greet me.', signature: 'c2lnbmVk' },
            { type: 'thinking', thinking: '', signature: 'ZW1wdHk=' },
            { type: 'redacted_thinking', data: 'c2VhbGVk' },
            { type: 'tool_use', id: 'toolu_1', name: 'get_time', input: {} },
          ],
        },
        user({ type: 'tool_result', tool_use_id: 'toolu_1', content: 'noon' }),
      ],
    }),
  },
  {
    name: 'stop',
    chat: chat({ stop: ['END', 'STOP'] }),
    messages: messages({ stop_sequences: ['END', 'STOP'] }),
  },
  { name: 'stop-one', chat: chat({ stop: 'END' }) },
  {
    name: 'stop-many',
    chat: chat({ stop: ['a', '\n'] }),
    messages: messages({ stop_sequences: ['a', 'b', 'c', 'd', 'e'] }),
  },
  {
    name: 'max-tokens',
    chat: chat({ max_tokens: 64 }),
    messages: messages({ max_tokens: 64 }),
  },
  {
    name: 'sampling',
    chat: chat({
      temperature: 1.5,
      top_p: 0.9,
      seed: 7,
      presence_penalty: 0.5,
      frequency_penalty: -0.5,
      logit_bias: { '50256': -100 },
    }),
    messages: messages({ temperature: 0.5, top_k: 40 }),
  },
  {
    name: 'sampling-in-a-version-that-refuses-it',
    messages: messages({ temperature: 0.5 }),
    headers: { 'anthropic-version': '2026-10-21' },
  },
  { name: 'several-choices', chat: chat({ n: 2 }) },
  { name: 'logprobs', chat: chat({ logprobs: true, top_logprobs: 3 }) },
  {
    name: 'identity',
    chat: chat({
      user: 'anna@example.com',
      prompt_cache_key: 'session-1',
      service_tier: 'flex',
      metadata: { ticket: '42' },
      store: false,
    }),
    messages: messages({ metadata: { user_id: 'anna@example.com' }, service_tier: 'standard_only' }),
  },
  {
    name: 'unknown-fields',
    chat: chat({ chat_template_kwargs: { enable_thinking: false }, brand_new: { a: [1, 2.5, '3'] } }),
    messages: messages({ brand_new: { a: [1, 2.5, '3'] }, container: 'box' }),
    headers: { 'anthropic-version': '2026-10-21' },
  },
];

export const callCases: readonly CallCase[] = [...prompts, ...media, ...tools, ...parameters];
