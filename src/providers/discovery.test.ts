import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../canonical/errors.ts';
import type { Json, JsonObject } from '../canonical/json.ts';
import type { ModelFacts, Probe, ProbeAnswer } from '../canonical/provider.ts';
import { providers } from './registry.ts';

type Routes = Readonly<Record<string, Json | number | undefined>>;

/** Answers by path; `POST /path model` for a show. A number is a status without a body. */
function fakeProbe(routes: Routes): Probe {
  function answer(key: string): Promise<ProbeAnswer> {
    const route = routes[key];
    if (route === undefined) return Promise.resolve({ status: 404, body: undefined });
    if (typeof route === 'number') return Promise.resolve({ status: route, body: undefined });
    if (route === 'garbage') return Promise.resolve({ status: 200, body: undefined });
    return Promise.resolve({ status: 200, body: route as JsonObject });
  }
  return {
    get: (path) => answer(path),
    post: (path, body) => answer(`POST ${path} ${String(body['model'])}`),
  };
}

const refusing: Probe = {
  get: () => Promise.reject(new GatewayError('upstream_refused', 'Nobody listens there.')),
  post: () => Promise.reject(new GatewayError('upstream_refused', 'Nobody listens there.')),
};

function provider(id: string) {
  return providers.find((one) => one.id === id)!;
}

const ollamaTags = {
  models: [
    { name: 'llama3.2:latest', model: 'llama3.2:latest', size: 1, details: { family: 'llama' } },
    { name: 'qwen3-vl:8b', model: 'qwen3-vl:8b' },
    { name: 'embed:latest', model: 'embed:latest' },
    {
      name: 'gpt-oss:120b-cloud',
      model: 'gpt-oss:120b-cloud',
      remote_host: 'https://ollama.com:443',
      remote_model: 'gpt-oss:120b',
    },
    { name: 'told-later', model: 'told-later' },
    'junk',
    { size: 3 },
  ],
};

const llamaProps = {
  default_generation_settings: { n_ctx: 65536 },
  total_slots: 4,
  modalities: { vision: true, audio: false },
  chat_template_caps: { supports_tools: true, supports_tool_calls: true },
};

const llamaList = {
  object: 'list',
  data: [{ id: 'qwen', owned_by: 'llamacpp', meta: { n_ctx_train: 262144 } }],
};

