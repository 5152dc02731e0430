// Credentials of several parts and addresses that depend on options, with the providers that have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerOptions } from '../providers/options.ts';
import { providers } from '../providers/registry.ts';
import { parseConfig } from './parse.ts';
import type { Environment } from './substitute.ts';

const known = new Map(providers.map((provider) => [provider.id, provider] as const));

function parse(upstream: string, env: Environment = {}) {
  return parseConfig(`upstreams:\n  up: ${upstream}\n`, {
    file: 'test.yaml',
    env,
    providers: known,
    providerOptions,
    readSecretFile: (path) =>
      path.endsWith('/token')
        ? { ok: true, text: 'from-file\n', mode: 0o600 }
        : { ok: false, reason: 'does not exist' },
  });
}

function upstreamOf(parsed: ReturnType<typeof parse>) {
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [upstream] = parsed.config.upstreams;
  assert.ok(upstream !== undefined);
  return upstream;
}

const keys = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's3cret', AWS_REGION: 'eu-west-1' };

test('the environment fills in what the config leaves out', () => {
  const upstream = upstreamOf(parse('{ provider: bedrock }', keys));
  assert.equal(upstream.secrets[0]?.reveal(), 's3cret');
  assert.deepEqual(upstream.options, { region: 'eu-west-1', access_key_id: 'AKIA1' });
});

test('what the config states stays', () => {
  const text = `{ provider: bedrock, secret: "\${KEY}", options: { region: us-east-1 } }`;
  const upstream = upstreamOf(parse(text, { ...keys, KEY: 'bearer' }));
  assert.equal(upstream.secrets[0]?.reveal(), 'bearer');
  assert.deepEqual(upstream.options, { region: 'us-east-1' });
});

test('what the environment says is checked like what the config says', () => {
  const parsed = parse('{ provider: bedrock }', { AWS_REGION: 'somewhere' });
  assert.equal(parsed.ok, false);
  assert.ok(
    !parsed.ok && parsed.problems.some(({ path }) => path.endsWith('options.region')),
    JSON.stringify(parsed),
  );
});

test('no region, no address: the hint says where to state it', () => {
  const parsed = parse(`{ provider: bedrock, secret: "\${KEY}" }`, { KEY: 'bearer' });
  assert.ok(!parsed.ok);
  assert.match(parsed.problems[0]?.message ?? '', /needs a url/);
  assert.match(parsed.problems[0]?.hint ?? '', /AWS_REGION/);
});

test('options that are credentials may lie in a file, and in plain text earn a warning', () => {
  const of = (token: string) =>
    parse(
      `{ provider: bedrock, secret: "\${KEY}", options: { region: us-east-1, access_key_id: A, session_token: "${token}" } }`,
      {
        KEY: 'k',
        TOKEN: 't',
      },
    );
  assert.equal(upstreamOf(of('file:/run/token')).options['session_token'], 'from-file');
  assert.deepEqual(of(`\${TOKEN}`).warnings, []);
  assert.match(of('plain').warnings[0]?.message ?? '', /plain text/);
});

