import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { test } from 'node:test';
import { Secret } from '../canonical/ids.ts';
import type { Operation } from '../canonical/protocol.ts';
import type { Provider } from '../canonical/provider.ts';
import { providerOptions } from './options.ts';
import { requestPath } from './paths.ts';
import { providers } from './registry.ts';

const secret = new Secret('s3cret');
const bearer = { authorization: 'Bearer s3cret' };

/** Those who do not take a bearer key. */
const unusual: Readonly<Record<string, object>> = {
  anthropic: { 'x-api-key': 's3cret' },
  azure: { 'api-key': 's3cret' },
  gemini: { 'x-goog-api-key': 's3cret' },
  sim: {},
};

test('every row here has a provider', () => {
  for (const id of Object.keys(unusual)) assert.ok(providers.some((provider) => provider.id === id));
});

function pathOf(provider: Provider, protocol: string, operation: Operation): string | undefined {
  return requestPath(provider, { protocol, operation, stream: false, options: {} }, '');
}

for (const provider of providers) {
  test(`${provider.id} shows its secret the way its vendor wants`, () => {
    for (const protocol of provider.protocols) {
      assert.deepEqual(provider.authorize(secret, protocol), unusual[provider.id] ?? bearer);
      assert.deepEqual(provider.authorize(undefined, protocol), {});
    }
  });

  test(`${provider.id} is complete`, () => {
    assert.notEqual(provider.protocols.length, 0);
    assert.match(provider.summary, /\.$/);
    for (const protocol of provider.protocols) {
      // A dialect without chats is there for something else.
      const [first = 'chat'] = protocol === 'tgi-generate' ? (provider.also?.[protocol] ?? []) : [];
      assert.ok(pathOf(provider, protocol, first)?.startsWith('/'), protocol);
    }
    for (const [protocol, also] of Object.entries(provider.also ?? {})) {
      assert.ok(provider.protocols.includes(protocol));
      for (const operation of also) assert.ok(pathOf(provider, protocol, operation)?.startsWith('/'));
    }
    if (provider.ports !== undefined) assert.ok(provider.recognise !== undefined);
    if (provider.baseUrl !== undefined) assert.match(provider.baseUrl, /^https?:\/\/[^/]+(\/.*[^/])?$/);
  });
}

test('only engines of the house are in the local zone', () => {
  const local = providers.filter((provider) => provider.zone === 'local').map((provider) => provider.id);
  assert.deepEqual(local, [
    'llamacpp',
    'lmstudio',
    'localai',
    'ollama',
    'sglang',
    'sim',
    'tei',
    'tgi',
    'vllm',
  ]);
});

test('provider options belong to providers', () => {
  for (const id of providerOptions.keys()) assert.ok(providers.some((provider) => provider.id === id));
});

test('the page about what is beside chat says of each provider what it has', () => {
  const page = readFileSync('docs/errands.md', 'utf8');
  for (const { id, also = {} } of providers) {
    const has = new Set(Object.values(also).flat());
    // Counting goes without saying; files and batches have a table of their own.
    for (const name of ['count', 'file', 'batch'] as const) has.delete(name);
    const row = page.split('\n').find((line) => line.startsWith(`| \`${id}\` | \``)) ?? '';
    const said = [
      ...row
        .split('|')
        .slice(2)
        .join()
        .matchAll(/`(\w+)`/g),
    ].map(([, name]) => name);
    assert.deepEqual(said.sort(), [...has].sort(), id);
  }
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
