import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import type { Probe } from '../../canonical/provider.ts';
import { basePathOf, requestPath } from '../paths.ts';
import { gemini } from './index.ts';

const pages: Readonly<Record<string, JsonObject>> = {
  '/v1beta/models?pageSize=1000': {
    models: [
      {
        name: 'models/gemini-3-flash',
        inputTokenLimit: 1_048_576,
        outputTokenLimit: 65_536,
        supportedGenerationMethods: ['generateContent', 'countTokens'],
        thinking: true,
      },
      {
        name: 'models/text-embedding-004',
        supportedGenerationMethods: ['embedContent'],
        inputTokenLimit: 2048,
      },
      { name: 'models/imagen-4', supportedGenerationMethods: ['predict'] },
      'junk',
    ],
    nextPageToken: 'a b',
  },
  '/v1beta/models?pageSize=1000&pageToken=a%20b': {
    models: [{ name: 'models/gemini-2.5-flash-image' }, { name: 'models/gemma-3' }],
  },
};

test('models come page by page, with their windows and what they can do', async () => {
  const probe: Probe = {
    get: (path) => Promise.resolve({ status: 200, body: pages[path] }),
    post: () => Promise.reject(new Error('nothing is posted')),
  };
  assert.deepEqual(await gemini.discover?.(probe), [
    {
      id: 'gemini-3-flash',
      contextWindow: 1_048_576,
      maxOutput: 65_536,
      abilities: ['tools', 'images', 'documents', 'audio', 'structured', 'reasoning'],
    },
    { id: 'text-embedding-004', contextWindow: 2048, abilities: ['embeddings'] },
    { id: 'gemini-2.5-flash-image' },
    { id: 'gemma-3' },
  ]);
});

test('a base URL may have the version in it or not', () => {
  for (const url of ['', '/', '/v1beta', '/v1beta/', '/v1']) assert.equal(basePathOf(gemini, url), '');
  assert.equal(basePathOf(gemini, '/proxy/v1beta'), '/proxy');
  const wish = { protocol: 'gemini-generate', operation: 'chat', stream: true, options: {} } as const;
  assert.equal(
    requestPath(gemini, wish, '/proxy'),
    '/proxy/v1beta/models/{model}:streamGenerateContent?alt=sse',
  );
});
