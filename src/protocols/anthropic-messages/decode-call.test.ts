import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import { decodeCall } from './decode-call.ts';
import { isNative } from './origin.ts';

const minimal: JsonObject = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

function decode(fields: JsonObject) {
  const { ...content } = decodeCall({ ...minimal, ...fields }, 'chat');
  return content;
}

function blocks(content: Json, role = 'user') {
  return decode({ messages: [{ role, content }] }).messages[0]!.blocks;
}

test('a minimal call', () => {
  const content = decode({});
  assert.ok(isNative(content));
  assert.deepEqual(JSON.parse(JSON.stringify(content)), {
    origin: 'anthropic-messages',
    model: 'm',
    stream: false,
    system: [],
    messages: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }] }],
    tools: [],
    serverTools: [],
    maxTokens: 10,
    includeUsage: true,
    extras: {},
  });
});

test('blocks', () => {
  const sealed = { origin: 'anthropic', value: 'sig' };
  const rows: readonly (readonly [why: string, wire: Json, canonical: object])[] = [
    ['text', { type: 'text', text: 'a' }, { type: 'text', text: 'a' }],
    [
      'text keeps its citations and cache mark',
      { type: 'text', text: 'a', citations: [{ x: 1 }], cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'a', cache: { ttl: '1h' }, extras: { citations: [{ x: 1 }] } },
    ],
    [
      'a cache mark without a time',
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'a', cache: {} },
    ],
    [
      'image data',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA' } },
    ],
    [
      'image address',
      { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
      { type: 'image', source: { kind: 'url', url: 'https://a/b.png' } },
    ],
    [
      'image file',
      { type: 'image', source: { type: 'file', file_id: 'file_1' } },
      { type: 'image', source: { kind: 'file', id: 'file_1' } },
    ],
    [
      'document with all its words',
      {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'words' },
        title: 'T',
        context: 'C',
        citations: { enabled: true },
      },
      {
        type: 'document',
        source: { kind: 'text', text: 'words' },
        name: 'T',
        extras: { context: 'C', citations: { enabled: true } },
      },
    ],
    [
      'document of content blocks stays raw',
      { type: 'document', source: { type: 'content', content: 'x' } },
      {
        type: 'raw',
        origin: 'anthropic-messages',
        value: { type: 'document', source: { type: 'content', content: 'x' } },
      },
    ],
    [
      'thinking',
      { type: 'thinking', thinking: 't', signature: 'sig' },
      { type: 'reasoning', text: 't', sealed },
    ],
    [
      'empty but signed thinking',
      { type: 'thinking', thinking: '', signature: 'sig' },
      { type: 'reasoning', text: '', sealed },
    ],
    [
      'a blank signature is none',
      { type: 'thinking', thinking: 't', signature: '' },
      { type: 'reasoning', text: 't' },
    ],
    [
      'redacted thinking',
      { type: 'redacted_thinking', data: 'sig' },
      { type: 'reasoning', text: '', sealed, redacted: true },
    ],
    [
      'tool call',
      { type: 'tool_use', id: 'i', name: 'n', input: { a: 1 }, caller: { type: 'direct' } },
      { type: 'tool_call', id: 'i', name: 'n', input: '{"a":1}', extras: { caller: { type: 'direct' } } },
    ],
    [
      'tool call without input',
      { type: 'tool_use', id: 'i', name: 'n' },
      { type: 'tool_call', id: 'i', name: 'n', input: '{}' },
    ],
    [
      'tool result as a string',
      { type: 'tool_result', tool_use_id: 'i', content: 'r', is_error: true },
      { type: 'tool_result', callId: 'i', content: [{ type: 'text', text: 'r' }], isError: true },
    ],
    [
      'tool result without content',
      { type: 'tool_result', tool_use_id: 'i' },
      { type: 'tool_result', callId: 'i', content: [] },
    ],
    [
      'tool result with an image and a reference',
      {
        type: 'tool_result',
        tool_use_id: 'i',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA' } },
          { type: 'tool_reference', tool_name: 'x' },
        ],
      },
      {
        type: 'tool_result',
        callId: 'i',
        content: [
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA' } },
          { type: 'raw', origin: 'anthropic-messages', value: { type: 'tool_reference', tool_name: 'x' } },
        ],
      },
    ],
    [
      'a server tool call stays raw',
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      {
        type: 'raw',
        origin: 'anthropic-messages',
        value: { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      },
    ],
    [
      'a block of the future stays raw, even with an unlucky name',
      { type: 'constructor' },
      { type: 'raw', origin: 'anthropic-messages', value: { type: 'constructor' } },
    ],
  ];
  for (const [why, wire, canonical] of rows) assert.deepEqual(blocks([wire]), [canonical], why);
});

