import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { decodeCall } from './decode-call.ts';

const HELLO = [{ role: 'user', content: 'Hello.' }];
const PNG = 'iVBORw0KGgoAAAANSUhEUg==';
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } };

/** What a plain call decodes to; rows say what differs. */
const plain: CallContent = {
  origin: 'ollama-chat',
  model: 'm',
  stream: true,
  system: [],
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Hello.' }] }],
  tools: [],
  serverTools: [],
  includeUsage: true,
  extras: {},
};

const chats: readonly (readonly [why: string, body: JsonObject, content: Partial<CallContent>])[] = [
  ['a call that does not say is streamed', {}, {}],
  ['one that says no is not', { stream: false }, { stream: false }],
  ['null says nothing', { stream: null, options: null, tools: null, think: null, format: null }, {}],
  [
    'options with a meaning have their place, the others keep their path',
    {
      options: {
        num_predict: 5,
        temperature: 0,
        top_p: 0.5,
        top_k: 3,
        seed: 0,
        stop: ['a', 'b'],
        presence_penalty: 1,
        frequency_penalty: -1,
        repeat_penalty: 1.1,
        num_ctx: 2048,
        mirostat: 2,
        min_p: 0.1,
      },
    },
    {
      maxTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      seed: 0,
      stop: ['a', 'b'],
      presencePenalty: 1,
      frequencyPenalty: -1,
      extras: {
        'options.repeat_penalty': 1.1,
        'options.num_ctx': 2048,
        'options.mirostat': 2,
        'options.min_p': 0.1,
      },
    },
  ],
  ['no bound is none, however it is said', { options: { num_predict: -1 } }, {}],
  ['not even the whole window', { options: { num_predict: -2 } }, {}],
  ['a seed of -1 is chance, top_k 0 is all', { options: { seed: -1, top_k: 0 } }, {}],
  ['numbers may have a fraction that says nothing', { options: { num_predict: 5.0 } }, { maxTokens: 5 }],
  ['one stop string may stand alone', { options: { stop: 'a' } }, { stop: ['a'] }],
  ['think on', { think: true }, { reasoning: { mode: 'enabled' } }],
  ['think off', { think: false }, { reasoning: { mode: 'disabled' } }],
  ['think at a level', { think: 'high' }, { reasoning: { effort: 'high' } }],
  ['any JSON', { format: 'json' }, { format: { type: 'json' } }],
  ['a format of nothing', { format: '' }, {}],
  ['a schema', { format: SCHEMA }, { format: { type: 'schema', name: 'response', schema: SCHEMA } }],
  ['logprobs', { logprobs: true }, { logprobs: {} }],
  ['and the best of others', { logprobs: true, top_logprobs: 2 }, { logprobs: { top: 2 } }],
  ['which alone are nothing', { top_logprobs: 2 }, {}],
  [
    'what only the engine knows stays as it is',
    { keep_alive: '5m', truncate: true, brand_new: { a: 1 } },
    { extras: { keep_alive: '5m', truncate: true, brand_new: { a: 1 } } },
  ],
  ['what goes without saying elsewhere is left out', { truncate: false, shift: false }, {}],
  [
    'tools, with or without a type',
    {
      tools: [
        { type: 'function', items: 1, function: { name: 'f', description: 'd', parameters: SCHEMA, x: 2 } },
        { function: { name: 'g' } },
      ],
    },
    {
      tools: [
        { name: 'f', description: 'd', schema: SCHEMA, extras: { items: 1, function: { x: 2 } } },
        { name: 'g', schema: { type: 'object', properties: {} } },
      ],
    },
  ],
  [
    'a tool of another kind is the engine’s own',
    { tools: [{ type: 'web_search' }] },
    { serverTools: [{ origin: 'ollama-chat', value: { type: 'web_search' } }] },
  ],
];

const conversations: readonly (readonly [
  why: string,
  messages: readonly JsonObject[],
  content: Partial<CallContent>,
])[] = [
  ['no messages are a wish to load', [], { messages: [] }],
  [
    'leading system messages stand apart, later ones in place',
    [
      { role: 'System', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'system', content: 'c' },
    ],
    {
      system: [{ type: 'text', text: 'a' }],
      messages: [
        { role: 'user', blocks: [{ type: 'text', text: 'b' }] },
        { role: 'system', blocks: [{ type: 'text', text: 'c' }] },
      ],
    },
  ],
  [
    'pictures stand before the text, of the kind their bytes say',
    [{ role: 'user', content: 'What?', images: [PNG, '/9j/AA==', 'data:image/webp;base64,UklG'] }],
    {
      messages: [
        {
          role: 'user',
          blocks: [
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/jpeg', data: '/9j/AA==' } },
            { type: 'image', source: { kind: 'base64', mediaType: 'image/webp', data: 'UklG' } },
            { type: 'text', text: 'What?' },
          ],
        },
      ],
    },
  ],
  [
    'results are for the calls they name, by id or by tool, else in order; with the next turn they are one',
    [
      {
        role: 'assistant',
        content: '',
        thinking: 'Hm.',
        tool_calls: [
          { function: { name: 'f', arguments: { a: 1 } } },
          { id: 'x', function: { index: 1, name: 'f', arguments: '{"a":2}' } },
          { function: { name: 'g', arguments: null } },
          { function: { name: 'h' } },
        ],
      },
      { role: 'tool', tool_call_id: 'x', content: '2' },
      { role: 'tool', tool_name: 'g', content: '3' },
      { role: 'tool', content: '1' },
      { role: 'tool', tool_name: 'h', tool_call_id: 'unknown', content: '4' },
      { role: 'user', content: 'And?' },
    ],
    {
      messages: [
        {
          role: 'assistant',
          blocks: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'tool_call', id: 'call_1', name: 'f', input: '{"a":1}' },
            { type: 'tool_call', id: 'x', name: 'f', input: '{"a":2}' },
            { type: 'tool_call', id: 'call_2', name: 'g', input: '{}' },
            { type: 'tool_call', id: 'call_3', name: 'h', input: '{}' },
          ],
        },
        {
          role: 'user',
          blocks: [
            { type: 'tool_result', callId: 'x', content: [{ type: 'text', text: '2' }] },
            { type: 'tool_result', callId: 'call_2', content: [{ type: 'text', text: '3' }] },
            { type: 'tool_result', callId: 'call_1', content: [{ type: 'text', text: '1' }] },
            { type: 'tool_result', callId: 'call_3', content: [{ type: 'text', text: '4' }] },
            { type: 'text', text: 'And?' },
          ],
        },
      ],
    },
  ],
  [
    'a result without a call is kept all the same',
    [{ role: 'tool', tool_call_id: 'gone', content: 'x' }],
    {
      messages: [
        {
          role: 'user',
          blocks: [{ type: 'tool_result', callId: 'gone', content: [{ type: 'text', text: 'x' }] }],
        },
      ],
    },
  ],
  [
    'fields of messages that nobody else has are named by their place',
    [{ role: 'user', content: 'Hello.', mood: 'good', tool_calls: [] }],
    { extras: { 'messages[0].mood': 'good' } },
  ],
];

