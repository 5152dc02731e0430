import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { decodeCall } from './decode-call.ts';

const hi = { role: 'user', content: 'hi' };

function call(fields: JsonObject): CallContent {
  return decodeCall({ model: 'm', messages: [hi], ...fields });
}

function turns(...messages: JsonObject[]): readonly Message[] {
  return decodeCall({ model: 'm', messages }).messages;
}

/** Blocks of a user message with these parts. */
function parts(...content: Json[]): readonly Block[] {
  return turns({ role: 'user', content })[0]!.blocks;
}

function text(words: string): Block {
  return { type: 'text', text: words };
}

test('the least call', () => {
  assert.deepEqual(call({}), {
    origin: 'openai-chat',
    model: 'm',
    stream: false,
    system: [],
    messages: [{ role: 'user', blocks: [text('hi')] }],
    tools: [],
    serverTools: [],
    includeUsage: false,
    extras: {},
  });
});

const fields: { why: string; wire: JsonObject; content: Partial<CallContent> }[] = [
  { why: 'max_tokens', wire: { max_tokens: 5 }, content: { maxTokens: 5 } },
  {
    why: 'the newer bound wins over the older one',
    wire: { max_tokens: 5, max_completion_tokens: 7 },
    content: { maxTokens: 7 },
  },
  {
    why: 'sampling',
    wire: {
      temperature: 0,
      top_p: 0.5,
      top_k: 40,
      seed: 1,
      presence_penalty: -1,
      frequency_penalty: 2,
      logit_bias: { 5: 1 },
      n: 2,
    },
    content: {
      temperature: 0,
      topP: 0.5,
      topK: 40,
      seed: 1,
      presencePenalty: -1,
      frequencyPenalty: 2,
      logitBias: { 5: 1 },
      n: 2,
    },
  },
  { why: 'one stop string', wire: { stop: 'END' }, content: { stop: ['END'] } },
  { why: 'several', wire: { stop: ['a', 'b'] }, content: { stop: ['a', 'b'] } },
  { why: 'logprobs', wire: { logprobs: true, top_logprobs: 3 }, content: { logprobs: { top: 3 } } },
  {
    why: 'stream, usage wanted',
    wire: { stream: true, stream_options: { include_usage: true } },
    content: { stream: true, includeUsage: true },
  },
  {
    why: 'other stream options are extras',
    wire: { stream: true, stream_options: { include_usage: false, include_obfuscation: false } },
    content: { stream: true, extras: { stream_options: { include_obfuscation: false } } },
  },
  { why: 'effort', wire: { reasoning_effort: 'xhigh' }, content: { reasoning: { effort: 'xhigh' } } },
  {
    why: "a vendor's own effort is an extra",
    wire: { reasoning_effort: 'default' },
    content: { extras: { reasoning_effort: 'default' } },
  },
  {
    why: 'identity',
    wire: { safety_identifier: 's', prompt_cache_key: 'k' },
    content: { user: 's', cacheKey: 'k' },
  },
  { why: 'the old identity', wire: { user: 'u' }, content: { user: 'u' } },
  {
    why: 'both: the older goes along',
    wire: { user: 'u', safety_identifier: 's' },
    content: { user: 's', extras: { user: 'u' } },
  },
  {
    why: 'service tier and metadata',
    wire: { service_tier: 'flex', metadata: { a: 'b' } },
    content: { serviceTier: 'flex', metadata: { a: 'b' } },
  },
  { why: 'how many words', wire: { verbosity: 'low' }, content: { verbosity: 'low' } },
  {
    why: 'what is only Chat stays verbatim, known or not',
    wire: {
      store: true,
      prediction: { type: 'content', content: 'x' },
      modalities: ['text', 'audio'],
      audio: { voice: 'v', format: 'wav' },
      web_search_options: {},
      chat_template_kwargs: { enable_thinking: false },
      brand_new: [1],
    },
    content: {
      extras: {
        store: true,
        prediction: { type: 'content', content: 'x' },
        modalities: ['text', 'audio'],
        audio: { voice: 'v', format: 'wav' },
        web_search_options: {},
        chat_template_kwargs: { enable_thinking: false },
        brand_new: [1],
      },
    },
  },
  { why: 'null is absent', wire: { temperature: null, stop: null, tools: null, store: null }, content: {} },
  { why: "engines' -1 is no bound", wire: { max_tokens: -1, top_k: -1 }, content: {} },
  { why: 'plain text', wire: { response_format: { type: 'text' } }, content: { format: { type: 'text' } } },
  { why: 'JSON', wire: { response_format: { type: 'json_object' } }, content: { format: { type: 'json' } } },
  {
    why: 'a schema',
    wire: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
      },
    },
    content: { format: { type: 'schema', name: 'n', schema: { type: 'object' }, strict: true } },
  },
  {
    why: "llama-server's way to give one",
    wire: { response_format: { type: 'json_object', schema: { type: 'object' } } },
    content: { format: { type: 'schema', name: 'response', schema: { type: 'object' } } },
  },
  {
    why: "TGI's way to give one",
    wire: { response_format: { type: 'json', value: { type: 'object' } } },
    content: { format: { type: 'schema', name: 'response', schema: { type: 'object' } } },
  },
  {
    why: 'a function tool',
    wire: {
      tools: [
        {
          type: 'function',
          function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
        },
      ],
      parallel_tool_calls: false,
    },
    content: {
      tools: [{ name: 'f', description: 'd', schema: { type: 'object' }, strict: true }],
      parallelToolCalls: false,
    },
  },
  {
    why: 'envoy ai-gateway#1953: a tool without type is a function',
    wire: { tools: [{ function: { name: 'f' } }] },
    content: { tools: [{ name: 'f', schema: { type: 'object', properties: {} } }] },
  },
  {
    why: 'a custom tool',
    wire: { tools: [{ type: 'custom', custom: { name: 'p', format: { type: 'text' } } }] },
    content: { tools: [{ name: 'p', schema: {}, custom: { format: { type: 'text' } } }] },
  },
  {
    why: "a vendor's own tool",
    wire: { tools: [{ type: 'browser_search' }] },
    content: { serverTools: [{ origin: 'openai-chat', value: { type: 'browser_search' } }] },
  },
  {
    why: 'legacy functions and their choice',
    wire: { functions: [{ name: 'f', parameters: { type: 'object' } }], function_call: { name: 'f' } },
    content: { tools: [{ name: 'f', schema: { type: 'object' } }], toolChoice: { mode: 'tool', name: 'f' } },
  },
  { why: 'choice none', wire: { tool_choice: 'none' }, content: { toolChoice: { mode: 'none' } } },
  {
    why: 'choice required',
    wire: { tool_choice: 'required' },
    content: { toolChoice: { mode: 'required' } },
  },
  { why: "Mistral's any", wire: { tool_choice: 'any' }, content: { toolChoice: { mode: 'required' } } },
  {
    why: 'a named function',
    wire: { tool_choice: { type: 'function', function: { name: 'f' } } },
    content: { toolChoice: { mode: 'tool', name: 'f' } },
  },
  {
    why: 'a named custom tool',
    wire: { tool_choice: { type: 'custom', custom: { name: 'p' } } },
    content: { toolChoice: { mode: 'tool', name: 'p' } },
  },
  {
    why: 'bifrost#7348: allowed tools are not lost',
    wire: {
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'required',
          tools: [
            { type: 'function', function: { name: 'f' } },
            { type: 'custom', custom: { name: 'p' } },
          ],
        },
      },
    },
    content: { toolChoice: { mode: 'allowed', names: ['f', 'p'], required: true } },
  },
];

