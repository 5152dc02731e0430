import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { test } from 'node:test';
import { Secret } from '../canonical/ids.ts';
import type { Operation } from '../canonical/protocol.ts';
import { providerOptions } from './options.ts';
import { providers } from './registry.ts';

const secret = new Secret('s3cret');
const bearer = { authorization: 'Bearer s3cret' };

const headers: Readonly<Record<string, object>> = {
  anthropic: { 'x-api-key': 's3cret' },
  llamacpp: bearer,
  ollama: bearer,
  openai: bearer,
  'openai-compatible': bearer,
  sim: {},
  tgi: bearer,
  vllm: bearer,
};

test('every provider has a row here and every row a provider', () => {
  assert.deepEqual(
    providers.map((provider) => provider.id),
    Object.keys(headers),
  );
});

for (const provider of providers) {
  test(`${provider.id} shows its secret the way its vendor wants`, () => {
    for (const protocol of provider.protocols) {
      assert.deepEqual(provider.authorize(secret, protocol), headers[provider.id]);
      assert.deepEqual(provider.authorize(undefined, protocol), {});
    }
  });

  test(`${provider.id} is complete`, () => {
    assert.notEqual(provider.protocols.length, 0);
    assert.match(provider.summary, /\.$/);
    const operations: Operation[] = ['chat'];
    for (const protocol of provider.protocols) {
      for (const operation of operations) assert.ok(provider.path?.(protocol, operation)?.startsWith('/'));
    }
    for (const protocol of provider.counts ?? []) {
      assert.ok(provider.protocols.includes(protocol));
      assert.ok(provider.path?.(protocol, 'count') !== undefined);
    }
    if (provider.ports !== undefined) assert.ok(provider.recognise !== undefined);
    if (provider.simulate === undefined) assert.ok(provider.discover !== undefined);
    if (provider.baseUrl !== undefined) assert.equal(new URL(provider.baseUrl).pathname, '/');
  });
}

test('only engines of the house are in the local zone', () => {
  const local = providers.filter((provider) => provider.zone === 'local').map((provider) => provider.id);
  assert.deepEqual(local, ['llamacpp', 'ollama', 'sim', 'tgi', 'vllm']);
});

test('provider options belong to providers', () => {
  for (const id of providerOptions.keys()) assert.ok(providers.some((provider) => provider.id === id));
});

test('the docs list every provider', () => {
  const page = readFileSync('docs/providers.md', 'utf8');
  for (const provider of providers) assert.ok(page.includes(`| \`${provider.id}\` | ${provider.summary} |`));
});

test('what is written from the folders is up to date', () => {
  const check = spawnSync(process.execPath, ['scripts/generate.js', '--check'], { encoding: 'utf8' });
  assert.equal(check.stderr, '');
  assert.equal(check.status, 0);
});