const silent: readonly (readonly [string, readonly string[], string])[] = [
  ['{ provider: anthropic }', ['ANTHROPIC_API_KEY'], 'a cloud service'],
  ['{ provider: gemini }', ['GEMINI_API_KEY or GOOGLE_API_KEY'], 'one with two variables'],
  ['{ provider: openai, url: "https://proxy.example/v1" }', ['OPENAI_API_KEY'], 'a service elsewhere'],
  ['{ provider: openai, url: "http://127.0.0.1:9" }', [], 'what stands in for a service on this machine'],
  ['{ provider: openai, url: "https://x.example", zone: local }', [], 'what is said to be in the house'],
  ['{ provider: openai, headers: { Authorization: x } }', [], 'a secret stated as a header'],
  ['{ provider: vllm, url: "https://x.example" }', [], 'an engine'],
  ['{ provider: openai-compatible, url: "https://x.example" }', [], 'a service nobody knows'],
  ['{ provider: sim }', [], 'the simulated one'],
  ['{ provider: azure, url: "https://x.example" }', ['AZURE_OPENAI_API_KEY'], 'a key'],
  ['{ provider: azure, url: "https://x.example", options: { auth: managed_identity } }', [], 'an identity'],
  [
    '{ provider: azure, url: "https://x.example", options: { tenant_id: t, client_id: c } }',
    ['AZURE_CLIENT_SECRET'],
    'an application',
  ],
  [
    '{ provider: bedrock, options: { region: us-east-1 } }',
    ['AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID'],
    'keys that sign',
  ],
  ['{ provider: bedrock, options: { region: us-east-1, profile: p } }', [], 'a profile'],
  ['{ provider: vertex, options: { project: p } }', ['GOOGLE_APPLICATION_CREDENTIALS'], 'an account'],
  ['{ provider: vertex, options: { credentials_file: /x } }', [], 'a file of credentials'],
];

for (const [upstream, names, sentence] of silent) {
  test(`without a secret, ${names.length === 0 ? 'nothing is said' : 'the variable is named'}: ${sentence}`, () => {
    const { ok, warnings } = parse(upstream);
    assert.equal(ok, true);
    assert.deepEqual(
      warnings.map(({ message }) => message),
      names.map(() => 'The upstream "up" has no secret.'),
    );
    for (const [index, name] of names.entries()) assert.ok(warnings[index]?.hint?.startsWith(`Set ${name}`));
  });
}

test('an address that names a path of its own calls is warned about', () => {
  for (const end of ['/chat/completions', '/messages/', '/responses']) {
    const { warnings } = parse(`{ provider: openai-compatible, url: "https://x.example/v1${end}" }`);
    assert.match(warnings[0]?.hint ?? '', /base URL/, end);
  }
  assert.deepEqual(parse('{ provider: openai-compatible, url: "https://x.example/v1" }').warnings, []);
});

const slips: readonly (readonly [string, RegExp])[] = [
  ['{ provider: claude }', /Did you mean "anthropic"/],
  ['{ provider: aws }', /Did you mean "bedrock"/],
  ['{ provider: google }', /Did you mean "gemini"/],
  ['{ provider: lm-studio }', /Did you mean "lmstudio"/],
  ['{ provider: bedrock, secret: file:/token, options: { region: nowhere } }', /For example: eu-central-1/],
  [
    '{ provider: ollama, url: "http://127.0.0.1:1", options: { keep_alvie: 1m } }',
    /Did you mean "keep_alive"/,
  ],
];

for (const [upstream, hint] of slips) {
  test(`one problem, with what was meant: ${upstream}`, () => {
    const parsed = parse(upstream);
    assert.ok(!parsed.ok);
    assert.equal(parsed.problems.length, 1, JSON.stringify(parsed.problems));
    assert.match(parsed.problems[0]?.hint ?? '', hint);
  });
}

test('a target that names no simulated model is warned about', () => {
  const options = '{ models: { own: { jitter: 0 } } }';
  const { warnings } = parse(`{ provider: sim, options: ${options} }
models: { a: { targets: [up/fasst, { upstream: up, model: smrat }, up/fast, up/own] } }`);
  assert.deepEqual(
    warnings.map(({ message, hint }) => [message, hint]),
    [
      ['There is no simulated model "fasst".', 'Did you mean "fast"?'],
      ['There is no simulated model "smrat".', 'Did you mean "smart"?'],
    ],
  );
});

test('a concurrency to be discovered where nobody tells it earns a warning', () => {
  const of = (provider: string) =>
    parse(`{ provider: ${provider}, url: "http://127.0.0.1:9", concurrency: discovered }`);
  assert.deepEqual(of('llamacpp').warnings, []);
  assert.deepEqual(
    of('ollama').warnings.map(({ message }) => message),
    ['The provider "ollama" does not tell how many calls it works on at a time, so there is no limit.'],
  );
});
