import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent, Tool } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';

const hello: Message = { role: 'user', blocks: [{ type: 'text', text: 'hi' }] };
const HELLO = { role: 'user', parts: [{ text: 'hi' }] };

const base: CallContent = {
  origin: 'openai-chat',
  model: 'virtual',
  stream: false,
  system: [],
  messages: [hello],
  tools: [],
  serverTools: [],
  includeUsage: true,
  extras: {},
};

interface Encoded {
  readonly body: JsonObject;
  /** `field=outcome` of every ledger entry. */
  readonly ledger: readonly string[];
}

function encode(fields: Partial<CallContent>, options: Partial<EncodeOptions> = {}): Encoded {
  const ledger = new Ledger();
  const { body } = encodeCall(
    { ...base, ...fields },
    { model: 'gemini-3-flash', ledger, quirks: {}, facts: undefined, operation: 'chat', ...options },
  );
  return {
    body: JSON.parse(JSON.stringify(body)) as JsonObject,
    ledger: ledger.entries.map((entry) => `${entry.field}=${entry.outcome}`),
  };
}

function text(words: string): Block {
  return { type: 'text', text: words };
}
function call(id: string, more: JsonObject = {}): Block {
  return { type: 'tool_call', id, name: 'f', input: '{"a":1}', ...more } as Block;
}
function result(callId: string, ...content: readonly Block[]): Block {
  return { type: 'tool_result', callId, content };
}
function assistant(...blocks: readonly Block[]): Message {
  return { role: 'assistant', blocks };
}
function user(...blocks: readonly Block[]): Message {
  return { role: 'user', blocks };
}
const SKIP = 'skip_thought_signature_validator';
const picture: Block = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aa' } };

function called(id: string, thoughtSignature?: string): JsonObject {
  const functionCall = { id, name: 'f', args: { a: 1 } };
  return thoughtSignature === undefined ? { functionCall } : { functionCall, thoughtSignature };
}
function answered(id: string, response: JsonObject, more: JsonObject = {}): JsonObject {
  return { functionResponse: { id, name: 'f', response, ...more } };
}

interface Row {
  readonly why: string;
  readonly messages: readonly Message[];
  readonly contents: Json;
  readonly ledger?: readonly string[];
  readonly model?: string;
}

