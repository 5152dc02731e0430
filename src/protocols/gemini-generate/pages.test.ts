import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { PageModel } from '../../canonical/face-page.ts';
import { pages } from './pages.ts';

const models: readonly PageModel[] = [
  { name: 'fast', contextWindow: 4096, maxOutput: 512 },
  { name: 'up/plain' },
  { name: 'vectors', abilities: ['embeddings'] },
];
const fast = {
  name: 'models/fast',
  displayName: 'fast',
  inputTokenLimit: 4096,
  outputTokenLimit: 512,
  supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
};

function render(path: string, rest = '') {
  const page = pages.find((one) => one.path === path) ?? assert.fail(path);
  const turns = { find: async () => undefined, remove: async () => false };
  return page.render({ models, since: new Date(0), body: {}, rest, query: new URLSearchParams(), turns });
}

test("the list has the models in Google's shape, and nothing invented", async () => {
  const { models: listed } = (await render('/v1beta/models')) as { models: (typeof fast)[] };
  assert.deepEqual(listed[0], fast);
  assert.deepEqual(Object.keys(listed[1] ?? {}), ['name', 'displayName', 'supportedGenerationMethods']);
  assert.deepEqual(listed[2]?.supportedGenerationMethods, ['embedContent', 'batchEmbedContents']);
});

test('a model is shown by its name, slashes and all', async () => {
  assert.deepEqual(await render('/v1beta/models/', 'fast'), fast);
  for (const rest of ['up/plain', 'up%2Fplain']) {
    assert.equal(((await render('/v1beta/models/', rest)) as typeof fast).name, 'models/up/plain');
  }
  assert.throws(
    () => render('/v1beta/models/', '%zz'),
    (error) => error instanceof GatewayError && error.code === 'model_not_found',
  );
});
