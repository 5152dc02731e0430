import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent, Tool } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { ModelFacts } from '../../canonical/provider.ts';
import { encodeCall } from './encode-call.ts';

const OPUS = 'us.anthropic.claude-opus-4-5-20251101-v1:0';
const OLD = 'anthropic.claude-3-5-sonnet-20241022-v2:0';
const NEW = 'global.anthropic.claude-opus-4-7-v1';
const NOVA = 'amazon.nova-pro-v1:0';
const NOVA2 = 'global.amazon.nova-2-lite-v1:0';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const MISTRAL = 'mistral.mistral-large-2407-v1:0';
const OSS = 'openai.gpt-oss-120b-1:0';
const QWEN = 'qwen.qwen3-235b-a22b-2507-v1:0';
const PROFILE = 'arn:aws:bedrock:us-east-1:1:application-inference-profile/abc';

const hello: Message = { role: 'user', blocks: [{ type: 'text', text: 'Hello.' }] };

function call(fields: Partial<CallContent> = {}): CallContent {
  return {
    origin: 'openai-chat',
    model: 'm',
    stream: false,
    system: [],
    messages: [hello],
    tools: [],
    serverTools: [],
    includeUsage: true,
    extras: {},
    ...fields,
  };
}

interface Encoded {
  readonly body: JsonObject;
  /** `dropped=…; approximated=…` as `outcome field`. */
  readonly ledger: readonly string[];
}

function encode(content: CallContent, model = OPUS, facts?: ModelFacts): Encoded {
  const ledger = new Ledger();
  const quirks = { sealedOrigin: 'anthropic', buckets: ['bucket'] };
  const { body } = encodeCall(content, { model, ledger, quirks, facts, operation: 'chat' });
  return {
    body: JSON.parse(JSON.stringify(body)) as JsonObject,
    ledger: ledger.entries.map(({ outcome, field }) => `${outcome} ${field}`),
  };
}

type FieldRow = readonly [
  why: string,
  model: string,
  fields: Partial<CallContent>,
  name: string,
  value: Json | undefined,
  ledger: readonly string[],
];

const tool: Tool = { name: 'look', schema: { type: 'object', properties: {} } };
const spec = { toolSpec: { name: 'look', inputSchema: { json: tool.schema } } };
const marked: Block = { type: 'text', text: 'Long.', cache: { ttl: '1h' } };
const schema: JsonObject = {
  type: 'object',
  properties: { a: { type: 'string' } },
  additionalProperties: false,
};
const format = { type: 'schema', name: 'x', schema } as const;