test('tool results come first, in the order in which they were sent (vercel/ai#8474)', () => {
  const types = blocks([
    { type: 'text', text: 'go on' },
    { type: 'tool_result', tool_use_id: '1', content: 'a' },
    { type: 'tool_result', tool_use_id: '2', content: 'b' },
  ]).map((block) => (block.type === 'tool_result' ? block.callId : block.type));
  assert.deepEqual(types, ['1', '2', 'text']);
});

test('an inline system message keeps its place (Laisky/one-api#350)', () => {
  const { messages } = decode({
    messages: [
      { role: 'user', content: 'a' },
      { role: 'system', content: 'be brief' },
      { role: 'assistant', content: 'b' },
    ],
  });
  assert.deepEqual(
    messages.map((message) => message.role),
    ['user', 'system', 'assistant'],
  );
});

test('the billing note is kept from everybody but its vendor (llama.cpp#21793)', () => {
  const note = { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1; cch=abc' };
  const rest = { type: 'text', text: 'You are helpful.', cache_control: { type: 'ephemeral' } };
  assert.deepEqual(decode({ system: [note, rest] }).system, [
    { type: 'raw', origin: 'anthropic-messages', value: note },
    { type: 'text', text: 'You are helpful.', cache: {} },
  ]);
  assert.deepEqual(decode({ system: 'Plain.' }).system, [{ type: 'text', text: 'Plain.' }]);
});

test('a tool without a type is a tool (envoyproxy/ai-gateway#1953)', () => {
  const schema = { type: 'object' };
  const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 };
  const { tools, serverTools } = decode({
    tools: [
      { name: 'a', input_schema: schema },
      {
        type: 'custom',
        name: 'b',
        description: 'B',
        input_schema: schema,
        strict: true,
        defer_loading: true,
      },
      { type: null, name: 'c', input_schema: schema, cache_control: { type: 'ephemeral' } },
      search,
    ],
  });
  assert.deepEqual(tools, [
    { name: 'a', schema },
    { name: 'b', description: 'B', schema, strict: true, extras: { defer_loading: true } },
    { name: 'c', schema, cache: {} },
  ]);
  assert.deepEqual(serverTools, [{ origin: 'anthropic-messages', value: search }]);
});

