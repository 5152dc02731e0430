import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger, ledgerHeader } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';

const plain: CallContent = {
  origin: 'openai-chat',
  model: 'virtual',
  stream: false,
  system: [],
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Hello.' }] }],
  tools: [],
  serverTools: [],
  includeUsage: false,
  extras: {},
};

/** What every call says. */
const always = {
  model: 'm',
  messages: [{ role: 'user', content: 'Hello.' }],
  stream: false,
  options: {},
  truncate: false,
  shift: false,
};

function encode(content: Partial<CallContent>, options: Partial<EncodeOptions> = {}) {
  const ledger = new Ledger();
  const usual = { model: 'm', quirks: {}, facts: undefined, operation: 'chat', ledger } as const;
  const { body } = encodeCall({ ...plain, ...content }, { ...usual, ...options });
  return { body, told: ledgerHeader(ledger.entries) };
}

function user(...blocks: readonly Block[]): Partial<CallContent> {
  return { messages: [{ role: 'user', blocks }] };
}

type Row = readonly [
  why: string,
  content: Partial<CallContent>,
  body: JsonObject,
  told?: string,
  options?: Partial<EncodeOptions>,
];

const SCHEMA = { type: 'object', properties: {} };
const tools = [
  { name: 'f', schema: SCHEMA },
  { name: 'g', schema: SCHEMA },
];
const wireTool = (name: string) => ({ type: 'function', function: { name, parameters: SCHEMA } });
const thinker: Partial<EncodeOptions> = { facts: { id: 'm', abilities: ['reasoning'] } };
const silent: Partial<EncodeOptions> = { facts: { id: 'm', abilities: ['tools'] } };
const levelled: Partial<EncodeOptions> = { model: 'gpt-oss:20b' };