const rows: readonly [string, string, Routes, readonly ModelFacts[]][] = [
  [
    'ollama: loaded window first, then num_ctx, then the architecture; cloud models are not local',
    'ollama',
    {
      '/api/tags': ollamaTags,
      'POST /api/show llama3.2:latest': {
        model_info: { 'general.architecture': 'llama', 'llama.context_length': 131072 },
        capabilities: ['completion', 'tools'],
      },
      'POST /api/show qwen3-vl:8b': {
        model_info: { 'general.architecture': 'qwen3vl', 'qwen3vl.context_length': 262144 },
        parameters: 'temperature    1\nnum_ctx    16384\nstop    "<|im_end|>"',
        capabilities: ['completion', 'vision', 'tools', 'thinking', 'insert', 7],
      },
      'POST /api/show embed:latest': {
        model_info: { 'nomic-bert.context_length': 2048 },
        capabilities: ['embedding'],
      },
      'POST /api/show told-later': { remote_host: 'https://ollama.com' },
      '/api/ps': {
        models: [{ model: 'llama3.2:latest', context_length: 4096, size_vram: 1 }, { model: 'x' }],
      },
    },
    [
      { id: 'llama3.2:latest', contextWindow: 4096, abilities: ['structured', 'tools'] },
      { id: 'qwen3-vl:8b', contextWindow: 16384, abilities: ['structured', 'images', 'tools', 'reasoning'] },
      { id: 'embed:latest', contextWindow: 2048, abilities: ['embeddings'] },
    ],
  ],
  [
    'ollama: a model that cannot be shown is still there',
    'ollama',
    { '/api/tags': { models: [{ name: 'a' }] }, '/api/ps': 'garbage', 'POST /api/show a': 500 },
    [{ id: 'a' }],
  ],
  [
    'ollama: odd windows are unknown',
    'ollama',
    {
      '/api/tags': { models: [{ name: 'a' }] },
      'POST /api/show a': { model_info: { 'general.architecture': 'x', 'x.context_length': 'many' } },
    },
    [{ id: 'a' }],
  ],
  [
    'ollama: what a model could have is not asked for whole, since it takes memory, used or not',
    'ollama',
    {
      '/api/tags': { models: [{ name: 'a' }, { name: 'b' }] },
      'POST /api/show a': { model_info: { 'general.architecture': 'x', 'x.context_length': 1048576 } },
      'POST /api/show b': { parameters: 'num_ctx 65536', model_info: {} },
    },
    [
      { id: 'a', contextWindow: 32768 },
      { id: 'b', contextWindow: 65536 },
    ],
  ],
  [
    'llamacpp: the slot decides, not the training',
    'llamacpp',
    { '/v1/models': llamaList, '/props': llamaProps },
    [{ id: 'qwen', contextWindow: 65536, abilities: ['structured', 'tools', 'images'] }],
  ],
  [
    'llamacpp: without props the window is unknown, whatever n_ctx_train says',
    'llamacpp',
    { '/v1/models': llamaList, '/props': 503 },
    [{ id: 'qwen' }],
  ],
  [
    'llamacpp: an old build tells no abilities',
    'llamacpp',
    { '/v1/models': llamaList, '/props': { default_generation_settings: { n_ctx: 2048 } } },
    [{ id: 'qwen', contextWindow: 2048 }],
  ],
  [
    'llamacpp: a router is asked per loaded model and loads none for it',
    'llamacpp',
    {
      '/v1/models': {
        data: [
          { id: 'org/a', status: { value: 'loaded' } },
          { id: 'b', status: { value: 'unloaded' } },
        ],
      },
      '/props': { role: 'router' },
      '/props?model=org%2Fa&autoload=false': { default_generation_settings: { n_ctx: 8192 } },
      '/props?model=b&autoload=false': { default_generation_settings: { n_ctx: 1 } },
    },
    [{ id: 'org/a', contextWindow: 8192 }, { id: 'b' }],
  ],
  [
    "vllm: max_model_len, and an adapter has its base model's",
    'vllm',
    {
      '/v1/models': {
        data: [
          { id: 'base', owned_by: 'vllm', max_model_len: 32768 },
          { id: 'lora', owned_by: 'vllm', parent: 'base', max_model_len: null },
        ],
      },
    },
    [
      { id: 'base', contextWindow: 32768 },
      { id: 'lora', contextWindow: 32768 },
    ],
  ],
  [
    'tgi: total tokens are the window',
    'tgi',
    { '/info': { model_id: 'mistral', max_input_tokens: 3000, max_total_tokens: 4096 } },
    [{ id: 'mistral', contextWindow: 4096 }],
  ],
  [
    'openai: names only',
    'openai',
    {
      '/models': {
        data: [{ id: 'gpt-x', object: 'model', created: 1, owned_by: 'openai' }, null, { id: '' }],
      },
    },
    [{ id: 'gpt-x' }],
  ],
  [
    'openai-compatible: the version may be missing, the fields have many names',
    'openai-compatible',
    {
      '/v1/models': {
        data: [
          { id: 'a', context_length: 1000, top_provider: { max_completion_tokens: 100 } },
          { id: 'b', context_window: 2000, max_completion_tokens: 200 },
          { id: 'c', max_model_len: 3000 },
          { id: 'd', max_context_length: 4000 },
          { id: 'e', context_length: -1 },
        ],
      },
    },
    [
      { id: 'a', contextWindow: 1000, maxOutput: 100 },
      { id: 'b', contextWindow: 2000, maxOutput: 200 },
      { id: 'c', contextWindow: 3000 },
      { id: 'd', contextWindow: 4000 },
      { id: 'e' },
    ],
  ],
  [
    'openai-compatible: some answer 200 to paths they do not know',
    'openai-compatible',
    { '/models': { error: 'Unexpected endpoint' }, '/v1/models': { data: [{ id: 'local' }] } },
    [{ id: 'local' }],
  ],
  [
    'anthropic: pages, windows and the capability matrix',
    'anthropic',
    {
      '/v1/models?limit=1000': {
        data: [
          {
            type: 'model',
            id: 'claude-a',
            max_input_tokens: 1000000,
            max_tokens: 128000,
            capabilities: {
              image_input: { supported: true },
              thinking: { supported: true },
              pdf_input: { supported: false },
              structured_outputs: 1,
            },
          },
        ],
        has_more: true,
        last_id: 'claude-a',
      },
      '/v1/models?limit=1000&after_id=claude-a': {
        data: [{ id: 'claude-b' }],
        has_more: false,
        last_id: 'claude-b',
      },
    },
    [
      {
        id: 'claude-a',
        contextWindow: 1000000,
        maxOutput: 128000,
        abilities: ['tools', 'images', 'reasoning'],
      },
      { id: 'claude-b' },
    ],
  ],
  [
    'cohere: endpoints, features and windows',
    'cohere',
    {
      '/v1/models?page_size=1000': {
        models: [
          {
            name: 'command-a-reasoning-08-2025',
            endpoints: ['chat'],
            context_length: 256000,
            features: ['tools', 'strict_tools', 'reasoning', 'json_schema'],
          },
          { name: 'command-r', endpoints: ['generate', 'chat'], context_length: 128000, features: null },
          { name: 'embed-v4.0', endpoints: ['embed'], context_length: 'long' },
          { name: 'rerank-v3.5', endpoints: ['rerank'] },
          { name: 'sorter', endpoints: ['classify'] },
          { name: 'untold' },
          { endpoints: ['chat'] },
        ],
      },
    },
    [
      {
        id: 'command-a-reasoning-08-2025',
        contextWindow: 256000,
        abilities: ['tools', 'reasoning', 'structured'],
      },
      { id: 'command-r', contextWindow: 128000 },
      { id: 'embed-v4.0', abilities: ['embeddings'] },
      { id: 'rerank-v3.5' },
      { id: 'untold' },
    ],
  ],
  [
    'azure: what is known not to chat is left out',
    'azure',
    {
      '/openai/v1/models': {
        data: [
          { id: 'gpt-5', capabilities: { chat_completion: true } },
          { id: 'embeds', capabilities: { chat_completion: false, embeddings: true } },
          { id: 'untold' },
          { capabilities: {} },
        ],
      },
    },
    [{ id: 'gpt-5' }, { id: 'untold' }],
  ],
  [
    'azure: a resource that knows dated versions only',
    'azure',
    { '/openai/v1/models': 404, '/openai/models?api-version=2024-10-21': { data: [{ id: 'gpt-4o' }] } },
    [{ id: 'gpt-4o' }],
  ],
];