const turns: readonly Row[] = [
  { why: 'text', messages: [hello], contents: [HELLO] },
  {
    why: 'turns of one role in a row are one',
    messages: [hello, user(text('you'))],
    contents: [{ role: 'user', parts: [{ text: 'hi' }, { text: 'you' }] }],
  },
  {
    why: 'a conversation that the model begins gets an opening',
    messages: [assistant(text('hello')), hello],
    contents: [
      { role: 'user', parts: [{ text: '.' }] },
      { role: 'model', parts: [{ text: 'hello' }] },
      HELLO,
    ],
    ledger: ['messages=approximated'],
  },
  {
    why: 'empty text is left out, and with it an empty turn',
    messages: [hello, assistant(text('')), user(text('you'))],
    contents: [{ role: 'user', parts: [{ text: 'hi' }, { text: 'you' }] }],
  },
  {
    why: 'Laisky/one-api#350: an inline system message joins the user’s turn, behind the results',
    messages: [
      hello,
      assistant(call('x')),
      { role: 'system', blocks: [text('Now.')] },
      user(result('x', text('1'))),
    ],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x', SKIP)] },
      { role: 'user', parts: [answered('x', { output: '1' }), { text: '<system>\nNow.\n</system>' }] },
    ],
    ledger: ['messages[2]=approximated', 'messages.tool_call=approximated'],
  },
  {
    why: 'higress-group/higress#3517: results of several turns are one',
    messages: [
      hello,
      assistant(call('x'), call('y')),
      user(result('x', text('1'))),
      user(result('y', text('2'))),
    ],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x', SKIP), called('y')] },
      { role: 'user', parts: [answered('x', { output: '1' }), answered('y', { output: '2' })] },
    ],
    ledger: ['messages.tool_call=approximated'],
  },
  {
    why: 'results come first, in the order of the calls',
    messages: [
      hello,
      assistant(call('x'), call('y')),
      user(text('Hurry.'), result('y', text('2')), result('x', text('1'))),
    ],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x', SKIP), called('y')] },
      {
        role: 'user',
        parts: [answered('x', { output: '1' }), answered('y', { output: '2' }), { text: 'Hurry.' }],
      },
    ],
    ledger: ['messages.tool_call=approximated'],
  },
  {
    why: 'a result that is an error says so',
    messages: [
      hello,
      assistant(call('x')),
      user({ type: 'tool_result', callId: 'x', content: [text('no')], isError: true }),
    ],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x')] },
      { role: 'user', parts: [answered('x', { error: 'no' })] },
    ],
    model: 'gemini-2.5-flash',
  },
  {
    why: 'litellm#20403: pictures of a result go inside it',
    messages: [hello, assistant(call('x')), user(result('x', text('see'), picture))],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x', SKIP)] },
      {
        role: 'user',
        parts: [
          answered(
            'x',
            { output: 'see' },
            { parts: [{ inlineData: { mimeType: 'image/png', data: 'aa' } }] },
          ),
        ],
      },
    ],
    ledger: ['messages.tool_call=approximated'],
  },
  {
    why: 'and behind it for models whose results hold data only',
    messages: [hello, assistant(call('x')), user(result('x', text('see'), picture))],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x')] },
      {
        role: 'user',
        parts: [
          answered('x', { output: 'see\n[attachment 1: behind the results]' }),
          { inlineData: { mimeType: 'image/png', data: 'aa' } },
        ],
      },
    ],
    ledger: ['messages[2].content[0].content[1]=approximated'],
    model: 'gemini-2.5-flash',
  },
  {
    why: 'a result of a call that is not there is sent all the same',
    messages: [user(result('z', text('1')))],
    contents: [
      {
        role: 'user',
        parts: [{ functionResponse: { id: 'z', name: 'unknown_function', response: { output: '1' } } }],
      },
    ],
    ledger: ['messages[0].content[0]=approximated'],
  },
  {
    why: 'envoyproxy/ai-gateway#2366: a signature goes back with its call',
    messages: [hello, assistant(call('x', { sealed: { origin: 'google', value: 'sig' } }), call('y'))],
    contents: [HELLO, { role: 'model', parts: [called('x', 'sig'), called('y')] }],
  },
  {
    why: 'a signature of another vendor does not',
    messages: [hello, assistant(call('x', { sealed: { origin: 'anthropic', value: 'sig' } }))],
    contents: [HELLO, { role: 'model', parts: [called('x', SKIP)] }],
    ledger: ['messages.tool_call.signature=dropped', 'messages.tool_call=approximated'],
  },
  {
    why: 'the first call of every step without a signature says that it has none',
    messages: [hello, assistant(call('x')), user(result('x')), assistant(call('y')), user(result('y'))],
    contents: [
      HELLO,
      { role: 'model', parts: [called('x', SKIP)] },
      { role: 'user', parts: [answered('x', { output: '' })] },
      { role: 'model', parts: [called('y', SKIP)] },
      { role: 'user', parts: [answered('y', { output: '' })] },
    ],
    ledger: ['messages.tool_call=approximated'],
  },
  {
    why: 'signed thoughts go back to their vendor, others do not',
    messages: [
      hello,
      assistant(
        { type: 'reasoning', text: 'Hm', sealed: { origin: 'google', value: 's' } },
        { type: 'reasoning', text: 'foreign', sealed: { origin: 'anthropic', value: 's' } },
        { type: 'reasoning', text: 'plain' },
        text('A'),
      ),
    ],
    contents: [
      HELLO,
      { role: 'model', parts: [{ text: 'Hm', thought: true, thoughtSignature: 's' }, { text: 'A' }] },
    ],
    ledger: ['messages.reasoning=dropped'],
  },
  {
    why: 'a free-text call travels as a function',
    messages: [hello, assistant({ type: 'tool_call', id: 'x', name: 'patch', input: 'diff', custom: true })],
    contents: [
      HELLO,
      {
        role: 'model',
        parts: [{ functionCall: { id: 'x', name: 'patch__freetext', args: { input: 'diff' } } }],
      },
    ],
    model: 'gemini-2.5-flash',
  },
  {
    why: 'arguments that are no object are wrapped',
    messages: [hello, assistant(call('x', { input: '{"a":' }))],
    contents: [
      HELLO,
      { role: 'model', parts: [{ functionCall: { id: 'x', name: 'f', args: { input: '{"a":' } } }] },
    ],
    ledger: ['messages[1].content[0].args=approximated'],
    model: 'gemini-2.5-flash',
  },
  {
    why: 'media, each in its place',
    messages: [
      user(
        { type: 'image', source: { kind: 'url', url: 'https://a.example/b.png?x=1' } },
        { type: 'audio', data: 'aa', format: 'mp3' },
        { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'aa' } },
        { type: 'document', source: { kind: 'text', text: 'words' }, name: 'a.txt' },
        { type: 'document', source: { kind: 'file', id: 'gs://b/a.pdf' } },
      ),
    ],
    contents: [
      {
        role: 'user',
        parts: [
          { fileData: { fileUri: 'https://a.example/b.png?x=1', mimeType: 'image/png' } },
          { inlineData: { mimeType: 'audio/mp3', data: 'aa' } },
          { inlineData: { mimeType: 'application/pdf', data: 'aa' } },
          { text: 'a.txt\n\nwords' },
          { fileData: { fileUri: 'gs://b/a.pdf', mimeType: 'application/pdf' } },
        ],
      },
    ],
    ledger: ['messages[0].content[3]=approximated'],
  },
  {
    why: 'cache hints have no place and need none',
    messages: [user({ type: 'text', text: 'hi', cache: {} })],
    contents: [HELLO],
    ledger: ['cache_control=mapped'],
  },
];