const rows: readonly Row[] = [
  ['streamed or not is always said', { stream: true }, { stream: true }],
  [
    'the window that is known of the model',
    {},
    { options: { num_ctx: 4096 } },
    '',
    { facts: { id: 'm', contextWindow: 4096 }, quirks: { contextWindow: 8192 } },
  ],
  ['else the one asked for', {}, { options: { num_ctx: 8192 } }, '', { quirks: { contextWindow: 8192 } }],
  ['how long to stay', {}, { keep_alive: '10m' }, '', { quirks: { keepAlive: '10m' } }],
  [
    'sampling',
    {
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 7,
      stop: ['a'],
      presencePenalty: 1,
      frequencyPenalty: -1,
      logprobs: { top: 2 },
      n: 1,
    },
    {
      options: {
        num_predict: 5,
        temperature: 0,
        top_p: 0.5,
        top_k: 3,
        seed: 7,
        stop: ['a'],
        presence_penalty: 1,
        frequency_penalty: -1,
      },
      logprobs: true,
      top_logprobs: 2,
    },
  ],
  ['any JSON', { format: { type: 'json' } }, { format: 'json' }],
  ['a schema', { format: { type: 'schema', name: 'x', schema: SCHEMA } }, { format: SCHEMA }],
  ['plain text', { format: { type: 'text' } }, {}],
  [
    'what has no place is named',
    {
      logitBias: { '1': 1 },
      user: 'u',
      cacheKey: 'c',
      serviceTier: 's',
      metadata: {},
      verbosity: 'low',
      parallelToolCalls: false,
      extras: { a: 1, b: { c: 2 } },
    },
    {},
    'dropped=logit_bias,verbosity,user,prompt_cache_key,service_tier,metadata,parallel_tool_calls,a,b',
  ],
  [
    'tools to choose from',
    { tools, toolChoice: { mode: 'auto' } },
    { tools: tools.map(({ name }) => wireTool(name)) },
  ],
  ['no tool to be called: none offered', { tools, toolChoice: { mode: 'none' } }, {}, 'mapped=tool_choice'],
  [
    'some tool to be called: cannot be said',
    { tools, toolChoice: { mode: 'required' } },
    { tools: tools.map(({ name }) => wireTool(name)) },
    'dropped=tool_choice',
  ],
  [
    'this tool to be called: the only one offered',
    { tools, toolChoice: { mode: 'tool', name: 'g' } },
    { tools: [wireTool('g')] },
    'approximated=tool_choice',
  ],
  [
    'free text as a function',
    { tools: [{ name: 'p', schema: {}, custom: { format: { type: 'grammar' } } }] },
    {
      tools: [
        {
          type: 'function',
          function: {
            name: 'p__freetext',
            parameters: {
              type: 'object',
              properties: {
                input: { type: 'string', description: 'The whole input of the tool, as free text.' },
              },
              required: ['input'],
              additionalProperties: false,
            },
          },
        },
      ],
    },
    'approximated=tools.p',
  ],
  [
    'a tool of another vendor, strictness and hints to cache',
    {
      tools: [{ name: 'f', schema: SCHEMA, strict: true, cache: {}, extras: { x: 1 } }],
      serverTools: [{ origin: 'anthropic-messages', value: { type: 'web_search_20250305' } }],
    },
    { tools: [wireTool('f')] },
    'dropped=cache_control,tools.f.x,tools.f.strict,tools.web_search_20250305',
  ],
  ['thinking that nobody asked for', {}, {}, '', thinker],
  ['no thinking', { reasoning: { mode: 'disabled' } }, { think: false }, 'mapped=thinking'],
  ['no effort', { reasoning: { effort: 'none' } }, { think: false }, 'mapped=thinking', thinker],
  [
    'thinking where it is known',
    { reasoning: { mode: 'enabled' } },
    { think: true },
    'mapped=thinking',
    thinker,
  ],
  ['thinking where nobody knows: done unasked', { reasoning: { mode: 'enabled' } }, {}, 'mapped=thinking'],
  ['as the model likes', { reasoning: { mode: 'adaptive' } }, {}, 'mapped=thinking', thinker],
  [
    'an effort where there are none',
    { reasoning: { effort: 'high' } },
    { think: true },
    'approximated=reasoning_effort',
    thinker,
  ],
  [
    'a budget',
    { reasoning: { mode: 'enabled', budgetTokens: 100 } },
    { think: true },
    'approximated=thinking.budget_tokens; mapped=thinking',
    thinker,
  ],
  [
    'an effort for a model that does not think would be refused',
    { reasoning: { effort: 'high' } },
    {},
    'dropped=reasoning_effort',
    silent,
  ],
  [
    'a level where there are such',
    { reasoning: { effort: 'medium' } },
    { model: 'gpt-oss:20b', think: 'medium' },
    'mapped=reasoning_effort',
    levelled,
  ],
  [
    'the nearest level',
    { reasoning: { effort: 'xhigh' } },
    { model: 'gpt-oss:20b', think: 'high' },
    'approximated=reasoning_effort',
    levelled,
  ],
  [
    'the level of a budget',
    { reasoning: { budgetTokens: 5000 } },
    { model: 'gpt-oss:20b', think: 'medium' },
    'approximated=thinking.budget_tokens',
    levelled,
  ],
];

for (const [why, content, body, told = '', options] of rows) {
  test(`field: ${why}`, () => {
    assert.deepEqual(encode(content, options), { body: { ...always, ...body }, told });
  });
}

const image: Block = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } };
const words = (text: string): Block => ({ type: 'text', text });
const call = (id: string, name: string, input: string): Block => ({ type: 'tool_call', id, name, input });

