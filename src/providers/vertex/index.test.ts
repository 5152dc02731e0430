import assert from 'node:assert/strict';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { Secret } from '../../canonical/ids.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import type { Transport, WireCall, WireHeaders } from '../../canonical/wire.ts';
import { requestPath } from '../paths.ts';
import { vertex } from './index.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const account = {
  type: 'service_account',
  project_id: 'p',
  private_key_id: 'k1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: 'me@p.iam.gserviceaccount.com',
  token_uri: 'https://tokens.example/token',
};
const call = {} as WireCall;

/** A token service that remembers who asked. */
function createService(answer: string, status = 200) {
  const asked: WireCall[] = [];
  const transport: Transport = {
    send(wire, to) {
      asked.push(wire);
      to.head({ status, headers: {} });
      to.data(Buffer.from(answer), { pause: () => undefined, resume: () => undefined });
      return Promise.resolve({ ok: true });
    },
    close: () => undefined,
  };
  return { asked, transport };
}

const TOKEN = '{"access_token":"ya29.bought","expires_in":3600}';

function signer(secret: string | undefined, answer = TOKEN, options: JsonObject = {}, status = 200) {
  const time = { now: 0 };
  const { asked, transport } = createService(answer, status);
  const made = vertex.signer?.({
    secret: secret === undefined ? undefined : new Secret(secret),
    options,
    transport,
    clock: { now: () => time.now, wall: () => 1_760_000_000_000 },
  });
  return { made, asked, time };
}

function formOf(wire: WireCall | undefined): URLSearchParams {
  return new URLSearchParams(Buffer.concat((wire?.body ?? []) as Buffer[]).toString());
}

function decoded(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
}

describe('a service account', () => {
  test('buys its token with a statement it has signed', async () => {
    const { made, asked } = signer(JSON.stringify(account));
    assert.deepEqual(await made?.sign(call), { authorization: 'Bearer ya29.bought' });
    const [wire] = asked;
    assert.equal(`${wire?.origin.host}${wire?.path}`, 'tokens.example/token');
    const form = formOf(wire);
    assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header, claims, signature] = (form.get('assertion') ?? '').split('.');
    assert.deepEqual(decoded(header), { alg: 'RS256', typ: 'JWT', kid: 'k1' });
    assert.deepEqual(decoded(claims), {
      iss: account.client_email,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: account.token_uri,
      iat: 1_760_000_000,
      exp: 1_760_003_600,
    });
    const check = createVerify('RSA-SHA256').update(`${header}.${claims}`);
    assert.ok(check.verify(publicKey, signature ?? '', 'base64url'));
  });

  test('buys once for all who wait, and again shortly before it expires', async () => {
    const { made, asked, time } = signer(JSON.stringify(account));
    await Promise.all([made?.sign(call), made?.sign(call), made?.sign(call)]);
    assert.equal(asked.length, 1);
    time.now = 54 * 60_000;
    made?.sign(call);
    assert.equal(asked.length, 1);
    time.now = 56 * 60_000;
    assert.deepEqual(made?.sign(call), { authorization: 'Bearer ya29.bought' }, 'the old one serves on');
    assert.equal(asked.length, 2);
  });

  test('buys again when what it bought is refused', async () => {
    const { made, asked, time } = signer(JSON.stringify(account));
    await made?.sign(call);
    time.now = 60_000;
    made?.refused?.();
    await made?.sign(call);
    assert.equal(asked.length, 2);
  });

  test('is not needed to buy anything when it is not used', () => {
    assert.deepEqual(vertex.authorize(new Secret(JSON.stringify(account)), 'gemini-generate', {}), {});
  });
});

test('somebody’s own account refreshes its token', async () => {
  const own = { type: 'authorized_user', client_id: 'i', client_secret: 's', refresh_token: 'r' };
  const { made, asked } = signer(JSON.stringify(own));
  await made?.sign(call);
  assert.equal(asked[0]?.origin.host, 'oauth2.googleapis.com');
  assert.deepEqual(Object.fromEntries(formOf(asked[0])), {
    grant_type: 'refresh_token',
    client_id: 'i',
    client_secret: 's',
    refresh_token: 'r',
  });
});

test('without a secret the machine is asked', async () => {
  const { made, asked } = signer(undefined);
  assert.deepEqual(await made?.sign(call), { authorization: 'Bearer ya29.bought' });
  const [wire] = asked;
  assert.equal(wire?.origin.host, 'metadata.google.internal');
  assert.equal(wire?.path, '/computeMetadata/v1/instance/service-accounts/default/token');
  assert.equal(wire?.headers['metadata-flavor'], 'Google');
  assert.equal(wire?.method, 'GET');
});

