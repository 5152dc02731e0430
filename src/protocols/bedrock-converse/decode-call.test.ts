import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';

const hello = [{ role: 'user', content: [{ text: 'Hello.' }] }];

function said(...content: readonly Json[]): JsonObject {
  return { messages: [{ role: 'user', content }] };
}

const blocks: readonly (readonly [why: string, wire: Json, block: Json])[] = [
  ['text', { text: 'a' }, { type: 'text', text: 'a' }],
  [
    'a picture',
    { image: { format: 'jpeg', source: { bytes: 'aGk=' } } },
    { type: 'image', source: { kind: 'base64', mediaType: 'image/jpeg', data: 'aGk=' } },
  ],
  [
    'a picture in the store is for this dialect alone',
    { image: { format: 'png', source: { s3Location: { uri: 's3://b/x' } } } },
    {
      type: 'raw',
      origin: 'bedrock-converse',
      value: { image: { format: 'png', source: { s3Location: { uri: 's3://b/x' } } } },
    },
  ],
  [
    'a document with what only this dialect knows of it',
    { document: { format: 'docx', name: 'n', source: { bytes: 'aGk=' }, citations: { enabled: true } } },
    {
      type: 'document',
      source: {
        kind: 'base64',
        mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        data: 'aGk=',
      },
      name: 'n',
      extras: { citations: { enabled: true } },
    },
  ],
  [
    'a document of text',
    { document: { format: 'txt', name: 'n', source: { text: 'We met.' } } },
    { type: 'document', source: { kind: 'text', text: 'We met.' }, name: 'n' },
  ],
  [
    'sound',
    { audio: { format: 'mp3', source: { bytes: 'aGk=' } } },
    { type: 'audio', data: 'aGk=', format: 'mp3' },
  ],
  [
    'a call',
    { toolUse: { toolUseId: 't', name: 'x', input: { a: 1 } } },
    { type: 'tool_call', id: 't', name: 'x', input: '{"a":1}' },
  ],
  [
    "a call of the service's own tool",
    { toolUse: { toolUseId: 't', name: 'x', type: 'server_tool_use', input: {} } },
    {
      type: 'raw',
      origin: 'bedrock-converse',
      value: { toolUse: { toolUseId: 't', name: 'x', type: 'server_tool_use', input: {} } },
    },
  ],
  [
    'a result of every kind',
    { toolResult: { toolUseId: 't', content: [{ json: { a: 1 } }, { text: 'b' }], status: 'error' } },
    {
      type: 'tool_result',
      callId: 't',
      content: [
        { type: 'text', text: '{"a":1}' },
        { type: 'text', text: 'b' },
      ],
      isError: true,
    },
  ],
  [
    'signed reasoning',
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 's' } } },
    { type: 'reasoning', text: 'Hm.', sealed: { origin: 'anthropic', value: 's' } },
  ],
  [
    'redacted reasoning',
    { reasoningContent: { redactedContent: 'x' } },
    { type: 'reasoning', text: '', sealed: { origin: 'bedrock', value: 'x' }, redacted: true },
  ],
  [
    'guarded text is text to everybody else',
    { guardContent: { text: { text: 'a', qualifiers: ['query'] } } },
    {
      type: 'text',
      text: 'a',
      extras: { guardContent: { text: { text: 'a', qualifiers: ['query'] } } },
    },
  ],
  [
    'what nobody knows yet',
    { hologram: { a: 1 } },
    { type: 'raw', origin: 'bedrock-converse', value: { hologram: { a: 1 } } },
  ],
];

for (const [why, wire, block] of blocks) {
  test(`a block of a call: ${why}`, () => {
    assert.deepEqual(decodeCall(said(wire)).messages, [{ role: 'user', blocks: [block] }]);
  });
}

test('a cache point is a hint on the block before it', () => {
  const point = { cachePoint: { type: 'default', ttl: '5m' } };
  const { messages, system, tools } = decodeCall({
    ...said(point, { text: 'a' }, point, point),
    system: [{ text: 's' }, { cachePoint: { type: 'default' } }],
    toolConfig: { tools: [{ toolSpec: { name: 'x', inputSchema: { json: {} } } }, point] },
  });
  const raw = { type: 'raw', origin: 'bedrock-converse', value: point };
  assert.deepEqual(messages[0]?.blocks, [raw, { type: 'text', text: 'a', cache: { ttl: '5m' } }, raw]);
  assert.deepEqual(system, [{ type: 'text', text: 's', cache: {} }]);
  assert.deepEqual(tools, [{ name: 'x', schema: {}, cache: { ttl: '5m' } }]);
});

test('results come first, whatever stood before them', () => {
  const result = { toolResult: { toolUseId: 't', content: [] } };
  const { messages } = decodeCall(said({ text: 'a' }, result));
  assert.deepEqual(
    messages[0]?.blocks.map(({ type }) => type),
    ['tool_result', 'text'],
  );
});