for (const row of fields) {
  test(`field: ${row.why}`, () => assert.deepEqual(call(row.wire), { ...call({}), ...row.content }));
}

const partRows: { why: string; part: Json; block: Block }[] = [
  { why: 'text', part: { type: 'text', text: 'a' }, block: text('a') },
  {
    why: 'an image URL',
    part: { type: 'image_url', image_url: { url: 'https://x/y.png', detail: 'low' } },
    block: { type: 'image', source: { kind: 'url', url: 'https://x/y.png' }, detail: 'low' },
  },
  {
    why: 'an image in a data URL',
    part: { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    block: { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
  },
  {
    why: 'an image in a data URL without base64',
    part: { type: 'image_url', image_url: { url: 'data:image/svg+xml;charset=utf8,%3Csvg/%3E' } },
    block: { type: 'image', source: { kind: 'base64', mediaType: 'image/svg+xml', data: 'PHN2Zy8+' } },
  },
  {
    why: 'an image URL without its object',
    part: { type: 'image_url', image_url: 'https://x/y.png' },
    block: { type: 'image', source: { kind: 'url', url: 'https://x/y.png' } },
  },
  {
    why: 'audio',
    part: { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    block: { type: 'audio', data: 'AA', format: 'wav' },
  },
  {
    why: 'a file by its bytes',
    part: { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } },
    block: {
      type: 'document',
      source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA' },
      name: 'a.pdf',
    },
  },
  {
    why: 'a file as bare base64',
    part: { type: 'file', file: { file_data: 'AA' } },
    block: { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA' } },
  },
  {
    why: 'a file by its id',
    part: { type: 'file', file: { file_id: 'file-1' } },
    block: { type: 'document', source: { kind: 'file', id: 'file-1' } },
  },
  {
    why: "OpenAI's cache breakpoint",
    part: { type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
    block: { type: 'text', text: 'a', cache: {} },
  },
  {
    why: "Anthropic's cache mark in a Chat part",
    part: { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
    block: { type: 'text', text: 'a', cache: { ttl: '1h' } },
  },
  {
    why: 'a part nobody knows is kept',
    part: { type: 'video_url', video_url: { url: 'v' } },
    block: { type: 'raw', origin: 'openai-chat', value: { type: 'video_url', video_url: { url: 'v' } } },
  },
];

for (const row of partRows) {
  test(`part: ${row.why}`, () => assert.deepEqual(parts(row.part), [row.block]));
}

test('empty text makes no block: other dialects refuse it', () => {
  assert.deepEqual(parts({ type: 'text', text: '' }, { type: 'text', text: 'a' }), [text('a')]);
  assert.deepEqual(turns({ role: 'user', content: '' }), [{ role: 'user', blocks: [] }]);
});

test('leading system and developer messages are apart, later ones stay in place', () => {
  const { system, messages } = decodeCall({
    model: 'm',
    messages: [
      { role: 'system', content: 'a' },
      { role: 'developer', content: [{ type: 'text', text: 'b' }] },
      { role: 'user', content: 'c', name: 'ann' },
      { role: 'system', content: 'd' },
    ],
  });
  assert.deepEqual(system, [text('a'), text('b')]);
  assert.deepEqual(messages, [
    { role: 'user', blocks: [text('c')], name: 'ann' },
    { role: 'system', blocks: [text('d')] },
  ]);
});

test('higress#3517, vercel/ai#8474: tool messages in a row are one user turn, results first', () => {
  const asked = {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
      { id: 'c2', function: { name: 'g', arguments: '' } },
    ],
  };
  assert.deepEqual(
    turns(
      hi,
      asked,
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'two' }] },
      { role: 'user', content: 'and now?' },
      { role: 'user', content: 'well?' },
    ).slice(1),
    [
      {
        role: 'assistant',
        blocks: [
          { type: 'tool_call', id: 'c1', name: 'f', input: '{"a":1}' },
          { type: 'tool_call', id: 'c2', name: 'g', input: '{}' },
        ],
      },
      {
        role: 'user',
        blocks: [
          { type: 'tool_result', callId: 'c1', content: [text('one')] },
          { type: 'tool_result', callId: 'c2', content: [text('two')] },
          text('and now?'),
        ],
      },
      { role: 'user', blocks: [text('well?')] },
    ],
  );
});

const assistants: { why: string; message: JsonObject; blocks: Block[] }[] = [
  {
    why: 'pi#3636: DeepSeek reasoning comes back',
    message: { content: 'a', reasoning_content: 'hm' },
    blocks: [{ type: 'reasoning', text: 'hm' }, text('a')],
  },
  {
    why: 'vLLM reasoning',
    message: { content: 'a', reasoning: 'hm' },
    blocks: [{ type: 'reasoning', text: 'hm' }, text('a')],
  },
  {
    why: 'thinking blocks with signature and seal',
    message: {
      content: 'a',
      reasoning_content: 'hm',
      thinking_blocks: [
        { type: 'thinking', thinking: 'hm', signature: 's' },
        { type: 'redacted_thinking', data: 'xyz' },
      ],
    },
    blocks: [
      { type: 'reasoning', text: 'hm', sealed: { origin: 'anthropic', value: 's' } },
      { type: 'reasoning', text: '', sealed: { origin: 'anthropic', value: 'xyz' }, redacted: true },
      text('a'),
    ],
  },
  {
    why: 'a refusal, in its field or as a part',
    message: { content: [{ type: 'refusal', refusal: 'x' }], refusal: 'No.' },
    blocks: [
      { type: 'refusal', text: 'x' },
      { type: 'refusal', text: 'No.' },
    ],
  },
  {
    why: 'arguments as an object, a custom call, a thought signature',
    message: {
      tool_calls: [
        { id: 'c1', function: { name: 'f', arguments: { a: 1 } } },
        { id: 'c2', type: 'custom', custom: { name: 'p', input: 'free' } },
        {
          id: 'c3',
          function: { name: 'g', arguments: '{}' },
          extra_content: { google: { thought_signature: 'ts' } },
        },
      ],
    },
    blocks: [
      { type: 'tool_call', id: 'c1', name: 'f', input: '{"a":1}' },
      { type: 'tool_call', id: 'c2', name: 'p', input: 'free', custom: true },
      { type: 'tool_call', id: 'c3', name: 'g', input: '{}', sealed: { origin: 'google', value: 'ts' } },
    ],
  },
  {
    why: 'a reference to an earlier audio answer',
    message: { audio: { id: 'audio_1' } },
    blocks: [{ type: 'raw', origin: 'openai-chat', value: { audio: { id: 'audio_1' } } }],
  },
];

for (const row of assistants) {
  test(`assistant: ${row.why}`, () => {
    assert.deepEqual(turns(hi, { role: 'assistant', ...row.message })[1]!.blocks, row.blocks);
  });
}

test('legacy calls and their results find each other by name', () => {
  const [, asked, answered] = turns(
    hi,
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
    { role: 'function', name: 'f', content: 'done' },
  );
  const id = 'call_function_0';
  assert.deepEqual(asked?.blocks, [{ type: 'tool_call', id, name: 'f', input: '{}' }]);
  assert.deepEqual(answered?.blocks, [{ type: 'tool_result', callId: id, content: [text('done')] }]);
});

const part = (value: Json): JsonObject => ({ messages: [hi, hi, { role: 'user', content: [value] }] });
const asked = (value: Json): JsonObject => ({ messages: [{ role: 'assistant', tool_calls: [value] }] });

const wrong: { why: string; wire: JsonObject; param: string }[] = [
  { why: 'no model', wire: { model: null }, param: 'model' },
  { why: 'a model that is no string', wire: { model: 5 }, param: 'model' },
  { why: 'no messages', wire: { messages: null }, param: 'messages' },
  { why: 'empty messages', wire: { messages: [] }, param: 'messages' },
  { why: 'messages as text', wire: { messages: 'hi' }, param: 'messages' },
  { why: 'a message as text', wire: { messages: [hi, 'hi'] }, param: 'messages[1]' },
  { why: 'no role', wire: { messages: [{ content: 'x' }] }, param: 'messages[0].role' },
  { why: 'an unknown role', wire: { messages: [{ role: 'bot' }] }, param: 'messages[0].role' },
  {
    why: 'content as a number',
    wire: { messages: [{ role: 'user', content: 5 }] },
    param: 'messages[0].content',
  },
  { why: 'a part type that is no string', wire: part({ type: 5 }), param: 'messages[2].content[0].type' },
  { why: 'a part without type', wire: part({ text: 'a' }), param: 'messages[2].content[0].type' },
  { why: 'a part as text', wire: part('a'), param: 'messages[2].content[0]' },
  { why: 'text without text', wire: part({ type: 'text' }), param: 'messages[2].content[0].text' },
  {
    why: 'an image without URL',
    wire: part({ type: 'image_url', image_url: {} }),
    param: 'messages[2].content[0].image_url.url',
  },
  {
    why: 'a data URL without data',
    wire: part({ type: 'image_url', image_url: { url: 'data:image/png;base64' } }),
    param: 'messages[2].content[0].image_url.url',
  },
  {
    why: 'a data URL with broken percent signs',
    wire: part({ type: 'image_url', image_url: { url: 'data:image/png,%' } }),
    param: 'messages[2].content[0].image_url.url',
  },
  {
    why: 'a file without file',
    wire: part({ type: 'file', file: {} }),
    param: 'messages[2].content[0].file',
  },
  {
    why: 'a tool message without id',
    wire: { messages: [{ role: 'tool', content: 'x' }] },
    param: 'messages[0].tool_call_id',
  },
  {
    why: 'a call without id',
    wire: asked({ function: { name: 'f' } }),
    param: 'messages[0].tool_calls[0].id',
  },
  { why: 'a call of nothing', wire: asked({ id: 'c' }), param: 'messages[0].tool_calls[0].function' },
  {
    why: 'a function result nobody asked for',
    wire: { messages: [{ role: 'function', name: 'f', content: 'x' }] },
    param: 'messages[0].name',
  },
  {
    why: 'a tool without function',
    wire: { tools: [{ type: 'function', name: 'f' }] },
    param: 'tools[0].function',
  },
  { why: 'a tool without name', wire: { tools: [{ function: {} }] }, param: 'tools[0].function.name' },
  { why: 'an unknown choice', wire: { tool_choice: 'maybe' }, param: 'tool_choice' },
  { why: 'a choice without name', wire: { tool_choice: { type: 'function' } }, param: 'tool_choice.name' },
  { why: 'temperature as text', wire: { temperature: '1' }, param: 'temperature' },
  { why: 'a broken bound', wire: { max_tokens: 1.5 }, param: 'max_tokens' },
  { why: 'a bound of nothing', wire: { max_completion_tokens: 0 }, param: 'max_completion_tokens' },
  { why: 'a stop that is no text', wire: { stop: [1] }, param: 'stop[0]' },
  { why: 'stop as a number', wire: { stop: 5 }, param: 'stop' },
  { why: 'stream as text', wire: { stream: 'yes' }, param: 'stream' },
  { why: 'an unknown format', wire: { response_format: { type: 'yaml' } }, param: 'response_format.type' },
  { why: 'a format without type', wire: { response_format: {} }, param: 'response_format.type' },
];

for (const row of wrong) {
  test(`wrong: ${row.why} is named ${row.param}`, () => {
    assert.throws(
      () => call(row.wire),
      (error) => {
        assert.ok(error instanceof GatewayError);
        assert.equal(error.code, 'bad_request');
        assert.equal(error.detail.param, row.param);
        // A sentence that says what must be there is its own remedy.
        assert.ok(error.detail.remedy !== undefined || error.message.includes(' must be '));
        assert.ok(error.message.includes(row.param) && error.message.endsWith('.'));
        return true;
      },
    );
  });
}

test('what stood there instead is said in words', () => {
  const said = (wire: JsonObject): string => {
    try {
      call(wire);
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return '';
  };
  assert.equal(said({ messages: [null] }), '`messages[0]` must be an object, but is null.');
  assert.equal(said({ temperature: [] }), '`temperature` must be a number, but is a list.');
  assert.equal(said({ temperature: {} }), '`temperature` must be a number, but is an object.');
  assert.equal(said({ stop: 5 }), '`stop` must be a string or a list of strings, but is a number.');
  assert.equal(
    said({ messages: [{ role: 'user', content: 5 }] }),
    '`messages[0].content` must be a string or a list of parts, but is a number.',
  );
});

test('what only Chat knows stays beside what was understood', () => {
  assert.deepEqual(
    parts(
      { type: 'text', text: 'a', x: 1, cache_control: { type: 'ephemeral' } },
      { type: 'image_url', image_url: { url: 'https://a' }, x: 1 },
      { type: 'file', file: { file_id: 'file-1' }, x: 1 },
    ),
    [
      { type: 'text', text: 'a', cache: {}, extras: { x: 1 } },
      { type: 'image', source: { kind: 'url', url: 'https://a' }, extras: { x: 1 } },
      { type: 'document', source: { kind: 'file', id: 'file-1' }, extras: { x: 1 } },
    ],
  );
  const named = { type: 'function', index: 0, id: 'c', function: { name: 'f', arguments: '{}' }, x: 1 };
  const history = turns(
    { role: 'assistant', tool_calls: [named] },
    { role: 'tool', tool_call_id: 'c', name: 'f', content: 'r', x: 1 },
  );
  assert.deepEqual(
    history.map(({ blocks }) => blocks),
    [
      [{ type: 'tool_call', id: 'c', name: 'f', input: '{}', extras: { x: 1 } }],
      [{ type: 'tool_result', callId: 'c', content: [text('r')], extras: { name: 'f', x: 1 } }],
    ],
  );
  const { tools } = call({
    tools: [
      { type: 'function', function: { name: 'f' }, x: 1 },
      { type: 'custom', custom: { name: 'g' }, x: 1 },
    ],
    functions: [{ name: 'h', x: 1 }],
  });
  assert.deepEqual(
    tools.map(({ name, extras }) => [name, extras]),
    [
      ['f', { x: 1 }],
      ['g', { x: 1 }],
      ['h', { x: 1 }],
    ],
  );
});

test('what goes without saying is no extra', () => {
  const messages = [{ role: 'assistant', content: 'a', annotations: [] }];
  const { extras } = decodeCall({ model: 'm', messages, store: false, modalities: ['text'] });
  assert.deepEqual(extras, {});
  assert.deepEqual(decodeCall({ model: 'm', messages, store: true }).extras, { store: true });
});

const mediaTypes: readonly (readonly [why: string, part: JsonObject, mediaType: string])[] = [
  ['a bare text file', { type: 'file', file: { filename: 'a.TXT', file_data: 'AA' } }, 'text/plain'],
  ['a bare file without a name', { type: 'file', file: { file_data: 'AA' } }, 'application/pdf'],
  ['jpg is jpeg', { type: 'image_url', image_url: 'data:image/jpg;base64,AA' }, 'image/jpeg'],
];

for (const [why, part, mediaType] of mediaTypes) {
  test(`media type: ${why}`, () => {
    const block = decodeCall({ model: 'm', messages: [{ role: 'user', content: [part] }] }).messages[0]
      ?.blocks[0];
    const source = block !== undefined && 'source' in block ? block.source : undefined;
    assert.equal(source?.kind === 'base64' ? source.mediaType : undefined, mediaType);
  });
}
