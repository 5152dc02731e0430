import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block, Message } from '../../canonical/blocks.ts';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import type { Ability, Quirks } from '../../canonical/provider.ts';
import { decodeCall } from './decode-call.ts';
import { encodeCall } from './encode-call.ts';

const hi: Message = { role: 'user', blocks: [{ type: 'text', text: 'hi' }] };
const least: CallContent = {
  origin: 'openai-chat',
  model: 'virtual',
  stream: false,
  system: [],
  messages: [hi],
  tools: [],
  serverTools: [],
  includeUsage: false,
  extras: {},
};

interface Encoded {
  readonly body: JsonObject;
  /** `outcome field`, in order. */
  readonly notes: readonly string[];
}

function encode(
  content: Partial<CallContent>,
  quirks: Quirks = {},
  abilities?: Ability[],
  model = 'up',
): Encoded {
  const ledger = new Ledger();
  const facts = abilities === undefined ? undefined : { id: 'up', abilities };
  const options = { model, ledger, quirks, facts, operation: 'chat' } as const;
  const { body, headers } = encodeCall({ ...least, ...content }, options);
  assert.deepEqual(headers, {});
  return { body, notes: ledger.entries.map(({ field, outcome }) => `${outcome} ${field}`) };
}

function messages(list: readonly Message[], quirks: Quirks = {}): Encoded & { list: unknown } {
  const encoded = encode({ messages: list }, quirks);
  return { ...encoded, list: encoded.body.messages };
}

function user(...blocks: Block[]): Message {
  return { role: 'user', blocks };
}
function assistant(...blocks: Block[]): Message {
  return { role: 'assistant', blocks };
}
function text(words: string): Block {
  return { type: 'text', text: words };
}
function toolCall(id: string, name = 'f'): Block {
  return { type: 'tool_call', id, name, input: '{}' };
}
function result(callId: string, ...content: Block[]): Block {
  return { type: 'tool_result', callId, content };
}
function foreign(value: JsonObject): Block {
  return { type: 'raw', origin: 'anthropic-messages', value };
}
const png: Block = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA' } };
const wirePng = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } };
const wireCall = (id: string): JsonObject => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: '{}' },
});

interface FieldRow {
  readonly why: string;
  readonly content: Partial<CallContent>;
  readonly quirks?: Quirks;
  readonly abilities?: Ability[];
  readonly model?: string;
  /** What the body has beyond model and messages. */
  readonly body: JsonObject;
  readonly notes?: readonly string[];
}

const tool = { name: 'f', schema: { type: 'object' } };
const wireTool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
const custom = { name: 'p', schema: {}, custom: {} };
const schema = { type: 'schema', name: 'my name', schema: { type: 'object' }, strict: true } as const;
const closed = {
  type: 'object',
  properties: { a: { type: 'array', items: { type: 'string' } } },
  required: ['a'],
  additionalProperties: false,
};
const open = { ...closed, properties: { a: { type: 'object' } } };
const reasoners: Quirks = { reasoningModels: '^(?:ft:)?(?:o\\d|gpt-(?:[5-9]|\\d\\d)(?!.*-chat))' };
const hashed = '816752062318c8f216b0d347163d40e917a8c522ce07be3d0ebc80db6132fc5b';