const conversations: readonly (readonly [
  why: string,
  content: Partial<CallContent>,
  messages: readonly JsonObject[],
  told?: string,
])[] = [
  [
    'one system message for all, less the billing note',
    { system: [words('x-anthropic-billing-header: a;'), words('A.'), words('B.')] },
    [
      { role: 'system', content: 'A.\n\nB.' },
      { role: 'user', content: 'Hello.' },
    ],
    'mapped=system[0]',
  ],
  ['texts are paragraphs', user(words('a'), words('b')), [{ role: 'user', content: 'a\n\nb' }]],
  [
    'a picture beside the text, wherever it stood',
    user(words('a'), image),
    [{ role: 'user', content: 'a', images: ['AA=='] }],
  ],
  [
    'a picture between words moves',
    user(words('a'), image, words('b')),
    [{ role: 'user', content: 'a\n\nb', images: ['AA=='] }],
    'approximated=messages[0]',
  ],
  [
    'a data URL is data',
    user({ type: 'image', detail: 'low', source: { kind: 'url', url: 'data:image/png;base64,AA==' } }),
    [{ role: 'user', content: '', images: ['AA=='] }],
    'dropped=messages[0].content[0].detail',
  ],
  [
    'a document of text',
    user({ type: 'document', name: 'n', source: { kind: 'text', text: 't' } }),
    [{ role: 'user', content: 'n\n\nt' }],
    'approximated=messages[0].content[0]',
  ],
  [
    'the same in base64',
    user({ type: 'document', source: { kind: 'base64', mediaType: 'text/plain', data: 'aGk=' } }),
    [{ role: 'user', content: 'hi' }],
    'approximated=messages[0].content[0]',
  ],
  [
    'a foreign block that can be said, and one that can be spared',
    user(
      { type: 'raw', origin: 'x', value: { type: 'y', text: 'said' } },
      { type: 'raw', origin: 'x', value: { type: 'z' }, spare: true },
    ),
    [{ role: 'user', content: 'said' }],
    'dropped=messages[0].content[1]; approximated=messages[0].content[0]',
  ],
  [
    'bug 30: content is one string, arguments are objects; results name their tools and come first, in order',
    {
      messages: [
        {
          role: 'assistant',
          blocks: [
            { type: 'reasoning', text: 'Hm.', sealed: { origin: 'anthropic', value: 's' } },
            { type: 'reasoning', text: '', redacted: true, sealed: { origin: 'anthropic', value: 'r' } },
            words('Let me '),
            words('see.'),
            call('a', 'f', '{"x":1}'),
            call('b', 'g', ''),
            call('c', 'h', '{"x'),
          ],
        },
        { role: 'system', blocks: [words('Note.')] },
        {
          role: 'user',
          blocks: [
            words('And?'),
            { type: 'tool_result', callId: 'b', isError: true, content: [words('No.')] },
            { type: 'tool_result', callId: 'a', content: [words('A map:'), image] },
          ],
        },
        { role: 'user', blocks: [{ type: 'tool_result', callId: 'c', content: [] }] },
      ],
    },
    [
      {
        role: 'assistant',
        content: 'Let me see.',
        thinking: 'Hm.',
        tool_calls: [
          { id: 'a', function: { index: 0, name: 'f', arguments: { x: 1 } } },
          { id: 'b', function: { index: 1, name: 'g', arguments: {} } },
          { id: 'c', function: { index: 2, name: 'h', arguments: { input: '{"x' } } },
        ],
      },
      {
        role: 'tool',
        content: 'A map:\n[image 1: in the next user message]',
        tool_name: 'f',
        tool_call_id: 'a',
      },
      { role: 'tool', content: 'Error: No.', tool_name: 'g', tool_call_id: 'b' },
      { role: 'tool', content: '', tool_name: 'h', tool_call_id: 'c' },
      { role: 'system', content: 'Note.' },
      { role: 'user', content: 'And?', images: ['AA=='] },
    ],
    'dropped=thinking.signature,thinking.redacted; approximated=messages[0].content[6],' +
      'messages[2].content[2].content[1],messages[2].content[1].is_error',
  ],
  [
    'what the user says before the results follows them',
    {
      messages: [
        { role: 'assistant', blocks: [call('a', 'f', '{}')] },
        { role: 'user', blocks: [words('Hurry.')] },
        { role: 'user', blocks: [{ type: 'tool_result', callId: 'a', content: [words('Done.')] }] },
      ],
    },
    [
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', function: { index: 0, name: 'f', arguments: {} } }],
      },
      { role: 'tool', content: 'Done.', tool_name: 'f', tool_call_id: 'a' },
      { role: 'user', content: 'Hurry.' },
    ],
  ],
  [
    'results that never come hold nothing back for ever',
    {
      messages: [
        { role: 'assistant', blocks: [call('a', 'f', '{}')] },
        { role: 'system', blocks: [words('Note.')] },
        { role: 'user', blocks: [words('Never mind.')] },
      ],
    },
    [
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'a', function: { index: 0, name: 'f', arguments: {} } }],
      },
      { role: 'system', content: 'Note.' },
      { role: 'user', content: 'Never mind.' },
    ],
  ],
  [
    'a name, a refusal, free text to a tool, a signed call',
    {
      messages: [
        {
          role: 'assistant',
          name: 'anna',
          blocks: [
            { type: 'refusal', text: 'No.' },
            {
              type: 'tool_call',
              id: 'a',
              name: 'p',
              input: 'free',
              custom: true,
              sealed: { origin: 'google', value: 's' },
            },
          ],
        },
      ],
    },
    [
      {
        role: 'assistant',
        content: 'No.',
        tool_calls: [{ id: 'a', function: { index: 0, name: 'p__freetext', arguments: { input: 'free' } } }],
      },
    ],
    'dropped=messages.name,tool_calls.signature; mapped=messages[0].content[1]',
  ],
];