const fields: readonly FieldRow[] = [
  ['an output bound', OPUS, { maxTokens: 5 }, 'inferenceConfig', { maxTokens: 5 }, []],
  ['nothing that was not asked', OPUS, {}, 'inferenceConfig', undefined, []],
  [
    'a temperature beyond the highest',
    NOVA,
    { temperature: 1.5 },
    'inferenceConfig',
    { temperature: 1 },
    ['approximated temperature'],
  ],
  [
    'temperature and top_p exclude each other in newer models of Claude',
    OPUS,
    { temperature: 0.5, topP: 0.9 },
    'inferenceConfig',
    { temperature: 0.5 },
    ['dropped top_p'],
  ],
  [
    'and go together elsewhere',
    NOVA,
    { temperature: 0.5, topP: 0.9 },
    'inferenceConfig',
    { temperature: 0.5, topP: 0.9 },
    [],
  ],
  [
    'stop strings of white space',
    OPUS,
    { stop: ['END', '\n'] },
    'inferenceConfig',
    { stopSequences: ['END'] },
    ['dropped stop'],
  ],
  ['an empty stop string', OPUS, { stop: [''] }, 'inferenceConfig', undefined, ['mapped stop']],
  [
    'Claude is asked which stop string it met',
    OPUS,
    { stop: ['END'], stream: true },
    'additionalModelResponseFieldPaths',
    ['/delta/stop_sequence'],
    [],
  ],
  ['others are not', NOVA, { stop: ['END'] }, 'additionalModelResponseFieldPaths', undefined, []],
  ['top_k for Claude', OPUS, { topK: 4 }, 'additionalModelRequestFields', { top_k: 4 }, []],
  ['top_k for Nova', NOVA, { topK: 4 }, 'additionalModelRequestFields', { inferenceConfig: { topK: 4 } }, []],
  ['top_k for Llama', LLAMA, { topK: 4 }, 'additionalModelRequestFields', undefined, ['dropped top_k']],
  [
    'a budget for thinking',
    OLD.replace('3-5', '3-7'),
    { reasoning: { budgetTokens: 2000 }, maxTokens: 9000 },
    'additionalModelRequestFields',
    { thinking: { type: 'enabled', budget_tokens: 2000 } },
    [],
  ],
  [
    'an effort where the model decides by itself',
    NEW,
    { reasoning: { effort: 'high' } },
    'outputConfig',
    { effort: 'high' },
    [],
  ],
  [
    '… and thinks adaptively',
    NEW,
    { reasoning: { effort: 'high' } },
    'additionalModelRequestFields',
    { thinking: { type: 'adaptive' } },
    [],
  ],
  [
    'a model that does not reason',
    OLD,
    { reasoning: { effort: 'high' } },
    'additionalModelRequestFields',
    undefined,
    ['dropped reasoning'],
  ],
  [
    'a word for gpt-oss',
    OSS,
    { reasoning: { effort: 'xhigh' } },
    'additionalModelRequestFields',
    { reasoning_effort: 'high' },
    ['mapped reasoning'],
  ],
  [
    'which always reasons',
    OSS,
    { reasoning: { mode: 'disabled' } },
    'additionalModelRequestFields',
    undefined,
    ['dropped reasoning'],
  ],
  [
    'a level for Nova 2',
    NOVA2,
    { reasoning: { budgetTokens: 2000 } },
    'additionalModelRequestFields',
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } },
    [],
  ],
  [
    'Nova 1 does not reason',
    NOVA,
    { reasoning: { effort: 'low' } },
    'additionalModelRequestFields',
    undefined,
    ['dropped reasoning'],
  ],
  [
    'not to reason is what it does anyway',
    NOVA,
    { reasoning: { effort: 'none' } },
    'additionalModelRequestFields',
    undefined,
    [],
  ],
  ['a tier of its own', OPUS, { serviceTier: 'flex' }, 'serviceTier', { type: 'flex' }, []],
  [
    "another vendor's word for the usual one",
    OPUS,
    { serviceTier: 'standard_only' },
    'serviceTier',
    { type: 'default' },
    ['mapped service_tier'],
  ],
  [
    'a tier nobody here knows',
    OPUS,
    { serviceTier: 'scale' },
    'serviceTier',
    undefined,
    ['dropped service_tier'],
  ],
  ['labels', OPUS, { metadata: { team: 'search' } }, 'requestMetadata', { team: 'search' }, []],
  [
    'labels that do not fit',
    OPUS,
    { metadata: { team: 'ä' } },
    'requestMetadata',
    undefined,
    ['dropped metadata'],
  ],
  [
    'labels of other kinds',
    OPUS,
    { metadata: { team: 1 } },
    'requestMetadata',
    undefined,
    ['dropped metadata'],
  ],
  [
    'a schema where it is enforced',
    OPUS,
    { format },
    'outputConfig',
    {
      textFormat: {
        type: 'json_schema',
        structure: { jsonSchema: { schema: JSON.stringify(schema), name: 'x' } },
      },
    },
    [],
  ],
  [
    'a schema where it is not',
    NOVA,
    { format },
    'system',
    [{ text: `Reply with JSON that matches this schema and nothing else:\n${JSON.stringify(schema)}` }],
    ['approximated response_format'],
  ],
  [
    'nor by older models of Claude',
    OLD,
    { format },
    'outputConfig',
    undefined,
    ['approximated response_format'],
  ],
  [
    'but by Qwen',
    QWEN,
    { format: { ...format, schema: { ...schema, minProperties: 1 } } },
    'system',
    undefined,
    ['approximated response_format'],
  ],
  [
    'JSON of any kind',
    OPUS,
    { format: { type: 'json' } },
    'system',
    [{ text: 'Reply with one JSON object and nothing else.' }],
    ['approximated response_format'],
  ],
  [
    'what has no field',
    OPUS,
    { seed: 1, presencePenalty: 0.5, frequencyPenalty: 0, logitBias: {}, user: 'anna' },
    'inferenceConfig',
    undefined,
    ['dropped seed', 'dropped presence_penalty', 'dropped user'],
  ],
  [
    "another dialect's own fields",
    OPUS,
    { extras: { brand_new: 1 } },
    'brand_new',
    undefined,
    ['dropped brand_new'],
  ],
  [
    'a cache point with its lifetime',
    OPUS,
    { system: [marked] },
    'system',
    [{ text: 'Long.' }, { cachePoint: { type: 'default', ttl: '1h' } }],
    [],
  ],
  [
    'a model that caches nothing',
    LLAMA,
    { system: [marked] },
    'system',
    [{ text: 'Long.' }],
    ['dropped cache_control'],
  ],
  [
    'a cache point behind tools',
    OPUS,
    { tools: [{ ...tool, cache: {} }] },
    'toolConfig',
    { tools: [spec, { cachePoint: { type: 'default' } }] },
    [],
  ],
  [
    'which Nova refuses',
    NOVA,
    { tools: [{ ...tool, cache: {} }] },
    'toolConfig',
    { tools: [spec] },
    ['dropped cache_control'],
  ],
  [
    'a key of the cache becomes points',
    OPUS,
    { cacheKey: 'k', system: [{ type: 'text', text: 'S' }] },
    'system',
    [{ text: 'S' }, { cachePoint: { type: 'default' } }],
    ['mapped prompt_cache_key'],
  ],
  ['or nothing', LLAMA, { cacheKey: 'k' }, 'system', undefined, ['dropped prompt_cache_key']],
  ['no tools', OPUS, { toolChoice: { mode: 'auto' } }, 'toolConfig', undefined, []],
  [
    'a choice without tools',
    OPUS,
    { toolChoice: { mode: 'required' } },
    'toolConfig',
    undefined,
    ['dropped tool_choice'],
  ],
  [
    'a free choice',
    OPUS,
    { tools: [tool], toolChoice: { mode: 'auto' } },
    'toolConfig',
    { tools: [spec], toolChoice: { auto: {} } },
    [],
  ],
  [
    'a free choice where there is no other',
    LLAMA,
    { tools: [tool], toolChoice: { mode: 'auto' } },
    'toolConfig',
    { tools: [spec] },
    [],
  ],
  [
    'no choice at all',
    OPUS,
    { tools: [tool], toolChoice: { mode: 'none' } },
    'toolConfig',
    undefined,
    ['mapped tool_choice'],
  ],
  [
    'any tool',
    OPUS,
    { tools: [tool], toolChoice: { mode: 'required' } },
    'toolConfig',
    { tools: [spec], toolChoice: { any: {} } },
    [],
  ],
  [
    'a certain tool',
    OPUS,
    { tools: [tool], toolChoice: { mode: 'tool', name: 'look' } },
    'toolConfig',
    { tools: [spec], toolChoice: { tool: { name: 'look' } } },
    [],
  ],
  [
    'a certain tool of Mistral',
    MISTRAL,
    { tools: [tool], toolChoice: { mode: 'tool', name: 'look' } },
    'toolConfig',
    { tools: [spec], toolChoice: { any: {} } },
    ['approximated tool_choice'],
  ],
  [
    'a model that cannot be forced',
    LLAMA,
    { tools: [tool], toolChoice: { mode: 'required' } },
    'toolConfig',
    { tools: [spec] },
    ['approximated tool_choice'],
  ],
  [
    'only some tools',
    OPUS,
    {
      tools: [tool, { ...tool, name: 'other' }],
      toolChoice: { mode: 'allowed', names: ['look'], required: true },
    },
    'toolConfig',
    { tools: [spec], toolChoice: { any: {} } },
    ['mapped tool_choice'],
  ],
  [
    'litellm#8901 a tool forced while thinking',
    OPUS,
    { tools: [tool], toolChoice: { mode: 'required' }, reasoning: { budgetTokens: 2000 }, maxTokens: 9000 },
    'toolConfig',
    { tools: [spec], toolChoice: { auto: {} } },
    ['approximated tool_choice'],
  ],
  [
    'strict tools',
    OPUS,
    { tools: [{ ...tool, strict: true }] },
    'toolConfig',
    { tools: [{ toolSpec: { ...spec.toolSpec, strict: true } }] },
    [],
  ],
  [
    'strict tools where nothing is enforced',
    NOVA,
    { tools: [{ ...tool, strict: true }] },
    'toolConfig',
    { tools: [spec] },
    ['dropped tools.strict'],
  ],
  [
    "another vendor's own tool",
    OPUS,
    { serverTools: [{ origin: 'openai-chat', value: { type: 'web_search' } }] },
    'toolConfig',
    undefined,
    ['dropped tools.web_search'],
  ],
  [
    'one call at a time',
    OPUS,
    { tools: [tool], parallelToolCalls: false },
    'toolConfig',
    { tools: [spec] },
    ['dropped parallel_tool_calls'],
  ],
  [
    'a profile that names no model takes what Claude takes',
    PROFILE,
    { tools: [tool], toolChoice: { mode: 'tool', name: 'look' } },
    'toolConfig',
    { tools: [spec], toolChoice: { tool: { name: 'look' } } },
    [],
  ],
];