const fields: FieldRow[] = [
  { why: 'nothing asked, nothing said', content: {}, body: {} },
  { why: 'the bound', content: { maxTokens: 5 }, body: { max_completion_tokens: 5 } },
  {
    why: 'the bound, older field',
    content: { maxTokens: 5 },
    quirks: { maxTokensField: 'max_tokens' },
    body: { max_tokens: 5 },
  },
  {
    why: 'sampling',
    content: {
      temperature: 0,
      topP: 0.5,
      stop: ['a'],
      seed: 1,
      presencePenalty: 1,
      frequencyPenalty: 2,
      logitBias: { 5: 1 },
      n: 2,
      logprobs: { top: 3 },
    },
    body: {
      temperature: 0,
      top_p: 0.5,
      stop: ['a'],
      seed: 1,
      presence_penalty: 1,
      frequency_penalty: 2,
      logit_bias: { 5: 1 },
      n: 2,
      logprobs: true,
      top_logprobs: 3,
    },
  },
  {
    why: 'more stop strings than it takes: the rest is named',
    content: { stop: ['a', 'b', 'c'] },
    quirks: { mostStops: 2 },
    body: { stop: ['a', 'b'] },
    notes: ['dropped stop[2]'],
  },
  {
    why: 'a schema that another dialect enforces is strict',
    content: { origin: 'anthropic-messages', format: { type: 'schema', name: 'r', schema: closed } },
    body: {
      response_format: { type: 'json_schema', json_schema: { name: 'r', schema: closed, strict: true } },
    },
  },
  {
    why: 'unless it breaks the rules for that',
    content: { origin: 'anthropic-messages', format: { type: 'schema', name: 'r', schema: open } },
    body: { response_format: { type: 'json_schema', json_schema: { name: 'r', schema: open } } },
    notes: ['approximated response_format'],
  },
  ...(['o3', 'gpt-5-mini', 'gpt-10', 'ft:o4-mini:x'] as const).map(
    (model): FieldRow => ({
      why: `${model} reasons, by its name`,
      content: { reasoning: { effort: 'low' } },
      quirks: reasoners,
      model,
      body: { reasoning_effort: 'low' },
    }),
  ),
  ...(['gpt-4o', 'gpt-4.1', 'gpt-5-chat-latest'] as const).map(
    (model): FieldRow => ({
      why: `${model} does not`,
      content: { reasoning: { effort: 'low' } },
      quirks: reasoners,
      model,
      body: {},
      notes: ['dropped reasoning_effort'],
    }),
  ),
  {
    why: 'the identity of our own caller stays what it is',
    content: { user: 'u', cacheKey: 'k', serviceTier: 'gold', metadata: { a: 'b' } },
    body: { user: 'u', prompt_cache_key: 'k', service_tier: 'gold', metadata: { a: 'b' } },
  },
  {
    why: 'and both identities, if both were given',
    content: { user: 's', extras: { user: 'u' } },
    body: { safety_identifier: 's', user: 'u' },
  },
  { why: 'no stop strings', content: { stop: [] }, body: {} },
  { why: 'top_k is none of OpenAI', content: { topK: 5 }, body: {}, notes: ['dropped top_k'] },
  { why: 'top_k for engines', content: { topK: 5 }, quirks: { topK: true }, body: { top_k: 5 } },
  {
    why: 'a stream always reports usage',
    content: { stream: true, extras: { stream_options: { include_obfuscation: false } } },
    body: { stream: true, stream_options: { include_obfuscation: false, include_usage: true } },
  },
  {
    why: 'unless it must not be asked for',
    content: { stream: true },
    quirks: { streamUsage: false },
    body: { stream: true },
  },
  { why: 'tools', content: { tools: [tool] }, body: { tools: [wireTool] } },
  {
    why: 'tools with all there is to say',
    content: {
      tools: [{ ...tool, description: 'd', strict: false }],
      toolChoice: { mode: 'required' },
      parallelToolCalls: false,
    },
    body: {
      tools: [
        {
          type: 'function',
          function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: false },
        },
      ],
      tool_choice: 'required',
      parallel_tool_calls: false,
    },
  },
  {
    why: 'no tools: OpenAI refuses a choice among none',
    content: { toolChoice: { mode: 'tool', name: 'f' }, parallelToolCalls: false },
    body: {},
    notes: ['dropped tool_choice'],
  },
  { why: 'no tools and none wanted', content: { toolChoice: { mode: 'none' } }, body: {} },
  {
    why: 'a named tool',
    content: { tools: [tool], toolChoice: { mode: 'tool', name: 'f' } },
    body: { tools: [wireTool], tool_choice: { type: 'function', function: { name: 'f' } } },
  },
  {
    why: 'allowed tools, custom ones among them',
    content: { tools: [tool, custom], toolChoice: { mode: 'allowed', names: ['f', 'p'], required: false } },
    body: {
      tools: [wireTool, { type: 'custom', custom: { name: 'p' } }],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'auto',
          tools: [
            { type: 'function', function: { name: 'f' } },
            { type: 'custom', custom: { name: 'p' } },
          ],
        },
      },
    },
  },
  {
    why: 'an engine without choice: none means no tools',
    content: { tools: [tool], toolChoice: { mode: 'none' } },
    quirks: { toolChoice: 'none' },
    body: {},
    notes: ['mapped tool_choice'],
  },
  {
    why: 'an engine without choice: it cannot be forced',
    content: { tools: [tool], toolChoice: { mode: 'required' } },
    quirks: { toolChoice: 'none' },
    body: { tools: [wireTool] },
    notes: ['dropped tool_choice'],
  },
  {
    why: 'an engine without choice: a named tool is the only one offered',
    content: { tools: [tool, { ...tool, name: 'g' }], toolChoice: { mode: 'tool', name: 'f' } },
    quirks: { toolChoice: 'none' },
    body: { tools: [wireTool] },
    notes: ['approximated tool_choice'],
  },
  {
    why: 'an engine without choice: allowed tools are the only ones offered',
    content: {
      tools: [tool, { ...tool, name: 'g' }],
      toolChoice: { mode: 'allowed', names: ['f'], required: false },
    },
    quirks: { toolChoice: 'none' },
    body: { tools: [wireTool] },
    notes: ['mapped tool_choice'],
  },
  {
    why: 'an engine without choice: allowed tools cannot be forced',
    content: { tools: [tool], toolChoice: { mode: 'allowed', names: ['f'], required: true } },
    quirks: { toolChoice: 'none' },
    body: { tools: [wireTool] },
    notes: ['approximated tool_choice'],
  },
  {
    why: 'tools have no breakpoints',
    content: { tools: [{ ...tool, cache: {} }] },
    quirks: { cacheBreakpoints: true },
    body: { tools: [wireTool] },
    notes: ['dropped cache_control'],
  },
  {
    why: 'an effort outranks a budget',
    content: { reasoning: { effort: 'high', budgetTokens: 1024 } },
    body: { reasoning_effort: 'high' },
    notes: ['dropped thinking.budget_tokens'],
  },
  {
    why: 'CLIProxyAPI#5753: a custom tool for engines that know functions only',
    content: {
      tools: [{ ...custom, custom: { format: { type: 'grammar' } } }],
      toolChoice: { mode: 'tool', name: 'p' },
    },
    quirks: { customTools: false },
    body: {
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
      tool_choice: { type: 'function', function: { name: 'p__freetext' } },
    },
    notes: ['approximated tools.p'],
  },
  {
    why: "other vendors' tools are lost, our own dialect's are not",
    content: {
      serverTools: [
        { origin: 'anthropic-messages', value: { type: 'web_search_20250305' } },
        { origin: 'openai-chat', value: { type: 'browser_search' } },
      ],
    },
    body: { tools: [{ type: 'browser_search' }] },
    notes: ['dropped tools.web_search_20250305'],
  },
  { why: 'text is the default', content: { format: { type: 'text' } }, body: {} },
  { why: 'JSON', content: { format: { type: 'json' } }, body: { response_format: { type: 'json_object' } } },
  {
    why: 'a schema, its name made fit',
    content: { format: schema },
    body: {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'my_name', schema: { type: 'object' }, strict: true },
      },
    },
  },
  {
    why: 'a schema for llama-server',
    content: { format: schema },
    quirks: { schemaStyle: 'llamacpp' },
    body: { response_format: { type: 'json_object', schema: { type: 'object' } } },
  },
  {
    why: 'a schema for TGI',
    content: { format: schema },
    quirks: { schemaStyle: 'tgi' },
    body: { response_format: { type: 'json', value: { type: 'object' } } },
  },
  {
    why: 'JSON for TGI',
    content: { format: { type: 'json' } },
    quirks: { schemaStyle: 'tgi' },
    body: { response_format: { type: 'json', value: { type: 'object' } } },
  },
  {
    why: 'a schema where none is known',
    content: { format: schema },
    quirks: { schemaStyle: 'none' },
    body: { response_format: { type: 'json_object' } },
    notes: ['approximated response_format'],
  },
  { why: 'effort', content: { reasoning: { effort: 'low' } }, body: { reasoning_effort: 'low' } },
  {
    why: 'effort with a mode',
    content: { reasoning: { mode: 'adaptive', effort: 'max', display: 'omitted' } },
    body: { reasoning_effort: 'max' },
    notes: ['dropped thinking.display', 'mapped thinking'],
  },
  ...(
    [
      [1024, 'low'],
      [4096, 'medium'],
      [10_000, 'medium'],
      [31_999, 'high'],
    ] as const
  ).map(
    ([budgetTokens, effort]): FieldRow => ({
      why: `a budget of ${budgetTokens} is effort ${effort}`,
      content: { reasoning: { mode: 'enabled', budgetTokens } },
      body: { reasoning_effort: effort },
      notes: ['approximated thinking.budget_tokens'],
    }),
  ),
  {
    why: 'thinking enabled, and that is all',
    content: { reasoning: { mode: 'enabled' } },
    body: { reasoning_effort: 'medium' },
    notes: ['approximated thinking'],
  },
  {
    why: 'adaptive is the default',
    content: { reasoning: { mode: 'adaptive' } },
    body: {},
    notes: ['mapped thinking'],
  },
  {
    why: 'between tools',
    content: { reasoning: { mode: 'between_tools' } },
    body: {},
    notes: ['approximated thinking'],
  },
  {
    why: 'disabled, for a model that reasons',
    content: { reasoning: { mode: 'disabled' } },
    abilities: ['reasoning'],
    body: { reasoning_effort: 'none' },
    notes: ['mapped thinking'],
  },
  {
    why: 'disabled, for a model that does not anyway',
    content: { reasoning: { mode: 'disabled' } },
    abilities: ['tools'],
    body: {},
  },
  {
    why: 'disabled, for a model nobody knows',
    content: { reasoning: { mode: 'disabled' } },
    body: {},
    notes: ['dropped thinking'],
  },
  {
    why: 'effort for a model that does not reason',
    content: { reasoning: { effort: 'high' } },
    abilities: ['tools'],
    body: {},
    notes: ['dropped reasoning_effort'],
  },
  {
    why: 'litellm#37623: a long user id, hashed, twice',
    content: { origin: 'anthropic-messages', user: 'u'.repeat(150) },
    body: { safety_identifier: hashed, prompt_cache_key: hashed },
    notes: ['mapped user'],
  },
  {
    why: 'a short user id crosses no vendor either; a cache key is its own',
    content: { origin: 'anthropic-messages', user: 'u', cacheKey: 'k' },
    body: {
      safety_identifier: '0bfe935e70c321c7ca3afc75ce0d0ca2f98b5422e008bb31c00c6d7f1f1c0ad6',
      prompt_cache_key: 'k',
    },
    notes: ['mapped user'],
  },
  {
    why: 'no identity where it is refused',
    content: { origin: 'anthropic-messages', user: 'u', cacheKey: 'k' },
    quirks: { identity: false },
    body: {},
    notes: ['dropped user', 'dropped prompt_cache_key'],
  },
  { why: 'a tier', content: { serviceTier: 'flex' }, body: { service_tier: 'flex' } },
  {
    why: "Anthropic's tier",
    content: { origin: 'anthropic-messages', serviceTier: 'standard_only' },
    body: { service_tier: 'default' },
    notes: ['mapped service_tier'],
  },
  {
    why: 'a tier nobody knows',
    content: { origin: 'anthropic-messages', serviceTier: 'gold' },
    body: {},
    notes: ['dropped service_tier'],
  },
  {
    why: 'metadata without store is refused by OpenAI',
    content: { origin: 'anthropic-messages', metadata: { a: 'b' } },
    body: {},
    notes: ['dropped metadata'],
  },
  {
    why: 'metadata with store',
    content: { metadata: { a: 'b' }, extras: { store: true } },
    body: { metadata: { a: 'b' }, store: true },
  },
  {
    why: 'the extras of our own caller go back, whoever understands them',
    content: { extras: { verbosity: 'low', min_p: 0.1, brand_new: {} } },
    body: { verbosity: 'low', min_p: 0.1, brand_new: {} },
  },
  {
    why: 'those of others are named one by one, even where they are called like ours',
    content: {
      origin: 'anthropic-messages',
      stream: true,
      metadata: { a: 'b' },
      extras: { store: true, stream_options: { x: 1 }, container: 'c' },
    },
    body: { stream: true, stream_options: { include_usage: true } },
    notes: ['dropped metadata', 'dropped store', 'dropped stream_options', 'dropped container'],
  },
];

