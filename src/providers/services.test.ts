// Services and engines that speak OpenAI's chat dialect: where their calls go, who pays, what they cannot take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../canonical/call-wire.ts';
import type { Json, JsonObject } from '../canonical/json.ts';
import { Ledger } from '../canonical/ledger.ts';
import { perMillion } from '../canonical/money.ts';
import type { ModelFacts, Probe, Provider } from '../canonical/provider.ts';
import { scanObject } from '../lib/json-scan.ts';
import { openaiChat } from '../protocols/openai-chat/index.ts';
import { requestPath } from './paths.ts';
import { providers } from './registry.ts';

function provider(id: string): Provider {
  return providers.find((one) => one.id === id)!;
}

const addresses: readonly (readonly [id: string, chat: string, env: readonly string[], zone: string])[] = [
  ['cerebras', 'https://api.cerebras.ai/v1/chat/completions', ['CEREBRAS_API_KEY'], 'cloud'],
  [
    'cohere',
    'https://api.cohere.com/compatibility/v1/chat/completions',
    ['CO_API_KEY', 'COHERE_API_KEY'],
    'cloud',
  ],
  ['deepseek', 'https://api.deepseek.com/v1/chat/completions', ['DEEPSEEK_API_KEY'], 'cloud'],
  ['fireworks', 'https://api.fireworks.ai/inference/v1/chat/completions', ['FIREWORKS_API_KEY'], 'cloud'],
  ['groq', 'https://api.groq.com/openai/v1/chat/completions', ['GROQ_API_KEY'], 'cloud'],
  ['lmstudio', 'http://127.0.0.1:1234/v1/chat/completions', ['LM_API_TOKEN'], 'local'],
  ['localai', 'http://127.0.0.1:8080/v1/chat/completions', ['LOCALAI_API_KEY'], 'local'],
  ['mistral', 'https://api.mistral.ai/v1/chat/completions', ['MISTRAL_API_KEY'], 'cloud'],
  ['moonshot', 'https://api.moonshot.ai/v1/chat/completions', ['MOONSHOT_API_KEY'], 'cloud'],
  [
    'nvidia',
    'https://integrate.api.nvidia.com/v1/chat/completions',
    ['NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY'],
    'cloud',
  ],
  ['openrouter', 'https://openrouter.ai/api/v1/chat/completions', ['OPENROUTER_API_KEY'], 'cloud'],
  [
    'perplexity',
    'https://api.perplexity.ai/chat/completions',
    ['PERPLEXITY_API_KEY', 'PPLX_API_KEY'],
    'cloud',
  ],
  [
    'qwen',
    'https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions',
    ['DASHSCOPE_API_KEY'],
    'cloud',
  ],
  ['sglang', 'http://127.0.0.1:30000/v1/chat/completions', ['SGLANG_API_KEY'], 'local'],
  [
    'together',
    'https://api.together.xyz/v1/chat/completions',
    ['TOGETHER_API_KEY', 'TOGETHER_AI_API_KEY'],
    'cloud',
  ],
  ['xai', 'https://api.x.ai/v1/chat/completions', ['XAI_API_KEY'], 'cloud'],
];
for (const [id, chat, env, zone] of addresses) {
  test(`${id} is called at ${chat}`, () => {
    const one = provider(id);
    const url = new URL(one.baseUrl ?? '');
    const wish = { protocol: 'openai-chat', operation: 'chat', stream: false, options: {} } as const;
    const base = url.pathname === '/' ? '' : url.pathname;
    assert.equal(`${url.origin}${requestPath(one, wish, base)}`, chat);
    assert.deepEqual(one.secretEnv, env);
    assert.equal(one.zone, zone);
  });
}

/** A caller's body on its way to a service of its dialect: spliced if it fits, else written anew. */
function sent(id: string, fields: JsonObject): { body: JsonObject; notes: readonly string[] } {
  const quirks = provider(id).quirks ?? {};
  const call = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  const bytes = Buffer.from(JSON.stringify(call));
  const wire = new CallWire(openaiChat, 'chat', bytes, scanObject(bytes, 64));
  if (openaiChat.fits(wire, quirks)) {
    const pieces = wire.splice(openaiChat.upstreamEdits(wire, quirks));
    return { body: JSON.parse(Buffer.concat(pieces as Buffer[]).toString()) as JsonObject, notes: [] };
  }
  const ledger = new Ledger();
  const options = { model: 'm', ledger, quirks, facts: undefined, operation: 'chat' } as const;
  const { body } = openaiChat.encodeCall(wire.content(), options);
  return { body, notes: ledger.entries.map(({ field, outcome }) => `${outcome} ${field}`) };
}