for (const [why, model, given, name, value, ledger] of fields) {
  test(`a call's ${name}: ${why}`, () => {
    const encoded = encode(call(given), model);
    assert.deepEqual(encoded.body[name], value);
    for (const entry of ledger) assert.ok(encoded.ledger.includes(entry), `${entry} in ${encoded.ledger}`);
    assert.equal(encoded.ledger.length, ledger.length, String(encoded.ledger));
  });
}

const used: readonly Message[] = [
  hello,
  { role: 'assistant', blocks: [{ type: 'tool_call', id: 'c1', name: 'look', input: '{"at":1}' }] },
  { role: 'user', blocks: [{ type: 'tool_result', callId: 'c1', content: [{ type: 'text', text: 'x' }] }] },
];

for (const [why, given] of [
  ['there are none any more', {}],
  ['none may be used', { tools: [tool], toolChoice: { mode: 'none' } }],
] as const) {
  test(`pentagi#196 toolConfig is required when the history has calls: ${why}`, () => {
    const { body, ledger } = encode(call({ messages: used, ...given }));
    assert.match(JSON.stringify(body['toolConfig']), /no_tool_available/);
    assert.ok(!JSON.stringify(body['toolConfig']).includes('"look"'));
    assert.ok(ledger.includes('approximated tools'));
  });
}