describe('turns', () => {
  for (const { why, messages, contents, ledger = [], model = 'gemini-3-flash' } of turns) {
    test(why, () => {
      const got = encode({ messages }, { model, quirks: { buckets: ['b'] } });
      assert.deepEqual(got.body, { contents });
      assert.deepEqual(got.ledger, ledger);
    });
  }

  test('system text is hoisted, without the billing note', () => {
    const note = 'x-anthropic-billing-header: cc_version=1';
    const { body, ledger } = encode({ system: [text(note), text('Be brief.'), text('Be kind.')] });
    assert.deepEqual(body.systemInstruction, { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] });
    assert.deepEqual(ledger, ['system[0]=mapped']);
  });
});

describe('seals that the caller lost', () => {
  const kept = new Map([['x', { origin: 'google', value: 'kept' }]]);
  const seals = { keep: () => undefined, find: (id: string) => kept.get(id) };

  test('are put back by the id of the call', () => {
    const { body, ledger } = encode({ messages: [hello, assistant(call('x'))] }, { seals });
    assert.deepEqual(body.contents, [HELLO, { role: 'model', parts: [called('x', 'kept')] }]);
    assert.deepEqual(ledger, []);
  });

  test('do not displace what the caller sends', () => {
    const own = call('x', { sealed: { origin: 'google', value: 'own' } });
    const { body } = encode({ messages: [hello, assistant(own)] }, { seals });
    assert.deepEqual(body.contents, [HELLO, { role: 'model', parts: [called('x', 'own')] }]);
  });

  test('of another vendor stay where they are', () => {
    const foreign = { keep: () => undefined, find: () => ({ origin: 'anthropic', value: 's' }) };
    const { body } = encode(
      { messages: [hello, assistant(call('x'))] },
      { seals: foreign, model: 'gemini-2.5-pro' },
    );
    assert.deepEqual(body.contents, [HELLO, { role: 'model', parts: [called('x')] }]);
  });
});