for (const [sentence, id, routes, expected] of rows) {
  test(`discover ${sentence}`, async () => {
    assert.deepEqual(await provider(id).discover?.(fakeProbe(routes)), expected);
  });
}

test('ollama: a window the operator wants is asked for, loaded or not, where the model can have it', async () => {
  const routes: Routes = {
    '/api/tags': { models: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
    'POST /api/show a': { model_info: { 'x.context_length': 131072 }, parameters: 'num_ctx 4096' },
    'POST /api/show b': { model_info: { 'x.context_length': 2048 } },
    '/api/ps': { models: [{ model: 'a', context_length: 4096 }] },
  };
  const configured = provider('ollama').configure?.({ num_ctx: 65536, keep_alive: -1 });
  assert.deepEqual(await configured?.discover?.(fakeProbe(routes)), [
    { id: 'a', contextWindow: 65536 },
    { id: 'b', contextWindow: 2048 },
    { id: 'c', contextWindow: 65536 },
  ]);
  assert.equal(configured?.quirks?.contextWindow, 65536);
  assert.equal(configured?.quirks?.keepAlive, -1);
  assert.equal(configured?.quirks?.toolChoice, 'none');
});

test('ollama: another gateway with its pages is none', async () => {
  const routes = { '/api/version': { version: '0.17.4', gateway: 'signalbox' } };
  assert.equal(await provider('ollama').recognise?.(fakeProbe(routes)), false);
});

const firstPaths = [
  '/api/tags',
  '/v1/models',
  '/models',
  '/info',
  '/v1/models?limit=1000',
  '/v1/models?page_size=1000',
  '/openai/v1/models',
  '/v1beta/models?pageSize=1000',
];

function everywhere(route: Json | number): Routes {
  return Object.fromEntries(firstPaths.map((path) => [path, route]));
}

const garbage: readonly [string, Json | number, string][] = [
  ['no JSON', 'garbage', 'upstream_garbled'],
  ['an empty object', {}, 'upstream_garbled'],
  ['a wrong shape', { data: 'x', models: 4, model_id: [] }, 'upstream_garbled'],
  ['a refusal', 401, 'upstream_auth'],
  ['a fault', 500, 'upstream_fault'],
];

for (const one of providers.filter((candidate) => candidate.discover !== undefined)) {
  for (const [what, route, code] of garbage) {
    test(`discover ${one.id}: ${what} is an error in a sentence`, async () => {
      await assert.rejects(Promise.resolve(one.discover?.(fakeProbe(everywhere(route)))), (error) => {
        assert.ok(error instanceof GatewayError);
        assert.equal(error.code, code);
        assert.match(error.message, /^The upstream.*\.$/);
        return true;
      });
    });
  }

  test(`discover ${one.id}: a refused connection stays what it is`, async () => {
    await assert.rejects(Promise.resolve(one.discover?.(refusing)), GatewayError);
  });
}

test('anthropic: a list that always promises more ends', async () => {
  let asked = 0;
  const probe: Probe = {
    get: () => {
      asked += 1;
      return Promise.resolve({ status: 200, body: { data: [{ id: 'a' }], has_more: true, last_id: 'a' } });
    },
    post: () => Promise.reject(new Error('not asked')),
  };
  await provider('anthropic').discover?.(probe);
  assert.equal(asked, 10);
});

/** Every engine that can be found answers here as it does: none may be taken for another. */
const engines: Readonly<Record<string, Routes>> = {
  ollama: {
    '/api/version': { version: '0.12.0' },
    '/v1/models': { data: [{ id: 'x', owned_by: 'library' }] },
  },
  llamacpp: { '/props': llamaProps, '/v1/models': llamaList },
  vllm: { '/version': { version: '0.11' }, '/v1/models': { data: [{ id: 'm', owned_by: 'vllm' }] } },
  tgi: { '/info': { model_id: 'm', max_total_tokens: 4096 }, '/v1/models': { data: [{ id: 'm' }] } },
  tei: { '/info': { model_id: 'm', model_type: { embedding: {} }, max_input_length: 512 } },
  sglang: { '/version': { version: '1' }, '/v1/models': { data: [{ id: 'm', owned_by: 'sglang' }] } },
  localai: {
    '/system': { backends: ['llama-cpp'], loaded_models: [] },
    '/v1/models': { data: [{ id: 'm' }] },
  },
  lmstudio: {
    '/api/v0/models': { data: [{ id: 'm', state: 'loaded' }] },
    '/v1/models': { data: [{ id: 'm' }] },
  },
};

test('recognise: every engine that can be found is in the table', () => {
  const found = providers.filter((one) => one.recognise !== undefined).map((one) => one.id);
  assert.deepEqual(Object.keys(engines).sort(), found.sort());
});

for (const [running, routes] of Object.entries(engines)) {
  for (const asked of Object.keys(engines)) {
    test(`recognise: ${asked} ${asked === running ? 'knows itself' : `is not taken in by ${running}`}`, async () => {
      assert.equal(await provider(asked).recognise?.(fakeProbe(routes)), asked === running);
    });
  }
}

for (const one of providers.filter((candidate) => candidate.recognise !== undefined)) {
  test(`recognise: ${one.id} sees nothing where nobody listens or rubbish is served`, async () => {
    assert.equal(await one.recognise?.(refusing), false);
    assert.equal(await one.recognise?.(fakeProbe({})), false);
    const paths = ['/api/version', '/props', '/version', '/info', '/v1/models', '/models'];
    const rubbish = Object.fromEntries(
      paths.map((path) => [path, { data: 3, version: 1, role: 2, model_id: {} }]),
    );
    assert.equal(await one.recognise?.(fakeProbe(rubbish)), false);
  });
}

const slotRows: readonly (readonly [why: string, id: string, routes: Routes, slots: number | undefined])[] = [
  ['llamacpp says it in its props', 'llamacpp', { '/props': llamaProps }, 4],
  ['a router has none itself', 'llamacpp', { '/props': { role: 'router' } }, undefined],
  ['llamacpp may keep its props to itself', 'llamacpp', {}, undefined],
  ['tgi says what it lets in', 'tgi', { '/info': { model_id: 'm', max_concurrent_requests: 128 } }, 128],
  ['tgi: an odd number is none', 'tgi', { '/info': { max_concurrent_requests: -1 } }, undefined],
  [
    'vllm says it in its development mode, for each replica',
    'vllm',
    {
      '/server_info?config_format=json': {
        vllm_config: { scheduler_config: { max_num_seqs: 256 }, parallel_config: { data_parallel_size: 2 } },
      },
    },
    512,
  ],
  ['vllm as it usually runs says nothing', 'vllm', {}, undefined],
  [
    'vllm may say it as text, which is not read',
    'vllm',
    { '/server_info?config_format=json': { vllm_config: 'x' } },
    undefined,
  ],
  [
    'sglang says it for each replica',
    'sglang',
    {
      '/get_server_info': {
        internal_states: [
          { effective_max_running_requests_per_dp: 52 },
          { effective_max_running_requests_per_dp: 52 },
        ],
      },
    },
    104,
  ],
  [
    'sglang: an older one says nothing',
    'sglang',
    { '/get_server_info': { internal_states: [{}] } },
    undefined,
  ],
];

for (const [why, id, routes, slots] of slotRows) {
  test(`slots: ${why}`, async () => {
    assert.equal(await provider(id).slots?.(fakeProbe(routes)), slots);
    assert.equal(await provider(id).slots?.(refusing), undefined);
  });
}