test('thinking with a budget and no bound gets a bound above it', () => {
  const { body, ledger } = encode(call({ reasoning: { budgetTokens: 2000 } }));
  assert.deepEqual(body['inferenceConfig'], { maxTokens: 6096 });
  assert.deepEqual(ledger, ['approximated max_tokens']);
});

test("a bound beyond the model's is lowered", () => {
  const { body, ledger } = encode(call({ maxTokens: 900 }), OPUS, { id: OPUS, maxOutput: 100 });
  assert.deepEqual(body['inferenceConfig'], { maxTokens: 100 });
  assert.deepEqual(ledger, ['approximated max_tokens']);
});

test('no more than four cache points, and the longest prefixes keep them', () => {
  const system = ['1', '2', '3', '4', '5'].map((text): Block => ({ type: 'text', text, cache: {} }));
  const { body, ledger } = encode(call({ system }));
  assert.deepEqual((body['system'] as JsonObject[]).slice(0, 3), [
    { text: '1' },
    { text: '2' },
    { cachePoint: { type: 'default' } },
  ]);
  assert.deepEqual(ledger, ['dropped cache_control']);
});

type TurnRow = readonly [
  why: string,
  model: string,
  messages: readonly Message[],
  encoded: readonly Json[],
  ledger: readonly string[],
];

function user(...blocks: readonly Block[]): Message {
  return { role: 'user', blocks };
}
function assistant(...blocks: readonly Block[]): Message {
  return { role: 'assistant', blocks };
}
const said = (words: string): Block => ({ type: 'text', text: words });
const helloWire = { role: 'user', content: [{ text: 'Hello.' }] };
const pdf: Block = {
  type: 'document',
  source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
  name: 'Q3: Übersicht_final.pdf',
};
const pdfWire = (name: string): JsonObject => ({
  document: { format: 'pdf', source: { bytes: 'JVBERi0=' }, name },
});
const sealed = { origin: 'anthropic', value: 'c2ln' };