describe('tools', () => {
  const tool: Tool = {
    name: 'f',
    description: 'F.',
    schema: { $schema: 's', $comment: 'c', type: 'object' },
  };
  const declared = { name: 'f', description: 'F.', parametersJsonSchema: tool.schema };

  test('CLIProxyAPI#97, #3512: schemas go as JSON Schema, with every keyword', () => {
    const { body, ledger } = encode({ tools: [tool] });
    assert.deepEqual(body.tools, [{ functionDeclarations: [declared] }]);
    assert.deepEqual(ledger, []);
  });

  test('names the dialect does not allow are escaped', () => {
    const { body } = encode({ tools: [{ name: '1/ä', schema: {} }] });
    assert.deepEqual(body.tools, [
      { functionDeclarations: [{ name: '_x31__x2f__xe4_', parametersJsonSchema: {} }] },
    ]);
  });

  for (const [choice, config, ledger] of [
    [{ mode: 'auto' }, { mode: 'AUTO' }, []],
    [{ mode: 'none' }, { mode: 'NONE' }, []],
    [{ mode: 'required' }, { mode: 'ANY' }, []],
    [{ mode: 'tool', name: 'f' }, { mode: 'ANY', allowedFunctionNames: ['f'] }, []],
    [{ mode: 'allowed', names: ['f'], required: true }, { mode: 'ANY', allowedFunctionNames: ['f'] }, []],
    [{ mode: 'allowed', names: ['f'], required: false }, { mode: 'AUTO' }, ['tool_choice=mapped']],
  ] as const) {
    test(`the choice ${JSON.stringify(choice)}`, () => {
      const { body, ledger: got } = encode({ tools: [tool], toolChoice: choice });
      assert.deepEqual(body.toolConfig, { functionCallingConfig: config });
      assert.deepEqual(got, ledger);
    });
  }

  test('tools that are not allowed are not offered', () => {
    const toolChoice = { mode: 'allowed', names: ['f'], required: false } as const;
    const { body } = encode({ tools: [tool, { name: 'g', schema: {} }], toolChoice });
    assert.deepEqual(body.tools, [{ functionDeclarations: [declared] }]);
  });

  test('a choice among no tools is dropped, and named if it forced one', () => {
    const { body, ledger } = encode({ toolChoice: { mode: 'required' } });
    assert.equal(body.toolConfig, undefined);
    assert.deepEqual(ledger, ['tool_choice=dropped']);
  });

  test('bifrost#7348: what the dialect cannot say of tools is named', () => {
    const { ledger } = encode({ tools: [{ ...tool, strict: true }], parallelToolCalls: false });
    assert.deepEqual(ledger, ['tools.strict=approximated', 'parallel_tool_calls=dropped']);
  });

  test('a free-text tool is a function with one string', () => {
    const { body, ledger } = encode({ tools: [{ name: 'patch', schema: {}, custom: {} }] });
    const [entry] = body.tools as { functionDeclarations: JsonObject[] }[];
    assert.equal(entry?.functionDeclarations[0]?.name, 'patch__freetext');
    assert.deepEqual(ledger, ['tools.custom=mapped']);
  });

  test('tools that another vendor runs are left out and named', () => {
    const { body, ledger } = encode({
      serverTools: [
        { origin: 'gemini-generate', value: { googleSearch: {} } },
        { origin: 'anthropic-messages', value: { type: 'web_search_20250305', name: 'web_search' } },
      ],
    });
    assert.deepEqual(body.tools, [{ googleSearch: {} }]);
    assert.deepEqual(ledger, ['tools.web_search_20250305=dropped']);
  });
});

interface ConfigRow {
  readonly why: string;
  readonly fields: Partial<CallContent>;
  readonly config: JsonObject | undefined;
  readonly ledger?: readonly string[];
  readonly model?: string;
}

const shape = { type: 'object', $schema: 's' };

