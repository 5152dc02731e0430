import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { PageModel } from '../../canonical/face-page.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { pages } from './pages.ts';

const since = new Date(0);
const models: readonly PageModel[] = [
  { name: 'fast', contextWindow: 4096, abilities: ['tools', 'images', 'audio', 'reasoning', 'structured'] },
  { name: 'ollama/qwen:latest' },
  { name: 'vectors', abilities: ['embeddings'] },
];

function render(method: string, path: string, body: JsonObject = {}): JsonObject {
  const page = pages.find((one) => one.method === method && one.path === path);
  const turns = { find: async () => undefined, remove: async () => false };
  const asked = { models, since, body, rest: '', query: new URLSearchParams(), turns };
  return (page ?? assert.fail(`${method} ${path}`)).render(asked) as JsonObject;
}

test('the list has all that its clients read, and nothing invented', () => {
  const { models: listed } = render('GET', '/api/tags') as { models: Record<string, unknown>[] };
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['fast', 'ollama/qwen:latest', 'vectors'],
  );
  const { digest, ...rest } = listed[0] ?? {};
  assert.match(String(digest), /^[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    name: 'fast',
    model: 'fast',
    modified_at: '1970-01-01T00:00:00.000Z',
    size: 0,
    details: {
      parent_model: '',
      format: '',
      family: '',
      families: [],
      parameter_size: '',
      quantization_level: '',
    },
  });
});

const shown: readonly (readonly [why: string, body: JsonObject, capabilities: readonly string[]])[] = [
  ['by its name', { model: 'fast' }, ['completion', 'tools', 'vision', 'audio', 'thinking']],
  [
    'by the field of old clients',
    { name: 'fast', model: '' },
    ['completion', 'tools', 'vision', 'audio', 'thinking'],
  ],
  ['with the tag said', { model: 'vectors:latest' }, ['embedding']],
  ['with the tag left out; tools assumed', { model: 'ollama/qwen' }, ['completion', 'tools']],
];

for (const [why, body, capabilities] of shown) {
  test(`a model is shown ${why}`, () => {
    assert.deepEqual(render('POST', '/api/show', body).capabilities, capabilities);
  });
}

test('what is known of a model stands where its clients look', () => {
  const known = render('POST', '/api/show', { model: 'fast' });
  assert.equal(known.parameters, 'num_ctx 4096');
  assert.deepEqual(known.model_info, {
    'general.architecture': 'signalbox',
    'signalbox.context_length': 4096,
  });
  assert.deepEqual(render('POST', '/api/show', { model: 'vectors' }).model_info, {
    'general.architecture': 'signalbox',
  });
});

function refusal(method: string, path: string, body: JsonObject = {}): GatewayError {
  try {
    render(method, path, body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  return assert.fail('not refused');
}

test('a model that is not there, in the words its clients look for', () => {
  assert.deepEqual([refusal('POST', '/api/show', { model: 'x' }).status], [404]);
  assert.equal(refusal('POST', '/api/show', { model: 'x' }).message, "model 'x' not found");
  assert.equal(refusal('POST', '/api/show').code, 'bad_request');
});

test('nothing is in our memory, and the version is that of the API', () => {
  assert.deepEqual(render('GET', '/api/ps'), { models: [] });
  assert.match(String(render('GET', '/api/version').version), /^\d+\.\d+\.\d+$/);
  assert.equal(render('GET', '/api/version').gateway, 'signalbox');
});

for (const [method, path] of [
  ['POST', '/api/pull'],
  ['POST', '/api/push'],
  ['POST', '/api/create'],
  ['POST', '/api/copy'],
  ['DELETE', '/api/delete'],
  ['POST', '/api/blobs/'],
] as const) {
  test(`${method} ${path} is not done here`, () => {
    const error = refusal(method, path);
    assert.equal(error.status, 501);
    assert.match(error.text, /This gateway does not .* Ollama behind it/);
  });
}