describe('secrets that are shown as they are', () => {
  for (const [why, secret, headers] of [
    ['a key of express mode', 'AIzaSyA', { 'x-goog-api-key': 'AIzaSyA' }],
    ['a newer key', 'AQ.Ab8', { 'x-goog-api-key': 'AQ.Ab8' }],
    ['a token', 'ya29.mine', { authorization: 'Bearer ya29.mine' }],
  ] as const) {
    test(why, () => {
      assert.equal(signer(secret).made, undefined);
      assert.deepEqual(
        vertex.authorize(new Secret(secret), 'gemini-generate') satisfies WireHeaders,
        headers,
      );
    });
  }
});

describe('what cannot work is told without the secret', () => {
  for (const [why, secret, answer, status, said] of [
    ['credentials that are no JSON', '{"private_key": "hush', TOKEN, 200, /not the JSON of an account/],
    [
      'an account of another kind',
      '{"type":"external_account"}',
      TOKEN,
      200,
      /"external_account" are not understood/,
    ],
    ['an account without a key', '{"client_email":"a"}', TOKEN, 200, /no "private_key"/],
    ['a key that is none', '{"client_email":"a","private_key":"hush"}', TOKEN, 200, /cannot be used/],
    ['a refusal', JSON.stringify(account), '{"error":"invalid_grant"}', 400, /answered with status 400/],
    ['an answer without a token', JSON.stringify(account), '{}', 200, /without a token/],
  ] as const) {
    test(why, async () => {
      const { made } = signer(secret, answer, {}, status);
      await assert.rejects(
        async () => made?.sign(call),
        (error: Error) => {
          assert.match(error.message, said);
          assert.doesNotMatch(error.message, /hush/);
          return true;
        },
      );
    });
  }
});

describe('paths', () => {
  const path = (
    protocol: string,
    operation: Operation,
    stream: boolean,
    options: JsonObject = { project: 'p', location: 'europe-west4' },
  ) => requestPath(vertex, { protocol, operation, stream, options }, '');
  const google = '/v1beta1/projects/p/locations/europe-west4/publishers/google/models/{model}';
  const anthropic = '/v1/projects/p/locations/europe-west4/publishers/anthropic/models';
  for (const [why, got, expected] of [
    ['a call', path('gemini-generate', 'chat', false), `${google}:generateContent`],
    ['a stream', path('gemini-generate', 'chat', true), `${google}:streamGenerateContent?alt=sse`],
    ['a count', path('gemini-generate', 'count', false), `${google}:countTokens`],
    ['a call of Claude', path('anthropic-messages', 'chat', false), `${anthropic}/{model}:rawPredict`],
    ['a stream of Claude', path('anthropic-messages', 'chat', true), `${anthropic}/{model}:streamRawPredict`],
    ['a count of Claude', path('anthropic-messages', 'count', false), `${anthropic}/count-tokens:rawPredict`],
    [
      'a call without a place',
      path('gemini-generate', 'chat', false, { project: 'p' }),
      '/v1beta1/projects/p/locations/global/publishers/google/models/{model}:generateContent',
    ],
    [
      'a call in express mode',
      path('gemini-generate', 'chat', false, {}),
      '/v1beta1/publishers/google/models/{model}:generateContent',
    ],
  ] as const) {
    test(why, () => assert.equal(got, expected));
  }
});

describe('addresses', () => {
  for (const [location, url] of [
    [undefined, 'https://aiplatform.googleapis.com'],
    ['global', 'https://aiplatform.googleapis.com'],
    ['us-central1', 'https://us-central1-aiplatform.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
  ] as const) {
    test(`${location}`, () =>
      assert.equal(vertex.whereabouts?.at(location === undefined ? {} : { location }), url));
  }
});

test('each model is spoken to in its own dialect', () => {
  assert.equal(vertex.speaks?.('anthropic-messages', 'claude-opus-4-5@20251101'), true);
  assert.equal(vertex.speaks?.('gemini-generate', 'claude-opus-4-5@20251101'), false);
  assert.equal(vertex.speaks?.('gemini-generate', 'gemini-3-flash'), true);
  assert.equal(vertex.speaks?.('anthropic-messages', 'gemini-3-flash'), false);
});

test('the environment fills what the config leaves out', () => {
  const env = {
    GOOGLE_CLOUD_PROJECT: 'p',
    GOOGLE_CLOUD_LOCATION: 'eu',
    GOOGLE_APPLICATION_CREDENTIALS: '/a.json',
  };
  assert.deepEqual(vertex.environment?.(env, { secret: false, options: { project: 'mine' } }), {
    options: { location: 'eu', credentials_file: '/a.json' },
  });
  assert.deepEqual(vertex.environment?.(env, { secret: true, options: {} }), {
    options: { project: 'p', location: 'eu' },
  });
});