const configs: readonly ConfigRow[] = [
  {
    why: 'sampling',
    fields: {
      temperature: 1.5,
      topP: 0.9,
      topK: 4,
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: 2,
      maxTokens: 9,
    },
    config: {
      temperature: 1.5,
      topP: 0.9,
      topK: 4,
      seed: 7,
      presencePenalty: 1,
      frequencyPenalty: 2,
      maxOutputTokens: 9,
    },
  },
  {
    why: 'a seed of more than 32 bits is folded, always to the same',
    fields: { seed: 2 ** 40 },
    config: { seed: 512 },
    ledger: ['seed=mapped'],
  },
  {
    why: 'five stop strings at most, and no empty one',
    fields: { stop: ['', 'a', 'b', 'c', 'd', 'e', 'f'] },
    config: { stopSequences: ['a', 'b', 'c', 'd', 'e'] },
    ledger: ['stop=mapped', 'stop[5]=dropped'],
  },
  {
    why: 'log probabilities',
    fields: { logprobs: { top: 3 } },
    config: { responseLogprobs: true, logprobs: 3 },
  },
  { why: 'one answer is what there is', fields: { n: 1 }, config: undefined },
  {
    why: 'several answers from older models',
    fields: { n: 2 },
    config: { candidateCount: 2 },
    model: 'gemini-2.0-flash',
  },
  { why: 'JSON', fields: { format: { type: 'json' } }, config: { responseMimeType: 'application/json' } },
  {
    why: 'JSON of a shape',
    fields: { format: { type: 'schema', name: 'x', schema: shape } },
    config: { responseMimeType: 'application/json', responseJsonSchema: shape },
  },
  {
    why: 'what has no place is named',
    fields: {
      logitBias: { a: 1 },
      user: 'u',
      cacheKey: 'k',
      serviceTier: 'flex',
      metadata: { a: 'b' },
      extras: { store: true },
    },
    config: undefined,
    ledger: [
      'store=dropped',
      'logit_bias=dropped',
      'user=dropped',
      'prompt_cache_key=mapped',
      'service_tier=dropped',
      'metadata=dropped',
    ],
  },
  {
    why: 'an effort is a word',
    fields: { reasoning: { effort: 'low' } },
    config: { thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } },
  },
  {
    why: 'more than the most is the most',
    fields: { reasoning: { effort: 'xhigh' } },
    config: { thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } },
    ledger: ['reasoning_effort=approximated'],
  },
  {
    why: 'no reasoning is as little as there is',
    fields: { reasoning: { effort: 'none' } },
    config: { thinkingConfig: { thinkingLevel: 'MINIMAL' } },
    ledger: ['reasoning_effort=approximated'],
  },
  {
    why: 'the first large model of 3 knows no medium',
    fields: { reasoning: { effort: 'medium' } },
    config: { thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } },
    ledger: ['reasoning_effort=approximated'],
    model: 'gemini-3-pro-preview',
  },
  {
    why: 'the next one does',
    fields: { reasoning: { effort: 'medium' } },
    config: { thinkingConfig: { thinkingLevel: 'MEDIUM', includeThoughts: true } },
    model: 'gemini-3.1-pro-preview',
  },
  {
    why: 'a budget stays one',
    fields: { reasoning: { mode: 'enabled', budgetTokens: 2048, display: 'omitted' } },
    config: { thinkingConfig: { thinkingBudget: 2048, includeThoughts: false } },
  },
  {
    why: 'a word and a budget exclude each other',
    fields: { reasoning: { effort: 'high', budgetTokens: 9 } },
    config: { thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } },
    ledger: ['reasoning.budget_tokens=dropped'],
  },
  {
    why: 'an effort is a budget for 2.5',
    fields: { reasoning: { effort: 'medium' } },
    config: { thinkingConfig: { thinkingBudget: 8192, includeThoughts: true } },
    ledger: ['reasoning_effort=approximated'],
    model: 'gemini-2.5-flash',
  },
  {
    why: 'no reasoning is no budget for 2.5',
    fields: { reasoning: { mode: 'disabled' } },
    config: { thinkingConfig: { thinkingBudget: 0 } },
    model: 'gemini-2.5-flash',
  },
  {
    why: 'except for the large one',
    fields: { reasoning: { mode: 'disabled' } },
    config: { thinkingConfig: { thinkingBudget: 128 } },
    ledger: ['reasoning=approximated'],
    model: 'gemini-2.5-pro',
  },
  {
    why: 'the model decides',
    fields: { reasoning: { mode: 'adaptive' } },
    config: { thinkingConfig: { thinkingBudget: -1, includeThoughts: true } },
    ledger: ['reasoning.mode=mapped'],
    model: 'gemini-2.5-flash',
  },
  {
    why: 'a model that does not reason is not asked to',
    fields: { reasoning: { effort: 'high' } },
    config: undefined,
    ledger: ['reasoning=dropped'],
    model: 'gemini-2.0-flash',
  },
];

describe('generationConfig', () => {
  for (const { why, fields, config, ledger = [], model = 'gemini-3-flash' } of configs) {
    test(why, () => {
      const got = encode(fields, { model });
      assert.deepEqual(got.body.generationConfig, config);
      assert.deepEqual(got.ledger, ledger);
    });
  }

  test('no more output is asked for than the model gives', () => {
    const { body, ledger } = encode({ maxTokens: 99 }, { facts: { id: 'm', maxOutput: 50 } });
    assert.deepEqual(body.generationConfig, { maxOutputTokens: 50 });
    assert.deepEqual(ledger, ['max_tokens=approximated']);
  });

  test('litellm#8901: a shape for the answer beside tools is said in words to models that refuse both', () => {
    const fields = {
      tools: [{ name: 'f', schema: {} }],
      format: { type: 'schema', name: 'x', schema: shape },
    } as const;
    const { body, ledger } = encode(fields, { model: 'gemini-2.5-flash' });
    assert.equal(body.generationConfig, undefined);
    assert.match(JSON.stringify(body.systemInstruction), /matches this JSON Schema/);
    assert.deepEqual(ledger, ['response_format=approximated']);
    assert.deepEqual(encode(fields).ledger, []);
  });
});