test('fields with a meaning, and all others under their names', () => {
  const content = decodeCall({
    messages: [{ role: 'user', content: [{ text: 'a' }], news: 1 }],
    inferenceConfig: { maxTokens: 5, temperature: 0.5, topP: 0.9, stopSequences: ['END'], minTokens: 1 },
    toolConfig: { tools: [{ systemTool: { name: 's' } }], toolChoice: { tool: { name: 'x' } } },
    outputConfig: {
      effort: 'high',
      textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{"a":1}', name: 'n' } } },
    },
    additionalModelRequestFields: { top_k: 3, thinking: { type: 'enabled', budget_tokens: 9 }, beta: 1 },
    requestMetadata: { team: 't' },
    serviceTier: { type: 'flex' },
    guardrailConfig: { guardrailIdentifier: 'g' },
    performanceConfig: null,
  });
  assert.deepEqual(content, {
    origin: 'bedrock-converse',
    model: '',
    stream: false,
    system: [],
    messages: [{ role: 'user', blocks: [{ type: 'text', text: 'a' }] }],
    tools: [],
    serverTools: [{ origin: 'bedrock-converse', value: { systemTool: { name: 's' } } }],
    toolChoice: { mode: 'tool', name: 'x' },
    maxTokens: 5,
    temperature: 0.5,
    topP: 0.9,
    topK: 3,
    stop: ['END'],
    format: { type: 'schema', name: 'n', schema: { a: 1 } },
    reasoning: { mode: 'enabled', effort: 'high', budgetTokens: 9 },
    metadata: { team: 't' },
    serviceTier: 'flex',
    includeUsage: true,
    extras: {
      'messages.news': 1,
      inferenceConfig: { minTokens: 1 },
      additionalModelRequestFields: { beta: 1 },
      guardrailConfig: { guardrailIdentifier: 'g' },
    },
  });
});

test('a call of this dialect that is written anew says the same', () => {
  const body: JsonObject = {
    messages: [
      ...hello,
      { role: 'assistant', content: [{ guardContent: { text: { text: 'g' } } }, { text: 'a' }] },
      { role: 'system', content: [{ text: 's' }] },
    ],
    inferenceConfig: { minTokens: 1, maxTokens: 5, temperature: 0.5 },
    additionalModelRequestFields: { beta: 1, top_k: 3, thinking: { type: 'adaptive' } },
    outputConfig: { effort: 'low' },
    requestMetadata: { team: 't' },
    serviceTier: { type: 'reserved' },
    guardrailConfig: { guardrailIdentifier: 'g' },
    promptVariables: { a: { text: 'b' } },
  };
  const ledger = new Ledger();
  const options = {
    model: 'anthropic.claude-opus-4-7',
    ledger,
    quirks: {},
    facts: undefined,
    operation: 'chat',
  } as const;
  const again = encodeCall(decodeCall(body), options).body;
  assert.deepEqual(JSON.parse(JSON.stringify(again)), {
    ...body,
    inferenceConfig: { minTokens: 1, maxTokens: 5 },
  });
  assert.deepEqual(
    ledger.entries.map(({ field }) => field),
    ['temperature'],
  );
});

const wrong: readonly (readonly [place: string, body: JsonObject])[] = [
  ['messages', {}],
  ['messages', { messages: [] }],
  ['messages[0]', { messages: ['hi'] }],
  ['messages[0].role', { messages: [{ role: 'tool', content: [] }] }],
  ['messages[0].content', { messages: [{ role: 'user', content: 'hi' }] }],
  ['messages[0].content[0]', said('hi')],
  ['messages[0].content[0]', said({})],
  ['messages[0].content[0].text', said({ text: 1 })],
  ['messages[0].content[0].image.source', said({ image: { format: 'png' } })],
  ['messages[0].content[0].toolUse.toolUseId', said({ toolUse: { name: 'x', input: {} } })],
  ['messages[0].content[0].toolUse.input', said({ toolUse: { toolUseId: 't', name: 'x', input: 'a' } })],
  [
    'messages[0].content[0].toolResult.status',
    said({ toolResult: { toolUseId: 't', content: [], status: 'fine' } }),
  ],
  [
    'messages[0].content[0].toolResult.content[0].text',
    said({ toolResult: { toolUseId: 't', content: [{ text: 1 }] } }),
  ],
  [
    'messages[0].content[1].cachePoint.ttl',
    said({ text: 'a' }, { cachePoint: { type: 'default', ttl: '2h' } }),
  ],
  ['system', { messages: hello, system: 'Be brief.' }],
  ['inferenceConfig', { messages: hello, inferenceConfig: [] }],
  ['inferenceConfig.maxTokens', { messages: hello, inferenceConfig: { maxTokens: 1.5 } }],
  ['inferenceConfig.stopSequences[1]', { messages: hello, inferenceConfig: { stopSequences: ['a', 1] } }],
  [
    'toolConfig.tools[0].toolSpec.inputSchema.json',
    { messages: hello, toolConfig: { tools: [{ toolSpec: { name: 'x' } }] } },
  ],
  [
    'toolConfig.toolChoice.tool.name',
    { messages: hello, toolConfig: { tools: [], toolChoice: { tool: {} } } },
  ],
  ['outputConfig.effort', { messages: hello, outputConfig: { effort: 'much' } }],
  [
    'outputConfig.textFormat.structure.jsonSchema.schema',
    {
      messages: hello,
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } } },
    },
  ],
  [
    'additionalModelRequestFields.thinking.type',
    { messages: hello, additionalModelRequestFields: { thinking: { type: 'x' } } },
  ],
];

for (const [place, body] of wrong) {
  test(`malformed: ${place} of ${JSON.stringify(body).slice(0, 80)}`, () => {
    assert.throws(
      () => decodeCall(body),
      (error) =>
        error instanceof GatewayError && error.code === 'bad_request' && error.detail.param === place,
    );
  });
}