for (const row of fields) {
  test(`field: ${row.why}`, () => {
    const { body, notes } = encode(row.content, row.quirks, row.abilities, row.model);
    assert.deepEqual(body, {
      model: row.model ?? 'up',
      messages: [{ role: 'user', content: 'hi' }],
      ...row.body,
    });
    assert.deepEqual(notes, row.notes ?? []);
  });
}

interface MessageRow {
  readonly why: string;
  readonly turns: readonly Message[];
  readonly quirks?: Quirks;
  readonly wire: readonly unknown[];
  readonly notes?: readonly string[];
}

const turnRows: MessageRow[] = [
  {
    why: 'one text is a string, several are parts',
    turns: [user(text('a')), user(text('a'), text('b'))],
    wire: [
      { role: 'user', content: 'a' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
    ],
  },
  { why: 'an empty turn', turns: [user()], wire: [{ role: 'user', content: '' }] },
  {
    why: 'a custom call where they are known',
    turns: [assistant({ type: 'tool_call', id: 'c1', name: 'p', input: 'a', custom: true })],
    wire: [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'p', input: 'a' } }],
      },
    ],
  },
  {
    why: 'media',
    turns: [
      user(
        png,
        { type: 'image', source: { kind: 'url', url: 'https://x' }, detail: 'low' },
        { type: 'audio', data: 'AA', format: 'wav' },
        {
          type: 'document',
          source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA' },
          name: 'a.pdf',
        },
        { type: 'document', source: { kind: 'file', id: 'file-1' } },
      ),
    ],
    wire: [
      {
        role: 'user',
        content: [
          wirePng,
          { type: 'image_url', image_url: { url: 'https://x', detail: 'low' } },
          { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' } },
          { type: 'file', file: { file_id: 'file-1' } },
        ],
      },
    ],
  },
  {
    why: 'documents of text become text',
    turns: [
      user(
        { type: 'document', source: { kind: 'text', text: 'words' }, name: 'a.txt' },
        { type: 'document', source: { kind: 'base64', mediaType: 'text/plain', data: 'd29yZHM=' } },
      ),
    ],
    wire: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a.txt\n\nwords' },
          { type: 'text', text: 'words' },
        ],
      },
    ],
    notes: ['approximated messages[0].content[0]', 'approximated messages[0].content[1]'],
  },
  {
    why: 'litellm#20403: images of tool results follow all tool messages, in one user message with the rest',
    turns: [
      assistant(text('x'), toolCall('c1'), toolCall('c2')),
      user(result('c1', text('one'), png), result('c2', text('two')), text('go on')),
    ],
    wire: [
      { role: 'assistant', content: 'x', tool_calls: [wireCall('c1'), wireCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: 'one\n[attachment 1: in the next user message]' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'user', content: [wirePng, { type: 'text', text: 'go on' }] },
    ],
    notes: ['approximated messages[1].content[0].content[1]'],
  },
  {
    why: 'results come first even where the caller put words before them',
    turns: [assistant(toolCall('c1')), user(text('here'), result('c1', text('one')))],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'user', content: 'here' },
    ],
  },
  {
    why: 'a failed tool says so in its text',
    turns: [
      assistant(toolCall('c1')),
      user({ type: 'tool_result', callId: 'c1', content: [text('no')], isError: true }),
    ],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: 'Error: no' },
    ],
    notes: ['approximated messages[1].content[0].is_error'],
  },
  {
    why: 'one-api#350: an inline system message stays where it is',
    turns: [user(text('a')), { role: 'system', blocks: [text('s')] }, assistant(text('b'))],
    wire: [
      { role: 'user', content: 'a' },
      { role: 'system', content: 's' },
      { role: 'assistant', content: 'b' },
    ],
  },
  {
    why: 'but never between calls and their results',
    turns: [
      assistant(toolCall('c1'), toolCall('c2')),
      { role: 'system', blocks: [text('s')] },
      user(result('c1', text('one'))),
      user(result('c2', text('two')), text('go on')),
    ],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1'), wireCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'system', content: 's' },
      { role: 'user', content: 'go on' },
    ],
  },
  {
    why: 'nor is it lost when the results never come',
    turns: [assistant(toolCall('c1')), { role: 'system', blocks: [text('s')] }, user(text('never mind'))],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1')] },
      { role: 'system', content: 's' },
      { role: 'user', content: 'never mind' },
    ],
  },
  {
    why: 'nor at the end',
    turns: [assistant(toolCall('c1')), { role: 'system', blocks: [text('s')] }],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1')] },
      { role: 'system', content: 's' },
    ],
  },
  {
    why: 'templates without inline system get it in the next user turn, behind results',
    turns: [
      assistant(toolCall('c1')),
      { role: 'system', blocks: [text('s')] },
      user(result('c1', text('one')), text('go on')),
      { role: 'system', blocks: [text('t')] },
    ],
    quirks: { inlineSystem: false },
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 's' },
          { type: 'text', text: 'go on' },
        ],
      },
      { role: 'user', content: 't' },
    ],
    notes: ['approximated messages[1]', 'approximated messages[3]'],
  },
  {
    why: 'developer for those who know it',
    turns: [user(text('a')), { role: 'system', blocks: [text('s')] }],
    quirks: { developerRole: true },
    wire: [
      { role: 'user', content: 'a' },
      { role: 'developer', content: 's' },
    ],
  },
  {
    why: 'names',
    turns: [{ role: 'user', blocks: [text('a')], name: 'ann' }],
    wire: [{ role: 'user', content: 'a', name: 'ann' }],
  },
  {
    why: 'reasoning goes back only where there is a field for it',
    turns: [assistant({ type: 'reasoning', text: 'hm' }, text('a'))],
    wire: [{ role: 'assistant', content: 'a' }],
    notes: ['dropped messages[0].content[0]'],
  },
  {
    why: 'pi#3636: to DeepSeek it does; its signature does not',
    turns: [
      assistant(
        { type: 'reasoning', text: 'hm', sealed: { origin: 'anthropic', value: 's' } },
        toolCall('c1'),
      ),
    ],
    quirks: { reasoningField: 'reasoning_content' },
    wire: [{ role: 'assistant', content: null, reasoning_content: 'hm', tool_calls: [wireCall('c1')] }],
    notes: ['dropped thinking.signature'],
  },
  {
    why: 'to vLLM under its own name',
    turns: [assistant({ type: 'reasoning', text: 'hm' }, text('a'))],
    quirks: { reasoningField: 'reasoning' },
    wire: [{ role: 'assistant', content: 'a', reasoning: 'hm' }],
  },
  {
    why: 'sealed reasoning goes back to its origin',
    turns: [
      assistant(
        { type: 'reasoning', text: 'hm', sealed: { origin: 'anthropic', value: 's' } },
        { type: 'reasoning', text: '', redacted: true, sealed: { origin: 'anthropic', value: 'xyz' } },
        text('a'),
      ),
    ],
    quirks: { sealedOrigin: 'anthropic', reasoningField: 'reasoning_content' },
    wire: [
      {
        role: 'assistant',
        content: 'a',
        reasoning_content: 'hm',
        thinking_blocks: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'redacted_thinking', data: 'xyz' },
        ],
      },
    ],
  },
  {
    why: 'sealed reasoning of others is dropped and named',
    turns: [
      assistant(
        { type: 'reasoning', text: '', redacted: true, sealed: { origin: 'anthropic', value: 'xyz' } },
        text('a'),
      ),
    ],
    wire: [{ role: 'assistant', content: 'a' }],
    notes: ['dropped thinking.redacted'],
  },
  {
    why: 'a thought signature goes to Google',
    turns: [
      assistant({
        type: 'tool_call',
        id: 'c1',
        name: 'f',
        input: '{}',
        sealed: { origin: 'google', value: 'ts' },
      }),
    ],
    quirks: { sealedOrigin: 'google' },
    wire: [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ ...wireCall('c1'), extra_content: { google: { thought_signature: 'ts' } } }],
      },
    ],
  },
  {
    why: 'and to nobody else',
    turns: [
      assistant({
        type: 'tool_call',
        id: 'c1',
        name: 'f',
        input: '{}',
        sealed: { origin: 'google', value: 'ts' },
      }),
    ],
    wire: [{ role: 'assistant', content: null, tool_calls: [wireCall('c1')] }],
    notes: ['dropped tool_calls.signature'],
  },
  {
    why: 'custom calls, native and wrapped alike in history',
    turns: [assistant({ type: 'tool_call', id: 'c1', name: 'p', input: 'a"b', custom: true })],
    quirks: { customTools: false },
    wire: [
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'p__freetext', arguments: '{"input":"a\\"b"}' } },
        ],
      },
    ],
    notes: ['mapped messages[0].content[0]'],
  },
  {
    why: "Anthropic's ids pass, ids too long do not, and results keep with their calls",
    turns: [
      assistant(toolCall('toolu_01A'), toolCall('x'.repeat(64))),
      user(result('toolu_01A', text('1')), result('x'.repeat(64), text('2'))),
    ],
    wire: [
      {
        role: 'assistant',
        content: null,
        tool_calls: [wireCall('toolu_01A'), wireCall('call_7ce100971f64e7001e8fe5a51973ecdf')],
      },
      { role: 'tool', tool_call_id: 'toolu_01A', content: '1' },
      { role: 'tool', tool_call_id: 'call_7ce100971f64e7001e8fe5a51973ecdf', content: '2' },
    ],
  },
  {
    why: 'Mistral takes nine letters or digits',
    turns: [assistant(toolCall('gSIMJiOkT'), toolCall('toolu_01A'))],
    quirks: { callIds: 'nine' },
    wire: [{ role: 'assistant', content: null, tool_calls: [wireCall('gSIMJiOkT'), wireCall('5abc8d7f9')] }],
  },
  {
    why: 'refusals, raw fields and foreign raw blocks of an assistant',
    turns: [
      assistant(
        { type: 'refusal', text: 'No.' },
        { type: 'raw', origin: 'openai-chat', value: { audio: { id: 'a' } } },
        { type: 'raw', origin: 'anthropic-messages', value: { type: 'server_tool_use' } },
      ),
    ],
    wire: [{ role: 'assistant', content: null, refusal: 'No.', audio: { id: 'a' } }],
    notes: ['dropped messages[0].content[2]'],
  },
  {
    why: 'raw parts of a user: ours stay, of others their words',
    turns: [
      user(
        text('a'),
        { type: 'raw', origin: 'openai-chat', value: { type: 'video_url' } },
        foreign({
          type: 'search_result',
          title: 't',
          source: 'https://x',
          content: [{ type: 'text', text: 'b' }],
        }),
        foreign({ type: 'document', title: 't', source: { type: 'content', content: 'c' } }),
      ),
    ],
    wire: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'video_url' },
          { type: 'text', text: 't\n\nhttps://x\n\nb' },
          { type: 'text', text: 't\n\nc' },
        ],
      },
    ],
    notes: ['approximated messages[0].content[2]', 'approximated messages[0].content[3]'],
  },
  {
    why: 'results in two turns, the first with an image: all tool messages come first',
    turns: [
      assistant(toolCall('c1'), toolCall('c2')),
      user(result('c1', png), text('here')),
      user(result('c2', png), text('go on')),
    ],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1'), wireCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: '[attachment 1: in the next user message]' },
      { role: 'tool', tool_call_id: 'c2', content: '[attachment 2: in the next user message]' },
      {
        role: 'user',
        content: [wirePng, { type: 'text', text: 'here' }, wirePng, { type: 'text', text: 'go on' }],
      },
    ],
    notes: [
      'approximated messages[1].content[0].content[0]',
      'approximated messages[2].content[0].content[0]',
    ],
  },
  {
    why: 'what the user says between calls and results follows them',
    turns: [assistant(toolCall('c1'), toolCall('c2')), user(text('hurry')), user(result('c1'), result('c2'))],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1'), wireCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: '' },
      { role: 'tool', tool_call_id: 'c2', content: '' },
      { role: 'user', content: 'hurry' },
    ],
  },
  {
    why: 'results come in the order of the calls: templates know them by their place',
    turns: [assistant(toolCall('c1'), toolCall('c2')), user(result('c2'), result('c1'))],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1'), wireCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: '' },
      { role: 'tool', tool_call_id: 'c2', content: '' },
    ],
  },
  {
    why: 'an image of a result is not lost when the other result never comes',
    turns: [assistant(toolCall('c1'), toolCall('c2')), user(result('c1', png))],
    wire: [
      { role: 'assistant', content: null, tool_calls: [wireCall('c1'), wireCall('c2')] },
      { role: 'tool', tool_call_id: 'c1', content: '[attachment 1: in the next user message]' },
      { role: 'user', content: [wirePng] },
    ],
    notes: ['approximated messages[1].content[0].content[0]'],
  },
  {
    why: 'a cache mark on words of the assistant becomes a breakpoint',
    turns: [assistant({ type: 'text', text: 'a', cache: {} })],
    quirks: { cacheBreakpoints: true },
    wire: [
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } }],
      },
    ],
    notes: ['mapped cache_control'],
  },
  {
    why: 'a cache mark on a call is lost and named',
    turns: [assistant({ ...toolCall('c1'), cache: {} } as Block)],
    quirks: { cacheBreakpoints: true },
    wire: [{ role: 'assistant', content: null, tool_calls: [wireCall('c1')] }],
    notes: ['dropped cache_control'],
  },
  {
    why: 'a cache mark on a result is lost and named',
    turns: [user({ ...result('c1', text('a')), cache: {} } as Block)],
    quirks: { cacheBreakpoints: true },
    wire: [{ role: 'tool', tool_call_id: 'c1', content: 'a' }],
    notes: ['dropped cache_control'],
  },
  {
    why: 'a cache mark inside a result is lost and named',
    turns: [user(result('c1', { type: 'text', text: 'a', cache: {} }))],
    quirks: { cacheBreakpoints: true },
    wire: [{ role: 'tool', tool_call_id: 'c1', content: 'a' }],
    notes: ['dropped cache_control'],
  },
  {
    why: 'cache marks are lost where nobody knows them',
    turns: [user({ type: 'text', text: 'a', cache: { ttl: '1h' } })],
    wire: [{ role: 'user', content: 'a' }],
    notes: ['dropped cache_control'],
  },
  {
    why: 'and become breakpoints where they are known',
    turns: [user({ type: 'text', text: 'a', cache: {} })],
    quirks: { cacheBreakpoints: true },
    wire: [
      { role: 'user', content: [{ type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } }] },
    ],
    notes: ['mapped cache_control'],
  },
  {
    why: 'our own fields on parts, calls and results go back where they were',
    turns: [
      user({ type: 'text', text: 'a', extras: { x: 1 } }, { ...png, extras: { y: 2 } } as Block),
      assistant({ ...toolCall('c1'), extras: { z: 3 } } as Block),
      user({ ...result('c1', text('one')), extras: { w: 4 } } as Block),
    ],
    wire: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', x: 1 },
          { ...wirePng, y: 2 },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [{ ...wireCall('c1'), z: 3 }] },
      { role: 'tool', tool_call_id: 'c1', content: 'one', w: 4 },
    ],
  },
];