function tools(id: string, reasoning?: JsonObject): JsonObject {
  const call = { id, type: 'function', function: { name: 'f', arguments: '{}' } };
  return {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, tool_calls: [call], ...reasoning },
      { role: 'tool', tool_call_id: id, content: 'done' },
    ],
  };
}

/** What of the body as sent is worth looking at; undefined stands for absent. */
const hops: readonly (readonly [
  why: string,
  id: string,
  fields: JsonObject,
  expected: Readonly<Record<string, Json | undefined>>,
  notes: readonly string[],
])[] = [
  ['nothing odd, nothing touched', 'groq', { temperature: 0 }, { temperature: 0 }, []],
  [
    'Groq has the newer bound',
    'groq',
    { max_tokens: 5 },
    { max_completion_tokens: 5, max_tokens: undefined },
    [],
  ],
  ['Groq takes no logprobs', 'groq', { logprobs: true }, { logprobs: undefined }, ['dropped logprobs']],
  [
    'Mistral has the older bound and is not asked for usage',
    'mistral',
    { max_completion_tokens: 5, stream: true },
    { max_tokens: 5, max_completion_tokens: undefined, stream_options: undefined },
    [],
  ],
  [
    'who asks Mistral for usage gets it without the wish being passed on',
    'mistral',
    { stream: true, stream_options: { include_usage: true } },
    { stream: true, stream_options: undefined },
    [],
  ],
  ["Mistral's seed has another name", 'mistral', { seed: 7 }, { seed: undefined, random_seed: 7 }, []],
  [
    'Mistral refuses fields it does not know',
    'mistral',
    { store: false, user: 'u', service_tier: 'auto' },
    { store: undefined, user: undefined, service_tier: undefined },
    ['dropped service_tier', 'dropped user'],
  ],
  ["what is only Mistral's stays", 'mistral', { safe_prompt: true }, { safe_prompt: true }, []],
  [
    'Cerebras takes no penalties',
    'cerebras',
    { presence_penalty: 0, frequency_penalty: 1 },
    { presence_penalty: undefined, frequency_penalty: undefined },
    ['dropped frequency_penalty', 'dropped presence_penalty'],
  ],
  ['xAI takes stop strings or says so itself', 'xai', { stop: ['x'] }, { stop: ['x'] }, []],
  [
    "what is OpenRouter's passes through",
    'openrouter',
    { models: ['a/b', 'c/d'], provider: { sort: 'price' }, plugins: [{ id: 'web' }] },
    { models: ['a/b', 'c/d'], provider: { sort: 'price' }, plugins: [{ id: 'web' }] },
    [],
  ],
  [
    "what is Perplexity's passes through, and its streams need no wish for usage",
    'perplexity',
    {
      stream: true,
      search_domain_filter: ['example.org'],
      web_search_options: { search_context_size: 'low' },
    },
    {
      search_domain_filter: ['example.org'],
      web_search_options: { search_context_size: 'low' },
      stream_options: undefined,
    },
    [],
  ],
];
for (const [why, id, fields, expected, notes] of hops) {
  test(`${id}: ${why}`, () => {
    const { body, notes: written } = sent(id, fields);
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(body[field], value, field);
    assert.deepEqual([...written].sort(), notes);
  });
}

function turns(body: JsonObject): readonly JsonObject[] {
  return body['messages'] as readonly JsonObject[];
}

test('mistral: ids of nine go as they are, others become such, results with their calls', () => {
  assert.deepEqual(sent('mistral', tools('abcDEF123')).notes, []);
  assert.deepEqual(turns(sent('mistral', tools('abcDEF123')).body), tools('abcDEF123')['messages']);
  const [, call, result] = turns(sent('mistral', tools('call_0123456789')).body);
  const [called] = (call?.['tool_calls'] ?? []) as readonly JsonObject[];
  const id = called?.['id'];
  assert.match(String(id), /^[A-Za-z0-9]{9}$/);
  assert.equal(result?.['tool_call_id'], id);
});

for (const id of ['deepseek', 'moonshot']) {
  test(`${id}: turns that called tools carry their reasoning, be it empty`, () => {
    const bare = turns(sent(id, tools('call_1')).body)[1];
    assert.equal(bare?.['reasoning_content'], '');
    const thought = tools('call_1', { reasoning_content: 'Hm.' });
    assert.deepEqual(turns(sent(id, thought).body), thought['messages']);
  });
}

test('others are sent no reasoning that nobody had', () => {
  assert.equal(turns(sent('qwen', tools('call_1')).body)[1]?.['reasoning_content'], undefined);
});

