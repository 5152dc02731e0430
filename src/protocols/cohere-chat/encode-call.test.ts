import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger, ledgerHeader } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { plainName } from '../../canonical/wire-names.ts';
import { encodeCall } from './encode-call.ts';
import { encodeName } from './tool-names.ts';

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

const HELLO = { role: 'user', content: 'Hello.' };

function encode(content: Partial<CallContent>, options: Partial<EncodeOptions> = {}) {
  const ledger = new Ledger();
  const usual = { model: 'm', quirks: {}, facts: undefined, operation: 'chat', ledger } as const;
  const { body } = encodeCall({ ...plain, ...content }, { ...usual, ...options });
  return { body, told: ledgerHeader(ledger.entries) };
}

const words = (text: string): Block => ({ type: 'text', text });
const picture: Block = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } };
const wirePicture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
const notes: Block = { type: 'document', source: { kind: 'text', text: 'We met.' }, name: 'notes' };
const called = (id: string, name = 'f', input = '{}'): Block => ({ type: 'tool_call', id, name, input });
const wireCall = (id: string, name = 'f', args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const result = (callId: string, ...content: readonly Block[]): Block => ({
  type: 'tool_result',
  callId,
  content,
});
const user = (...blocks: readonly Block[]) => ({ role: 'user', blocks }) as const;
const model = (...blocks: readonly Block[]) => ({ role: 'assistant', blocks }) as const;
const rule = (...blocks: readonly Block[]) => ({ role: 'system', blocks }) as const;

const SCHEMA = { type: 'object', properties: { x: {} }, required: ['x'] };
const tools = [
  { name: 'f', schema: SCHEMA },
  { name: 'g', schema: SCHEMA },
];
const wireTool = (name: string, parameters: JsonObject = SCHEMA) => ({
  type: 'function',
  function: { name, parameters },
});
const thinker: Partial<EncodeOptions> = { facts: { id: 'm', abilities: ['reasoning'] } };
const silent: Partial<EncodeOptions> = { facts: { id: 'm', abilities: ['tools'] } };

type Row = readonly [
  why: string,
  content: Partial<CallContent>,
  body: JsonObject,
  told?: string,
  options?: Partial<EncodeOptions>,
];

const rows: readonly Row[] = [
  ['streamed or not is always said', { stream: true }, { stream: true }],
  [
    'sampling',
    {
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 7,
      stop: ['END', ''],
      presencePenalty: 0.5,
      logprobs: {},
    },
    {
      max_tokens: 5,
      temperature: 0,
      p: 0.5,
      k: 3,
      seed: 7,
      stop_sequences: ['END'],
      presence_penalty: 0.5,
      logprobs: true,
    },
  ],
  ['a penalty of nothing is none', { presencePenalty: 0, frequencyPenalty: 0 }, {}],
  [
    'what lies outside its ranges',
    {
      topP: 1,
      topK: 1000,
      frequencyPenalty: 2,
      presencePenalty: -1,
      seed: -1,
      stop: ['1', '2', '3', '4', '5', '6'],
      logprobs: { top: 2 },
    },
    { p: 0.99, k: 500, frequency_penalty: 1, stop_sequences: ['1', '2', '3', '4', '5'], logprobs: true },
    'dropped=stop[5],seed,presence_penalty,top_logprobs; approximated=frequency_penalty,top_k,top_p',
  ],
  ['JSON', { format: { type: 'json' } }, { response_format: { type: 'json_object' } }],
  [
    'JSON by a schema',
    { format: { type: 'schema', name: 'x', schema: SCHEMA, strict: true } },
    { response_format: { type: 'json_object', json_schema: SCHEMA } },
  ],
  ['words', { format: { type: 'text' } }, {}],
  [
    'a budget for thoughts',
    { reasoning: { mode: 'enabled', budgetTokens: 9 } },
    { thinking: { type: 'enabled', token_budget: 9 } },
  ],
  ['no thoughts', { reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }],
  [
    'thoughts, from a model that has them',
    { reasoning: { effort: 'high' } },
    { thinking: { type: 'enabled' } },
    'approximated=reasoning_effort',
    thinker,
  ],
  [
    'thoughts, from one of which nobody knows',
    { reasoning: { effort: 'high' } },
    {},
    'approximated=reasoning_effort',
  ],
  [
    'thoughts, if it likes',
    { reasoning: { mode: 'adaptive', effort: 'low' } },
    {},
    'approximated=reasoning_effort',
    thinker,
  ],
  [
    'thoughts, from one that has none',
    { reasoning: { budgetTokens: 9 } },
    {},
    'dropped=reasoning_effort',
    silent,
  ],
  ['no thoughts, from one that has none', { reasoning: { mode: 'disabled' } }, {}, '', silent],
  [
    'what has no place',
    {
      logitBias: { 1: 1 },
      verbosity: 'low',
      user: 'u',
      cacheKey: 'k',
      serviceTier: 'flex',
      metadata: { a: 'b' },
      extras: { x: 1 },
    },
    {},
    'dropped=logit_bias,verbosity,user,prompt_cache_key,metadata,service_tier,x',
  ],
  [
    'a tool must be called',
    { tools, toolChoice: { mode: 'required' } },
    { tools: [wireTool('f'), wireTool('g')], tool_choice: 'REQUIRED' },
  ],
  [
    'none may be',
    { tools, toolChoice: { mode: 'none' } },
    { tools: [wireTool('f'), wireTool('g')], tool_choice: 'NONE' },
  ],
  [
    'a certain one must be',
    { tools, toolChoice: { mode: 'tool', name: 'g' } },
    { tools: [wireTool('g')], tool_choice: 'REQUIRED' },
    'mapped=tool_choice',
  ],
  [
    'bifrost#7348: allowed tools and parallel calls are not lost in silence',
    { tools, toolChoice: { mode: 'allowed', names: ['f'], required: false }, parallelToolCalls: false },
    { tools: [wireTool('f')] },
    'dropped=parallel_tool_calls; mapped=tool_choice',
  ],
  ['a choice among none', { toolChoice: { mode: 'required' } }, {}, 'dropped=tool_choice'],
  [
    'all tools are strict',
    { tools: tools.map((tool) => ({ ...tool, strict: true })) },
    { tools: [wireTool('f'), wireTool('g')], strict_tools: true },
  ],
  [
    'some are',
    { tools: tools.map((tool) => ({ ...tool, strict: tool.name === 'f' })) },
    { tools: [wireTool('f'), wireTool('g')] },
    'dropped=tools.f.strict',
  ],
  [
    'a strict tool that requires nothing',
    { tools: [{ name: 'f', schema: {}, strict: true }] },
    { tools: [wireTool('f', { type: 'object', properties: {} })] },
    'dropped=tools.f.strict',
  ],
  [
    'a tool of a vendor',
    { serverTools: [{ origin: 'anthropic-messages', value: { type: 'web_search' } }] },
    {},
    'dropped=tools.web_search',
  ],
];

for (const [why, content, body, told = '', options] of rows) {
  test(`encode: ${why}`, () => {
    const always = { model: 'm', messages: [HELLO], stream: false };
    assert.deepEqual(encode(content, options), { body: { ...always, ...body }, told });
  });
}

type Turns = readonly [
  why: string,
  content: Partial<CallContent>,
  messages: readonly JsonObject[],
  told?: string,
  beside?: JsonObject,
];

const turns: readonly Turns[] = [
  [
    'all that is said first is one system message',
    { system: [words('Be brief.')], messages: [rule(words('And kind.')), user(words('Hello.'))] },
    [{ role: 'system', content: 'Be brief.\n\nAnd kind.' }, HELLO],
  ],
  [
    'one-api#350: what is said later joins a user turn',
    { messages: [user(words('Hello.')), rule(words('In French.')), user(words('So?'))] },
    [
      HELLO,
      {
        role: 'user',
        content: [
          { type: 'text', text: 'In French.' },
          { type: 'text', text: 'So?' },
        ],
      },
    ],
    'approximated=messages[1]',
  ],
  [
    'llama.cpp#21793: a billing note is for its own vendor',
    { system: [words('x-anthropic-billing-header: 1'), words('Be brief.')] },
    [{ role: 'system', content: 'Be brief.' }, HELLO],
    'mapped=system[0]',
  ],
  [
    'pictures',
    { messages: [user(words('This?'), picture)] },
    [{ role: 'user', content: [{ type: 'text', text: 'This?' }, wirePicture] }],
  ],
  [
    'documents stand beside the messages, and are only cited if somebody wants it',
    { messages: [user(notes, words('So?'))] },
    [{ role: 'user', content: 'So?' }],
    'mapped=messages[0].content[0]',
    { documents: [{ data: { title: 'notes', text: 'We met.' } }], citation_options: { mode: 'OFF' } },
  ],
  [
    'somebody does',
    { messages: [user({ ...notes, extras: { citations: { enabled: true } } }, words('So?'))] },
    [{ role: 'user', content: 'So?' }],
    'mapped=messages[0].content[0].citations,messages[0].content[0]',
    { documents: [{ data: { title: 'notes', text: 'We met.' } }] },
  ],
  [
    'where the answer is to be JSON they are words',
    { messages: [user(notes, words('So?'))], format: { type: 'json' } },
    [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'notes\n\nWe met.' },
          { type: 'text', text: 'So?' },
        ],
      },
    ],
    'approximated=messages[0].content[0]',
    { response_format: { type: 'json_object' } },
  ],
  [
    'and where there is nothing else in the turn',
    { messages: [user(notes)] },
    [{ role: 'user', content: 'notes\n\nWe met.' }],
    'approximated=messages[0].content[0]',
  ],
  [
    'a turn of nothing stays one, for the upstream to refuse',
    { messages: [user()] },
    [{ role: 'user', content: '' }],
  ],
  [
    'thoughts go back, seals do not',
    {
      messages: [
        user(words('Hello.')),
        model({ type: 'reasoning', text: 'Hm.', sealed: { origin: 'anthropic', value: 's' } }, words('Hi.')),
      ],
    },
    [
      HELLO,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.' },
          { type: 'text', text: 'Hi.' },
        ],
      },
    ],
    'dropped=thinking.signature',
  ],
  [
    'what was said before calls is their plan',
    {
      messages: [
        user(words('Hello.')),
        model(words('I look.'), called('a', 'f', '')),
        user(result('a', words('noon'))),
      ],
    },
    [
      HELLO,
      { role: 'assistant', tool_plan: 'I look.', tool_calls: [wireCall('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'noon' },
    ],
  ],
  [
    'vercel/ai#8474, higress#3517: results stand right behind their calls, whatever came between them',
    {
      messages: [
        user(words('Hello.')),
        model(called('a'), called('b')),
        user(words('Wait.'), result('b', words('2'))),
        rule(words('In French.')),
        user(result('a', words('1')), words('So?')),
      ],
    },
    [
      HELLO,
      { role: 'assistant', tool_calls: [wireCall('a'), wireCall('b')] },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Wait.' },
          { type: 'text', text: 'In French.' },
          { type: 'text', text: 'So?' },
        ],
      },
    ],
    'approximated=messages[3]',
  ],
  [
    'litellm#20403: pictures of a result go with the next user message',
    {
      messages: [
        user(words('Hello.')),
        model(called('a')),
        user(result('a', words('A map:'), picture), words('So?')),
      ],
    },
    [
      HELLO,
      { role: 'assistant', tool_calls: [wireCall('a')] },
      {
        role: 'tool',
        tool_call_id: 'a',
        content: [
          { type: 'text', text: 'A map:' },
          { type: 'text', text: '[image: in the next user message]' },
        ],
      },
      { role: 'user', content: [wirePicture, { type: 'text', text: 'So?' }] },
    ],
    'approximated=messages[2].content[0].content[1]',
  ],
  [
    'documents of a result stay in it; one that failed or is empty says so',
    {
      messages: [
        user(words('Hello.')),
        model(called('a'), called('b'), called('c')),
        user(
          result('a', notes),
          { type: 'tool_result', callId: 'b', content: [words('No.')], isError: true },
          result('c'),
        ),
      ],
    },
    [
      HELLO,
      { role: 'assistant', tool_calls: [wireCall('a'), wireCall('b'), wireCall('c')] },
      {
        role: 'tool',
        tool_call_id: 'a',
        content: [{ type: 'document', document: { data: { title: 'notes', text: 'We met.' } } }],
      },
      { role: 'tool', tool_call_id: 'b', content: 'Error: No.' },
      { role: 'tool', tool_call_id: 'c', content: '(no content)' },
    ],
    'approximated=messages[2].content[1].is_error; mapped=messages[2].content[2]',
  ],
  [
    'CLIProxyAPI#5753: a free-text tool goes as a function and so do its calls',
    {
      tools: [{ name: 'p', schema: {}, custom: {} }],
      messages: [
        user(words('Hello.')),
        model({ type: 'tool_call', id: 'a', name: 'p', input: '*** "', custom: true }),
      ],
    },
    [HELLO, { role: 'assistant', tool_calls: [wireCall('a', 'p__freetext', '{"input":"*** \\""}')] }],
    'mapped=messages[1].content[0],tools.p',
    {
      tools: [
        wireTool('p__freetext', {
          type: 'object',
          properties: {
            input: { type: 'string', description: 'The whole input of the tool, as free text.' },
          },
          required: ['input'],
          additionalProperties: false,
        }),
      ],
    },
  ],
];