for (const row of turnRows) {
  test(`turns: ${row.why}`, () => {
    const { list, notes } = messages(row.turns, row.quirks);
    assert.deepEqual(list, row.wire);
    assert.deepEqual(notes, row.notes ?? []);
  });
}

test('a custom tool without a grammar loses nothing by being wrapped', () => {
  assert.deepEqual(encode({ tools: [custom] }, { customTools: false }).notes, ['mapped tools.p']);
  const plain = { ...custom, custom: { format: { type: 'text' } } };
  assert.deepEqual(encode({ tools: [plain] }, { customTools: false }).notes, ['mapped tools.p']);
});

test('system blocks are one message; the billing note of Claude Code is none of them (llama.cpp#21793)', () => {
  const header = text('x-anthropic-billing-header: cc_version=1; nonce=5');
  const { body, notes } = encode({ system: [header, text('a'), text('b')] });
  assert.deepEqual((body.messages as JsonObject[])[0], { role: 'system', content: 'a\n\nb' });
  assert.deepEqual(notes, ['mapped system[0]']);
  const raw: Block = { type: 'raw', origin: 'anthropic-messages', value: header as unknown as JsonObject };
  assert.deepEqual(encode({ system: [raw, text('a')] }).notes, ['mapped system[0]']);
  const second = encode({ system: [text('operator'), raw] });
  assert.deepEqual((second.body.messages as JsonObject[])[0], { role: 'system', content: 'operator' });
  assert.deepEqual(second.notes, ['mapped system[1]'], 'an operator may have put words before it');
  assert.deepEqual(encode({ system: [header] }).body.messages, [{ role: 'user', content: 'hi' }]);
});