const turns: readonly TurnRow[] = [
  [
    'turns of one role become one',
    OPUS,
    [hello, user(said('And?'))],
    [{ role: 'user', content: [{ text: 'Hello.' }, { text: 'And?' }] }],
    [],
  ],
  [
    'a conversation that the model begins',
    OPUS,
    [assistant(said('Hi.')), hello],
    [
      { role: 'user', content: [{ text: '.' }] },
      { role: 'assistant', content: [{ text: 'Hi.' }] },
      helloWire,
    ],
    ['approximated messages'],
  ],
  [
    'empty text is refused',
    OPUS,
    [user(said(' '), said('Hello.'))],
    [helloWire],
    ['mapped messages.empty_text'],
  ],
  [
    'an inline system message joins the user',
    OPUS,
    [hello, { role: 'system', blocks: [said('Be brief.')] }],
    [{ role: 'user', content: [{ text: 'Hello.' }, { text: '<system>\nBe brief.\n</system>' }] }],
    ['approximated messages.system'],
  ],
  [
    'white space at the end of a prefill',
    OPUS,
    [hello, assistant(said('{ '))],
    [helloWire, { role: 'assistant', content: [{ text: '{' }] }],
    ['mapped messages.prefill'],
  ],
  [
    'vercel/ai#8474 results stand first in their turn, in the order of the calls',
    OPUS,
    [
      hello,
      assistant(
        { type: 'tool_call', id: 'a', name: 'x', input: '' },
        { type: 'tool_call', id: 'b', name: 'y', input: '{}' },
      ),
      user(
        said('So?'),
        { type: 'tool_result', callId: 'b', content: [said('B')], isError: true, cache: {} },
        { type: 'tool_result', callId: 'a', content: [said('A')], isError: false },
      ),
    ],
    [
      helloWire,
      {
        role: 'assistant',
        content: [
          { toolUse: { toolUseId: 'a', name: 'x', input: {} } },
          { toolUse: { toolUseId: 'b', name: 'y', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'a', content: [{ text: 'A' }], status: 'success' } },
          { toolResult: { toolUseId: 'b', content: [{ text: 'B' }], status: 'error' } },
          { cachePoint: { type: 'default' } },
          { text: 'So?' },
        ],
      },
    ],
    ['approximated tools'],
  ],
  [
    'the status of a result where it is not known',
    LLAMA,
    [
      hello,
      assistant({ type: 'tool_call', id: 'a', name: 'x', input: '{}' }),
      user({ type: 'tool_result', callId: 'a', content: [], isError: true }),
    ],
    [
      helloWire,
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'x', input: {} } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: '(no content)' }] } }] },
    ],
    ['mapped messages.tool_result', 'dropped messages.tool_result.is_error', 'approximated tools'],
  ],
  [
    'ids of other vendors, and ids that are too long',
    OPUS,
    [hello, assistant({ type: 'tool_call', id: `fn:${'0'.repeat(80)}`, name: 'a.b', input: 'cut o' })],
    [
      helloWire,
      {
        role: 'assistant',
        content: [
          {
            toolUse: {
              toolUseId: 'cb836a63c3de91c6ccce5e817c31c786c0cdb0cca177e9cf23308f32a3c63c82',
              name: 'a_x2e_b',
              input: { input: 'cut o' },
            },
          },
        ],
      },
    ],
    ['approximated messages.tool_call.input', 'approximated tools'],
  ],
  [
    'free text of a custom tool',
    OPUS,
    [hello, assistant({ type: 'tool_call', id: 'a', name: 'patch', input: '*** Begin', custom: true })],
    [
      helloWire,
      {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 'a', name: 'patch__freetext', input: { input: '*** Begin' } } }],
      },
    ],
    ['approximated tools'],
  ],
  [
    'litellm#38809 reasoning that was only signed goes back to Claude, empty text and all',
    OPUS,
    [hello, assistant({ type: 'reasoning', text: '', sealed }, said('Hi.'))],
    [
      helloWire,
      {
        role: 'assistant',
        content: [{ reasoningContent: { reasoningText: { text: '', signature: 'c2ln' } } }, { text: 'Hi.' }],
      },
    ],
    [],
  ],
  [
    'what this service redacted goes back to it',
    OPUS,
    [
      hello,
      assistant(
        { type: 'reasoning', text: '', redacted: true, sealed: { origin: 'bedrock', value: 'x' } },
        said('Hi.'),
      ),
    ],
    [
      helloWire,
      { role: 'assistant', content: [{ reasoningContent: { redactedContent: 'x' } }, { text: 'Hi.' }] },
    ],
    [],
  ],
  ...(
    [
      ['unsigned', OPUS, { type: 'reasoning', text: 'Hm.' }],
      [
        'signed by another',
        OPUS,
        { type: 'reasoning', text: 'Hm.', sealed: { origin: 'google', value: 'x' } },
      ],
      ['redacted elsewhere', OPUS, { type: 'reasoning', text: '', redacted: true, sealed }],
      ['for a model that signs nothing', NOVA, { type: 'reasoning', text: 'Hm.', sealed }],
    ] as const
  ).map(
    ([why, model, block]): TurnRow => [
      `reasoning does not go back: ${why}`,
      model,
      [hello, assistant(block, said('Hi.'))],
      [helloWire, { role: 'assistant', content: [{ text: 'Hi.' }] }],
      ['dropped messages.reasoning'],
    ],
  ),
  [
    'names of documents: plain letters, and no two alike',
    OPUS,
    [user(pdf, pdf, said('Sum up.'))],
    [
      {
        role: 'user',
        content: [
          pdfWire('Q3 bersicht final pdf'),
          pdfWire('Q3 bersicht final pdf (2)'),
          { text: 'Sum up.' },
        ],
      },
    ],
    ['mapped messages.document.title'],
  ],
  [
    'a document does not stand alone',
    OPUS,
    [user({ type: 'document', source: { kind: 'text', text: 'We met.' } })],
    [
      {
        role: 'user',
        content: [
          { document: { format: 'txt', source: { bytes: 'V2UgbWV0Lg==' }, name: 'Document' } },
          { text: '.' },
        ],
      },
    ],
    ['approximated messages.document'],
  ],
  [
    "pictures as data, and from the vendor's own store",
    OPUS,
    [
      user(
        { type: 'image', source: { kind: 'url', url: 'data:image/jpg;base64,aGk=' } },
        { type: 'image', source: { kind: 'url', url: 's3://bucket/cat.webp' } },
      ),
    ],
    [
      {
        role: 'user',
        content: [
          { image: { format: 'jpeg', source: { bytes: 'aGk=' } } },
          { image: { format: 'webp', source: { s3Location: { uri: 's3://bucket/cat.webp' } } } },
        ],
      },
    ],
    [],
  ],
  [
    'sound',
    NOVA,
    [user({ type: 'audio', data: 'UklG', format: 'WAV' })],
    [{ role: 'user', content: [{ audio: { format: 'wav', source: { bytes: 'UklG' } } }] }],
    [],
  ],
  [
    'what a model never says',
    OPUS,
    [
      hello,
      assistant({ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: '' } }, said('Hi.')),
    ],
    [helloWire, { role: 'assistant', content: [{ text: 'Hi.' }] }],
    ['dropped messages.assistant.image'],
  ],
];