for (const [why, content, messages, told = '', beside = {}] of turns) {
  test(`turns: ${why}`, () => {
    assert.deepEqual(encode(content), { body: { model: 'm', messages, ...beside, stream: false }, told });
  });
}

const refusals: readonly (readonly [why: string, content: Partial<CallContent>, param: string])[] = [
  ['several answers', { n: 2 }, 'n'],
  ['sound', { messages: [user({ type: 'audio', data: '', format: 'wav' })] }, 'messages[0].content[0]'],
  [
    'a PDF',
    {
      messages: [
        user({ type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: '' } }),
      ],
    },
    'messages[0].content[0]',
  ],
  ['a picture in a rule', { system: [picture] }, 'system[0]'],
  [
    'a picture that lies elsewhere',
    { messages: [user({ type: 'image', source: { kind: 'file', id: 'f' } })] },
    'messages[0].content[0]',
  ],
  [
    'what nobody else can say',
    { messages: [user({ type: 'raw', origin: 'x', value: { type: 'odd' } })] },
    'messages[0].content[0]',
  ],
  [
    'a choice of a tool that only its vendor runs',
    {
      serverTools: [{ origin: 'anthropic-messages', value: { type: 'w', name: 'search' } }],
      toolChoice: { mode: 'tool', name: 'search' },
    },
    'tool_choice',
  ],
];

for (const [why, content, param] of refusals) {
  test(`refused: ${why}`, () => {
    assert.throws(
      () => encode(content),
      (error) => {
        assert.ok(error instanceof GatewayError);
        assert.deepEqual([error.code, error.detail.param], ['unsupported', param]);
        return true;
      },
    );
  });
}

test('names of tools come back as they were, whatever is in them', () => {
  const names = [
    'get_time',
    'get-time',
    'mcp__a-b.c',
    '7up',
    'a_x2d_b',
    'a_x2d-b',
    '_x',
    'Zürich',
    '_',
    'a__freetext_',
  ];
  for (const name of names) {
    for (const custom of [false, true]) {
      const wire = encodeName(name, custom);
      assert.match(wire, /^[A-Za-z_][A-Za-z0-9_]*$/);
      assert.deepEqual(plainName(wire), { name, custom });
    }
  }
});