const prompts: readonly (readonly [why: string, body: JsonObject, content: Partial<CallContent>])[] = [
  ['a prompt is a turn of the user', { prompt: 'Hello.' }, {}],
  ['no prompt is a wish to load', { prompt: '' }, { messages: [] }],
  [
    'system and pictures',
    { prompt: 'Hello.', system: 'Be brief.', images: [PNG] },
    {
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        {
          role: 'user',
          blocks: [
            { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: PNG } },
            { type: 'text', text: 'Hello.' },
          ],
        },
      ],
    },
  ],
  [
    'what another prompt is made of binds the call to its dialect',
    { prompt: 'Hello.', suffix: '.', context: [1, 2], template: '{{ .Prompt }}', raw: true },
    {
      bound: ['context', 'suffix'],
      extras: { suffix: '.', context: [1, 2], template: '{{ .Prompt }}', raw: true },
    },
  ],
  ['empty ones say nothing', { prompt: 'Hello.', suffix: '', template: '', raw: false, context: null }, {}],
];

for (const [why, body, content] of chats) {
  test(`chat: ${why}`, () => {
    const expected = { ...plain, ...content };
    assert.deepEqual(decodeCall({ model: 'm', messages: HELLO, ...body }, 'chat'), expected);
  });
}

for (const [why, messages, content] of conversations) {
  test(`conversation: ${why}`, () => {
    assert.deepEqual(decodeCall({ model: 'm', messages }, 'chat'), { ...plain, ...content });
  });
}

for (const [why, body, content] of prompts) {
  test(`prompt: ${why}`, () => {
    assert.deepEqual(decodeCall({ model: 'm', ...body }, 'complete'), { ...plain, ...content });
  });
}

const refusals: readonly (readonly [why: string, body: JsonObject, param: string, operation?: Operation])[] =
  [
    ['no model', { model: null }, 'model'],
    ['messages that are no list', { messages: 'Hello.' }, 'messages'],
    ['a message that is none', { messages: ['Hello.'] }, 'messages[0]'],
    ['a role nobody has', { messages: [{ role: 'critic', content: '' }] }, 'messages[0].role'],
    [
      'bug 30: content as a list of parts',
      { messages: [{ role: 'user', content: [] }] },
      'messages[0].content',
    ],
    [
      'a picture at an address',
      { messages: [{ role: 'user', images: ['https://x/y.png'] }] },
      'messages[0].images[0]',
    ],
    ['a picture that is no text', { messages: [{ role: 'user', images: [{}] }] }, 'messages[0].images[0]'],
    ['pictures that are no list', { messages: [{ role: 'user', images: PNG }] }, 'messages[0].images'],
    [
      'bug 30: arguments that are a text, and not that of an object',
      { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: 'a' } }] }] },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [
      'a call without a name',
      { messages: [{ role: 'assistant', tool_calls: [{ function: {} }] }] },
      'messages[0].tool_calls[0].function.name',
    ],
    ['a tool without a function', { tools: [{ type: 'function' }] }, 'tools[0].function'],
    ['options that are none', { options: [] }, 'options'],
    ['a temperature in letters', { options: { temperature: 'hot' } }, 'options.temperature'],
    ['stop strings that are none', { options: { stop: [1] } }, 'options.stop[0]'],
    ['stop of another kind', { options: { stop: 1 } }, 'options.stop'],
    ['a format that is none', { format: 'xml' }, 'format'],
    ['a format of another kind', { format: 1 }, 'format'],
    ['a level that is none', { think: 'hard' }, 'think'],
    ['thinking of another kind', { think: 1 }, 'think'],
    ['negative alternatives', { logprobs: true, top_logprobs: -1 }, 'top_logprobs'],
    ['a prompt in pieces', { prompt: ['a'] }, 'prompt', 'complete'],
  ];

for (const [why, body, param, operation = 'chat'] of refusals) {
  test(`refused: ${why}`, () => {
    assert.throws(
      () => decodeCall({ model: 'm', messages: HELLO, ...body }, operation),
      (error) =>
        error instanceof GatewayError && error.code === 'bad_request' && error.detail.param === param,
    );
  });
}
