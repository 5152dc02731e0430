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
  assert.equal(upstream.secret?.reveal(), 's3cret');
  assert.deepEqual(upstream.options, { region: 'eu-west-1', access_key_id: 'AKIA1' });
});

test('what the config states stays', () => {
  const text = `{ provider: bedrock, secret: "\${KEY}", options: { region: us-east-1 } }`;
  const upstream = upstreamOf(parse(text, { ...keys, KEY: 'bearer' }));
  assert.equal(upstream.secret?.reveal(), 'bearer');
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