for (const [why, content, messages, told = ''] of conversations) {
  test(`conversation: ${why}`, () => {
    assert.deepEqual(encode(content), { body: { ...always, messages }, told });
  });
}

const refusals: readonly (readonly [why: string, content: Partial<CallContent>, param: string])[] = [
  ['several answers', { n: 2 }, 'n'],
  [
    'a picture at an address',
    user({ type: 'image', source: { kind: 'url', url: 'https://x' } }),
    'messages[0].content[0]',
  ],
  [
    'a picture of another vendor',
    user({ type: 'image', source: { kind: 'file', id: 'x' } }),
    'messages[0].content[0]',
  ],
  ['sound', user({ type: 'audio', data: 'AA==', format: 'wav' }), 'messages[0].content[0]'],
  [
    'a document that is no text',
    user({ type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA==' } }),
    'messages[0].content[0]',
  ],
  [
    'a block nobody can say',
    user({ type: 'raw', origin: 'x', value: { type: 'y' } }),
    'messages[0].content[0]',
  ],
  [
    'a tool that only its vendor runs',
    {
      toolChoice: { mode: 'tool', name: 'search' },
      serverTools: [{ origin: 'x', value: { type: 'search_1', name: 'search' } }],
    },
    'tool_choice',
  ],
  [
    'what a model cannot have said',
    { messages: [{ role: 'assistant', blocks: [{ type: 'audio', data: '', format: 'wav' }] }] },
    'messages[0].content[0]',
  ],
];

for (const [why, content, param] of refusals) {
  test(`refused: ${why}`, () => {
    assert.throws(
      () => encode(content),
      (error) =>
        error instanceof GatewayError && error.code === 'unsupported' && error.detail.param === param,
    );
  });
}

const complete: Partial<EncodeOptions> = { operation: 'complete' };

test('a bare prompt of another dialect stays bare', () => {
  const { body, told } = encode({ extras: { echo: true } }, complete);
  const { messages: _, ...rest } = always;
  assert.deepEqual(body, { ...rest, prompt: 'Hello.', raw: true });
  assert.equal(told, 'dropped=echo');
});

test('with a system prompt it needs the model’s template', () => {
  const { body } = encode({ system: [words('Be brief.')] }, complete);
  assert.equal(body.system, 'Be brief.');
  assert.equal('raw' in body, false);
});

const native: JsonObject = {
  model: 'm',
  messages: [{ role: 'user', content: 'a', images: ['AA=='] }],
  tools: [{ type: 'function', items: 1, function: { name: 'f', parameters: SCHEMA, x: 1 } }, { type: 'own' }],
  stream: true,
  format: 'json',
  think: 'high',
  logprobs: true,
  options: { num_ctx: 512, temperature: 1, repeat_penalty: 1.1 },
  truncate: true,
  shift: false,
  keep_alive: 60,
  brand_new: [1],
};

test('a call of our own dialect comes out as it went in, its own window and wishes first', () => {
  const quirks = { contextWindow: 8192, keepAlive: '10m' };
  assert.deepEqual(encode(decodeCall(native, 'chat'), { quirks }), { body: native, told: '' });
});

const prompt: JsonObject = {
  model: 'm',
  prompt: 'a',
  system: 's',
  images: ['AA=='],
  stream: false,
  think: false,
  options: { num_ctx: 512 },
  truncate: false,
  shift: false,
  suffix: 'z',
  context: [1],
  template: 't',
};

test('and so does a prompt', () => {
  assert.deepEqual(encode(decodeCall(prompt, 'complete'), complete), { body: prompt, told: '' });
  const raw = {
    model: 'm',
    prompt: 'a',
    raw: true,
    stream: false,
    options: {},
    truncate: false,
    shift: false,
  };
  assert.deepEqual(encode(decodeCall(raw, 'complete'), complete).body, raw);
});