describe('what would change the meaning is refused', () => {
  for (const [why, fields, options, param] of [
    ['several answers in a stream', { n: 2, stream: true }, { model: 'gemini-2.5-flash' }, 'n'],
    ['several answers from the newest', { n: 2 }, {}, 'n'],
    [
      'a picture of another vendor’s store',
      { messages: [user({ type: 'image', source: { kind: 'file', id: 'file-1' } })] },
      {},
      'messages[0].content[0]',
    ],
    ...[
      'gs://b/a.png',
      'GS://b/a.png',
      'files/1',
      'https://%67enerativelanguage.googleapis.com/v1beta/files/1',
    ].map(
      (url) =>
        [
          `what only we may read: ${url}`,
          { messages: [user({ type: 'image', source: { kind: 'url', url } })] },
          { quirks: { buckets: ['other'] } },
          'messages[0].content[0]',
        ] as const,
    ),
    [
      'a sound in a bucket, as a part of our own',
      {
        messages: [
          user({ type: 'raw', origin: 'gemini-generate', value: { fileData: { fileUri: 'gs://b/a.mp3' } } }),
        ],
      },
      {},
      'contents[0].parts[0].fileData.fileUri',
    ],
    [
      'an address where only data is taken',
      { messages: [user({ type: 'image', source: { kind: 'url', url: 'https://a.example' } })] },
      { quirks: { imageUrls: false } },
      'messages[0].content[0]',
    ],
    [
      'content nobody else understands',
      {
        messages: [user({ type: 'raw', origin: 'anthropic-messages', value: { type: 'container_upload' } })],
      },
      {},
      'messages[0].content[0]',
    ],
    [
      'the choice of a tool that another vendor runs',
      {
        toolChoice: { mode: 'tool', name: 'web_search' },
        serverTools: [{ origin: 'anthropic-messages', value: { name: 'web_search' } }],
      },
      {},
      'tool_choice',
    ],
  ] as const) {
    test(why, () => {
      assert.throws(
        () => encode(fields as Partial<CallContent>, options),
        (error) =>
          error instanceof GatewayError && error.code === 'unsupported' && error.detail.param === param,
      );
    });
  }
});

describe('a call of this dialect', () => {
  const bodies: readonly (readonly [why: string, body: JsonObject])[] = [
    [
      'with everything it alone knows',
      {
        contents: [
          { role: 'user', parts: [{ text: 'hi' }, { inlineData: { mimeType: 'video/mp4', data: 'aa' } }] },
          {
            role: 'model',
            parts: [
              { text: 'Hm', thought: true },
              { text: 'a', thoughtSignature: 's0' },
              { functionCall: { id: 'x', name: 'f', args: { a: 1 } }, thoughtSignature: 's1' },
            ],
          },
          {
            role: 'user',
            parts: [{ functionResponse: { id: 'x', name: 'f', response: { t: 20 }, scheduling: 'SILENT' } }],
          },
        ],
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        tools: [
          {
            functionDeclarations: [
              { name: 'f', parametersJsonSchema: { type: 'object' }, behavior: 'BLOCKING' },
            ],
          },
          { googleSearch: {} },
        ],
        toolConfig: {
          functionCallingConfig: { mode: 'VALIDATED', allowedFunctionNames: ['f'] },
          retrievalConfig: { languageCode: 'de' },
        },
        generationConfig: {
          temperature: 0.5,
          responseModalities: ['TEXT', 'IMAGE'],
          thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true },
        },
        safetySettings: [{ category: 'c', threshold: 't' }],
        cachedContent: 'cachedContents/1',
      },
    ],
    ['with a budget', { contents: [HELLO], generationConfig: { thinkingConfig: { thinkingBudget: -1 } } }],
    [
      'with thoughts switched off',
      { contents: [HELLO], generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
    ],
    [
      'with a mode that only it has',
      {
        contents: [HELLO],
        tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }],
        toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } },
      },
    ],
  ];
  for (const [why, body] of bodies) {
    test(`${why} goes out as it came in`, () => {
      const ledger = new Ledger();
      const options = {
        model: 'gemini-3-flash',
        ledger,
        quirks: { sharedFiles: true },
        facts: undefined,
        operation: 'chat',
      } as const;
      const { body: sent } = encodeCall(decodeCall(body, 'chat'), options);
      assert.deepEqual(JSON.parse(JSON.stringify(sent)), body);
      assert.deepEqual(ledger.entries, []);
    });
  }
});

describe('a count', () => {
  const fields = { system: [text('Be brief.')], temperature: 1 };
  test('holds the whole call, with its model', () => {
    assert.deepEqual(encode(fields, { operation: 'count' }).body, {
      generateContentRequest: {
        model: 'models/gemini-3-flash',
        contents: [HELLO],
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
      },
    });
  });
  test('or is the call, where the upstream counts it bare', () => {
    assert.deepEqual(encode(fields, { operation: 'count', quirks: { bareCount: true } }).body, {
      contents: [HELLO],
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
    });
  });
});