function listing(routes: Readonly<Record<string, JsonObject>>): Probe {
  return {
    get: (path) => {
      const body = routes[path];
      return Promise.resolve({ status: body === undefined ? 404 : 200, body });
    },
    post: () => Promise.reject(new Error('not asked')),
  };
}

const mtok = (dollars: number) => perMillion(dollars);

const lists: readonly (readonly [
  why: string,
  id: string,
  path: string,
  list: JsonObject,
  expected: readonly ModelFacts[],
])[] = [
  [
    'windows, abilities and prices per token; a router has no price',
    'openrouter',
    '/models',
    {
      data: [
        {
          id: 'v/m',
          context_length: 200000,
          top_provider: { max_completion_tokens: 64000 },
          architecture: { input_modalities: ['text', 'image', 'file'] },
          supported_parameters: ['tools', 'reasoning', 'temperature'],
          pricing: { prompt: '0.000003', completion: '0.000015', input_cache_read: '3e-7' },
        },
        { id: 'openrouter/auto', context_length: 2000000, pricing: { prompt: '-1', completion: '-1' } },
      ],
    },
    [
      {
        id: 'v/m',
        contextWindow: 200000,
        maxOutput: 64000,
        price: { input: mtok(3), output: mtok(15), cacheRead: mtok(0.3), cacheWrite: mtok(3) },
        abilities: ['tools', 'reasoning', 'images', 'documents'],
      },
      { id: 'openrouter/auto', contextWindow: 2000000 },
    ],
  ],
  [
    'capabilities by name',
    'mistral',
    '/models',
    {
      data: [
        {
          id: 'a',
          max_context_length: 131072,
          capabilities: { completion_chat: true, function_calling: true, vision: false },
        },
        { id: 'b', max_context_length: 8192 },
      ],
    },
    [
      { id: 'a', contextWindow: 131072, abilities: ['tools', 'structured'] },
      { id: 'b', contextWindow: 8192 },
    ],
  ],
  [
    'what it says of pictures and tools',
    'fireworks',
    '/models',
    {
      data: [
        {
          id: 'accounts/fireworks/models/x',
          context_length: 163840,
          supports_chat: true,
          supports_tools: true,
          supports_image_input: false,
        },
        { id: 'y', supports_tools: 'yes' },
      ],
    },
    [
      { id: 'accounts/fireworks/models/x', contextWindow: 163840, abilities: ['tools', 'structured'] },
      { id: 'y' },
    ],
  ],
  [
    'what it says of pictures and reasoning',
    'moonshot',
    '/models',
    { data: [{ id: 'k', context_length: 262144, supports_image_in: true, supports_reasoning: true }] },
    [{ id: 'k', contextWindow: 262144, abilities: ['tools', 'structured', 'images', 'reasoning'] }],
  ],
  [
    'its own names of the bounds',
    'groq',
    '/models',
    { data: [{ id: 'g', context_window: 131072, max_completion_tokens: 32768 }] },
    [{ id: 'g', contextWindow: 131072, maxOutput: 32768 }],
  ],
  [
    'the newer list: the window a model was loaded with, the smallest of several',
    'lmstudio',
    '/api/v1/models',
    {
      models: [
        {
          key: 'qwen/q',
          type: 'llm',
          max_context_length: 262144,
          loaded_instances: [{ config: { context_length: 16384 } }, { config: { context_length: 8192 } }],
          capabilities: { vision: true, trained_for_tool_use: true },
        },
        { key: 'n', type: 'embedding', max_context_length: 2048, loaded_instances: [] },
      ],
    },
    [
      { id: 'qwen/q', contextWindow: 8192, abilities: ['structured', 'tools', 'images'] },
      { id: 'n', contextWindow: 2048, abilities: ['embeddings'] },
    ],
  ],
  [
    'the older list',
    'lmstudio',
    '/api/v0/models',
    {
      data: [
        { id: 'a', state: 'loaded', type: 'llm', max_context_length: 32768, loaded_context_length: 4096 },
        { id: 'b', state: 'not-loaded', type: 'embeddings', max_context_length: 512 },
      ],
    },
    [
      { id: 'a', contextWindow: 4096 },
      { id: 'b', contextWindow: 512, abilities: ['embeddings'] },
    ],
  ],
  [
    'windows as vLLM states them',
    'sglang',
    '/v1/models',
    { data: [{ id: 's', owned_by: 'sglang', max_model_len: 40960 }] },
    [{ id: 's', contextWindow: 40960 }],
  ],
];
for (const [why, id, path, list, expected] of lists) {
  test(`discover ${id}: ${why}`, async () => {
    assert.deepEqual(await provider(id).discover?.(listing({ [path]: list })), expected);
  });
}