test('parameters', () => {
  const rows: readonly (readonly [why: string, wire: JsonObject, canonical: object])[] = [
    ['auto', { tool_choice: { type: 'auto' } }, { toolChoice: { mode: 'auto' } }],
    ['any', { tool_choice: { type: 'any' } }, { toolChoice: { mode: 'required' } }],
    ['none', { tool_choice: { type: 'none' } }, { toolChoice: { mode: 'none' } }],
    [
      'one tool, one at a time',
      { tool_choice: { type: 'tool', name: 'a', disable_parallel_tool_use: true } },
      { toolChoice: { mode: 'tool', name: 'a' }, parallelToolCalls: false },
    ],
    ['sampling', { temperature: 0.5, top_p: 0.9, top_k: 5 }, { temperature: 0.5, topP: 0.9, topK: 5 }],
    ['stop', { stop_sequences: ['a', 'b'] }, { stop: ['a', 'b'] }],
    ['null is absent', { temperature: null, stop_sequences: null, tools: null, metadata: null }, {}],
    [
      'thinking with a budget',
      { thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' } },
      { reasoning: { mode: 'enabled', budgetTokens: 2048, display: 'omitted' } },
    ],
    [
      'adaptive thinking with effort',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      { reasoning: { mode: 'adaptive', effort: 'max' } },
    ],
    ['effort alone', { output_config: { effort: 'low' } }, { reasoning: { effort: 'low' } }],
    [
      'schema',
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      { format: { type: 'schema', name: 'reply', schema: { type: 'object' } } },
    ],
    [
      'schema under its old name',
      { output_format: { type: 'json_schema', schema: { type: 'object' } } },
      { format: { type: 'schema', name: 'reply', schema: { type: 'object' } } },
    ],
    ['user', { metadata: { user_id: 'u' } }, { user: 'u' }],
    ['service tier', { service_tier: 'standard_only' }, { serviceTier: 'standard_only' }],
    [
      'what only this dialect knows stays word for word',
      { container: 'c', context_management: { edits: [] }, output_config: { task_budget: { total: 1 } } },
      {
        extras: {
          container: 'c',
          context_management: { edits: [] },
          output_config: { task_budget: { total: 1 } },
        },
      },
    ],
    [
      'fields inside others',
      {
        thinking: { type: 'adaptive', x: 1 },
        tool_choice: { type: 'auto', y: null, z: 2 },
        messages: [{ role: 'user', content: 'hi', weight: 0 }],
      },
      {
        reasoning: { mode: 'adaptive' },
        toolChoice: { mode: 'auto' },
        messages: [{ role: 'user', blocks: [{ type: 'text', text: 'hi' }] }],
        extras: { 'thinking.x': 1, 'tool_choice.z': 2, 'messages.weight': 0 },
      },
    ],
  ];
  const base = decode({});
  for (const [why, wire, canonical] of rows) assert.deepEqual(decode(wire), { ...base, ...canonical }, why);
});

test('what is wrong is refused with its place', () => {
  const rows: readonly (readonly [param: string, wire: JsonObject])[] = [
    ['model', { model: 1 }],
    ['max_tokens', { max_tokens: null }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['max_tokens', { max_tokens: '10' }],
    ['messages', { messages: 'hi' }],
    ['messages', { messages: [] }],
    ['messages[0]', { messages: ['hi'] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 5 }] }],
    [
      'messages[0].content[1].type',
      { messages: [{ role: 'user', content: [{ type: 'x' }, { text: 'x' }] }] },
    ],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    [
      'messages[0].content[0].source.type',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'ftp' } }] }] },
    ],
    [
      'messages[0].content[0].content[0].type',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'i', content: [{}] }] }] },
    ],
    [
      'messages[0].content[0].input',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'i', name: 'n', input: '{}' }] }] },
    ],
    ['system', { system: 5 }],
    ['tools[0].input_schema', { tools: [{ name: 'a' }] }],
    ['tools[0].name', { tools: [{ input_schema: {} }] }],
    ['tool_choice.type', { tool_choice: { type: 'required' } }],
    ['tool_choice.name', { tool_choice: { type: 'tool' } }],
    ['stop_sequences[1]', { stop_sequences: ['a', 1] }],
    ['temperature', { temperature: 'hot' }],
    ['stream', { stream: 'yes' }],
    ['thinking.type', { thinking: { type: 'hard' } }],
    ['output_config.effort', { output_config: { effort: 'extreme' } }],
    ['output_config.format.schema', { output_config: { format: { type: 'json_schema' } } }],
    ['metadata.user_id', { metadata: { user_id: 5 } }],
    [
      'system[0].cache_control.ttl',
      { system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1d' } }] },
    ],
  ];
  for (const [param, wire] of rows) {
    assert.throws(
      () => decode(wire),
      (error) =>
        error instanceof GatewayError &&
        error.code === 'bad_request' &&
        error.detail.param === param &&
        // A sentence that says what must be there is its own remedy.
        (error.detail.remedy !== undefined || error.message.includes(' must be ')) &&
        error.message.includes(param),
      param,
    );
  }
});

test('a count needs no max_tokens', () => {
  const { max_tokens, ...body } = minimal;
  assert.equal(max_tokens, 10);
  assert.equal(decodeCall(body, 'count').maxTokens, undefined);
});