for (const [why, model, messages, encoded, ledger] of turns) {
  test(`turns: ${why}`, () => {
    const got = encode(call({ messages }), model);
    assert.deepEqual(got.body['messages'], encoded);
    assert.deepEqual([...got.ledger].sort(), [...ledger].sort());
  });
}

const refused: readonly (readonly [why: string, fields: Partial<CallContent>, words: RegExp])[] = [
  ['several replies', { n: 2 }, /one reply/],
  ['log probabilities', { logprobs: {} }, /log probabilities/],
  [
    'an address of a picture',
    { messages: [user({ type: 'image', source: { kind: 'url', url: 'https://x/y.png' } })] },
    /as data only/,
  ],
  [
    'a picture of a kind nobody knows',
    { messages: [user({ type: 'image', source: { kind: 'base64', mediaType: 'image/tiff', data: '' } })] },
    /image\/tiff/,
  ],
  [
    'a file elsewhere',
    { messages: [user({ type: 'document', source: { kind: 'file', id: 'file-1' } })] },
    /another vendor/,
  ],
  [
    'a document of a kind nobody knows',
    {
      messages: [
        user({ type: 'document', source: { kind: 'base64', mediaType: 'application/zip', data: '' } }),
      ],
    },
    /application\/zip/,
  ],
  [
    'content only another dialect has',
    { messages: [user({ type: 'raw', origin: 'x', value: { type: 'hologram' } })] },
    /hologram/,
  ],
  [
    'a picture in the system prompt',
    { system: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: '' } }] },
    /system prompt/,
  ],
];

for (const [why, given, words] of refused) {
  test(`refused rather than lost: ${why}`, () => {
    assert.throws(
      () => encode(call(given)),
      (error) => error instanceof GatewayError && error.code === 'unsupported' && words.test(error.message),
    );
  });
}

test("another vendor's billing note stays out of the prompt", () => {
  const note: Block = {
    type: 'raw',
    origin: 'anthropic-messages',
    value: { type: 'text', text: 'x-anthropic-billing-header: a;' },
  };
  const { body, ledger } = encode(call({ system: [note] }));
  assert.equal(body['system'], undefined);
  assert.deepEqual(ledger, ['mapped system']);
});