test('fields of another dialect are named wherever they stand, and left out', () => {
  const kept = { extras: { defer_loading: true } };
  const turns = [
    user({ type: 'text', text: 'a', ...kept }, { ...png, ...kept } as Block),
    assistant({ ...toolCall('c1'), ...kept } as Block),
    user({ ...result('c1', text('one')), ...kept } as Block),
  ];
  const plain = [user(text('a'), png), assistant(toolCall('c1')), user(result('c1', text('one')))];
  const { body, notes } = encode({ origin: 'other', tools: [{ ...tool, ...kept }], messages: turns });
  assert.deepEqual(body, encode({ tools: [tool], messages: plain }).body);
  assert.deepEqual(notes, [
    'dropped messages[0].content[0].defer_loading',
    'dropped messages[0].content[1].defer_loading',
    'dropped messages[1].content[0].defer_loading',
    'dropped messages[2].content[0].defer_loading',
    'dropped tools.f.defer_loading',
  ]);
});

test('own fields of tools go back', () => {
  const { body } = encode({ tools: [{ ...tool, extras: { x: 1 } }] });
  assert.deepEqual(body.tools, [{ ...wireTool, x: 1 }]);
});

test('system blocks with breakpoints stay parts', () => {
  const { body } = encode(
    { system: [{ type: 'text', text: 'a', cache: {} }, text('b')] },
    { cacheBreakpoints: true, developerRole: true },
  );
  assert.deepEqual((body.messages as JsonObject[])[0], {
    role: 'developer',
    content: [
      { type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'text', text: 'b' },
    ],
  });
});

