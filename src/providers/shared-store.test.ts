import assert from 'node:assert/strict';
import { test } from 'node:test';
import { azure } from './azure/index.ts';
import { bedrock } from './bedrock/index.ts';
import { gemini } from './gemini/index.ts';
import { openai } from './openai/index.ts';
import { openaiCompatible } from './openai-compatible/index.ts';
import { providerOptions } from './options.ts';
import { vertex } from './vertex/index.ts';

for (const provider of [bedrock, gemini, vertex]) {
  test(`${provider.id}: nothing is open to callers but what the operator says`, () => {
    const closed = provider.configure?.({}).quirks;
    assert.deepEqual(closed, { ...provider.quirks, buckets: [], sharedFiles: false });
    const open = provider.configure?.({ buckets: ['a'], shared_files: true }).quirks;
    assert.deepEqual(open, { ...provider.quirks, buckets: ['a'], sharedFiles: true });
    const schema = providerOptions.get(provider.id);
    assert.equal(schema?.safeParse({ buckets: ['a'] }).success, true);
    assert.equal(schema?.safeParse({ buckets: ['gs://a/'] }).success, false);
  });
}

for (const provider of [azure, openai, openaiCompatible]) {
  test(`${provider.id}: what the account keeps is open to callers where the operator says so`, () => {
    assert.equal(provider.configure?.({}).quirks?.sharedFiles, false);
    assert.deepEqual(provider.configure?.({ shared_files: true }).quirks, {
      ...provider.quirks,
      buckets: [],
      sharedFiles: true,
    });
    assert.equal(providerOptions.get(provider.id)?.safeParse({ shared_files: true }).success, true);
  });
}