const image = (source: Extract<Block, { type: 'image' }>['source']): Block => ({ type: 'image', source });
const document = (source: Extract<Block, { type: 'document' }>['source']): Block => ({
  type: 'document',
  source,
});

const refusedRows: { why: string; turn: Message; quirks?: Quirks }[] = [
  { why: 'a document URL', turn: user(document({ kind: 'url', url: 'https://x' })) },
  { why: "another vendor's file", turn: user(document({ kind: 'file', id: 'file_011' })) },
  { why: 'an image by file id', turn: user(image({ kind: 'file', id: 'file_011' })) },
  {
    why: 'an image URL where only data is taken',
    turn: user(image({ kind: 'url', url: 'https://x' })),
    quirks: { imageUrls: false },
  },
  { why: 'a block without words', turn: user(foreign({ type: 'container_upload', file_id: 'f' })) },
  { why: 'an image of the assistant', turn: assistant(png) },
];

for (const row of refusedRows) {
  test(`refused, since its meaning would be lost: ${row.why}`, () => {
    assert.throws(
      () => messages([row.turn], row.quirks),
      (error) => {
        assert.ok(error instanceof GatewayError);
        assert.equal(error.code, 'unsupported');
        assert.equal(error.detail.param, 'messages[0].content[0]');
        assert.ok(error.detail.remedy !== undefined);
        return true;
      },
    );
  });
}

test('a Chat call survives the way there and back', () => {
  const wire: JsonObject = {
    model: 'up',
    messages: [
      { role: 'system', content: 's' },
      { role: 'user', content: [{ type: 'text', text: 'a' }, wirePng] },
      { role: 'assistant', content: 'x', tool_calls: [wireCall('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'system', content: 't' },
      { role: 'user', content: 'b' },
    ],
    tools: [wireTool],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    max_completion_tokens: 5,
    temperature: 1,
    stop: ['a'],
    response_format: { type: 'json_object' },
    reasoning_effort: 'low',
    prompt_cache_key: 'k',
    service_tier: 'auto',
    verbosity: 'high',
    stream: true,
    stream_options: { include_usage: true },
  };
  const ledger = new Ledger();
  const options = { model: 'up', ledger, quirks: {}, facts: undefined, operation: 'chat' } as const;
  assert.deepEqual(encodeCall(decodeCall(wire), options).body, wire);
  assert.deepEqual(ledger.entries, []);
});

const refusedChoices: { why: string; content: Partial<CallContent>; quirks: Quirks; param: string }[] = [
  {
    why: 'a tool name that is too long',
    content: { tools: [{ ...tool, name: 'n'.repeat(65) }] },
    quirks: { mostToolName: 64 },
    param: `tools.${'n'.repeat(65)}`,
  },
  {
    why: 'the choice of a tool that only its vendor runs',
    content: {
      tools: [tool],
      serverTools: [{ origin: 'anthropic-messages', value: { type: 'web_search', name: 'web_search' } }],
      toolChoice: { mode: 'tool', name: 'web_search' },
    },
    quirks: {},
    param: 'tool_choice',
  },
];

for (const row of refusedChoices) {
  test(`refused: ${row.why}`, () => {
    assert.throws(
      () => encode(row.content, row.quirks),
      (error) => error instanceof GatewayError && error.status === 400 && error.detail.param === row.param,
    );
  });
}

test('unknown fields of a Chat call come back where they stood, or are named', () => {
  const wire = {
    model: 'up',
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { x: 1, url: 'https://x' } }] },
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'a', x: 1 }],
        tool_calls: [{ ...wireCall('c1'), function: { x: 1, name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one', name: 'f' },
    ],
    tools: [{ type: 'function', function: { x: 1, name: 'f', parameters: {} } }],
    top_logprobs: 2,
  };
  const ledger = new Ledger();
  const options = { model: 'up', ledger, quirks: {}, facts: undefined, operation: 'chat' } as const;
  assert.deepEqual(encodeCall(decodeCall(wire), options).body, wire);
  assert.deepEqual(ledger.entries, []);
  const named = { ...wire, messages: [{ role: 'system', name: 'n', content: 's', x: 1 }, ...wire.messages] };
  encodeCall(decodeCall(named), options);
  assert.deepEqual(
    ledger.entries.map(({ field }) => field),
    ['messages[0].name', 'messages[0].x'],
  );
});
