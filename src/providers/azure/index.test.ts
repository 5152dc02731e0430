import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import { Secret } from '../../canonical/ids.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Operation } from '../../canonical/protocol.ts';
import type { Transport, WireCall } from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import { requestPath } from '../paths.ts';
import { azureEnvironment } from './environment.ts';
import { azure } from './index.ts';
import { azureOptions } from './options.ts';

const paths: readonly (readonly [why: string, url: string, options: JsonObject, path: string])[] = [
  ['the current version', '', {}, '/openai/v1/chat/completions'],
  ['a URL that has the prefix', '/openai', {}, '/openai/v1/chat/completions'],
  ['a URL as the portal shows it', '/openai/v1/', {}, '/openai/v1/chat/completions'],
  ['a proxy before it', '/azure/openai', {}, '/azure/openai/v1/chat/completions'],
  ['a preview of it', '', { api_version: 'preview' }, '/openai/v1/chat/completions?api-version=preview'],
  ['said by its name', '', { api_version: 'v1' }, '/openai/v1/chat/completions'],
  [
    'a dated version names the deployment',
    '',
    { api_version: '2024-10-21' },
    '/openai/deployments/{model}/chat/completions?api-version=2024-10-21',
  ],
];

for (const [why, url, options, path] of paths) {
  test(`path on Azure: ${why}`, () => {
    const wish = { protocol: 'openai-chat', operation: 'chat', stream: true, options } as const;
    assert.equal(requestPath(azure, wish, url), path);
  });
}

const others: readonly (readonly [
  protocol: string,
  operation: Operation,
  options: JsonObject,
  path: string | undefined,
])[] = [
  ['openai-responses', 'chat', {}, '/openai/v1/responses'],
  [
    'openai-responses',
    'chat',
    { api_version: '2025-04-01-preview' },
    '/openai/responses?api-version=2025-04-01-preview',
  ],
  ['openai-chat', 'embed', {}, '/openai/v1/embeddings'],
  [
    'openai-chat',
    'transcribe',
    { api_version: '2024-10-21' },
    '/openai/deployments/{model}/audio/transcriptions?api-version=2024-10-21',
  ],
  ['openai-chat', 'file', {}, '/openai/v1/files'],
  ['openai-chat', 'batch', { api_version: '2024-10-21' }, '/openai/batches?api-version=2024-10-21'],
  ['openai-chat', 'moderate', {}, undefined],
];

for (const [protocol, operation, options, path] of others) {
  test(`path on Azure: ${protocol}, ${operation} ${JSON.stringify(options)}`, () => {
    assert.equal(requestPath(azure, { protocol, operation, stream: false, options }, ''), path);
  });
}

type Env = Readonly<Record<string, string>>;
const application: Env = {
  AZURE_TENANT_ID: 'tenant',
  AZURE_CLIENT_ID: 'client',
  AZURE_CLIENT_SECRET: 'application-secret',
};

const environments: readonly (readonly [
  why: string,
  env: Env,
  secret: boolean,
  stated: JsonObject,
  found: { readonly secret?: string; readonly options: JsonObject },
])[] = [
  ['nothing', {}, false, {}, { options: {} }],
  [
    'a key and a version',
    { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_API_VERSION: '2024-10-21' },
    false,
    {},
    { secret: 'k', options: { api_version: '2024-10-21' } },
  ],
  [
    'a key goes first',
    { ...application, AZURE_OPENAI_API_KEY: 'k' },
    false,
    {},
    { secret: 'k', options: {} },
  ],
  [
    'an application',
    application,
    false,
    {},
    { secret: 'application-secret', options: { tenant_id: 'tenant', client_id: 'client' } },
  ],
  [
    'the config names an application: a key is none of its secrets',
    { ...application, AZURE_OPENAI_API_KEY: 'k' },
    false,
    { tenant_id: 'tenant', client_id: 'client' },
    { secret: 'application-secret', options: { tenant_id: 'tenant', client_id: 'client' } },
  ],
  [
    'a proof in place of a secret',
    { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_FEDERATED_TOKEN_FILE: '/var/token' },
    false,
    {},
    { options: { tenant_id: 't', client_id: 'c', federated_token_file: '/var/token' } },
  ],
  ['a ready token', { AZURE_OPENAI_AD_TOKEN: 't' }, false, {}, { secret: 't', options: { auth: 'token' } }],
  ['the config has a secret', { ...application, AZURE_OPENAI_API_KEY: 'k' }, true, {}, { options: {} }],
  [
    'a managed identity of an app service',
    { IDENTITY_ENDPOINT: 'http://127.0.0.1:4141/msi/token', IDENTITY_HEADER: 'h', AZURE_OPENAI_API_KEY: 'k' },
    false,
    { auth: 'managed_identity' },
    { options: { identity_endpoint: 'http://127.0.0.1:4141/msi/token', identity_header: 'h' } },
  ],
];

for (const [why, env, secret, options, found] of environments) {
  test(`Azure's environment: ${why}`, () => {
    assert.deepEqual(azureEnvironment(env, { secret, options }), found);
  });
}

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function signer(options: JsonObject, secret: string | undefined, answer: string, status = 200) {
  const asked: Asked[] = [];
  const transport: Transport = {
    send: ({ method, origin, path, headers, body }, to) => {
      const url = `${method} ${origin.tls ? 'https' : 'http'}://${origin.host}${path}`;
      asked.push({ url, headers, body: Buffer.concat(body as Buffer[]).toString() });
      to.head({ status, headers: {} });
      to.data(Buffer.from(answer), { pause: () => undefined, resume: () => undefined });
      return Promise.resolve({ ok: true });
    },
    close: () => undefined,
  };
  const clock = { now: () => 0, wall: () => 0 };
  const parts = { secret: secret === undefined ? undefined : new Secret(secret), options, transport, clock };
  return { made: azure.signer?.(parts), asked };
}

const call: WireCall = {
  origin: { tls: true, host: 'x.openai.azure.com', port: 443 },
  method: 'POST',
  path: '/openai/v1/chat/completions',
  headers: {},
  body: [],
  timers: { connect: 1, firstByte: 1, firstContent: 1, idle: 1, total: 1 },
  cancel: new Cancel(),
};

const BOUGHT = '{"access_token":"bought","expires_in":3599}';

test('keys and ready tokens are shown as they are', () => {
  const secret = new Secret('s3cret');
  assert.equal(signer({}, 's3cret', '').made, undefined);
  assert.deepEqual(azure.authorize(secret, 'openai-chat', {}), { 'api-key': 's3cret' });
  assert.equal(signer({ auth: 'token' }, 's3cret', '').made, undefined);
  assert.deepEqual(azure.authorize(secret, 'openai-chat', { auth: 'token' }), {
    authorization: 'Bearer s3cret',
  });
});

test("an application's secret buys one token for all who wait, and goes nowhere else", async () => {
  const options = { tenant_id: 'my tenant', client_id: 'client' };
  const { made, asked } = signer(options, 'application-secret', BOUGHT);
  const signed = await Promise.all([made?.sign(call), made?.sign(call)]);
  assert.deepEqual(signed, [{ authorization: 'Bearer bought' }, { authorization: 'Bearer bought' }]);
  assert.deepEqual(made?.sign(call), { authorization: 'Bearer bought' });
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.url, 'POST https://login.microsoftonline.com/my%20tenant/oauth2/v2.0/token');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(asked[0]?.body)), {
    grant_type: 'client_credentials',
    client_id: 'client',
    client_secret: 'application-secret',
    scope: 'https://cognitiveservices.azure.com/.default',
  });
  assert.deepEqual(azure.authorize(new Secret('application-secret'), 'openai-chat', options), {});
});

test('a proof of who we are is read anew for every purchase', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'proof-'));
  try {
    const file = join(folder, 'token');
    writeFileSync(file, 'proof\n');
    const options = {
      tenant_id: 't',
      client_id: 'c',
      federated_token_file: file,
      authority: 'https://login.example/',
    };
    const { made, asked } = signer(options, undefined, BOUGHT);
    await made?.sign(call);
    assert.equal(asked[0]?.url, 'POST https://login.example/t/oauth2/v2.0/token');
    assert.equal(new URLSearchParams(asked[0]?.body).get('client_assertion'), 'proof');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const machines: readonly (readonly [why: string, options: JsonObject, url: string, headers: JsonObject])[] = [
  [
    'a virtual machine',
    { auth: 'managed_identity' },
    'GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com',
    { accept: 'application/json', metadata: 'true' },
  ],
  [
    'an app service with several identities',
    {
      auth: 'managed_identity',
      client_id: 'c',
      identity_endpoint: 'http://127.0.0.1:4141/msi/token',
      identity_header: 'h',
    },
    'GET http://127.0.0.1/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=c',
    { accept: 'application/json', 'x-identity-header': 'h' },
  ],
];

for (const [why, options, url, headers] of machines) {
  test(`the machine is asked for a token: ${why}`, async () => {
    const { made, asked } = signer(options, undefined, '{"access_token":"bought","expires_in":"86399"}');
    assert.deepEqual(await made?.sign(call), { authorization: 'Bearer bought' });
    assert.deepEqual(asked, [{ url, headers, body: '' }]);
  });
}

for (const [why, answer, status] of [
  ['a refusal', '{"error":"invalid_client","error_description":"secret application-secret is wrong"}', 401],
  ['no JSON', '<html>', 200],
  ['no token', '{}', 200],
  ['no lifetime', '{"access_token":"x","expires_in":"soon"}', 200],
] as const) {
  test(`a token that cannot be bought is an error that tells no secret: ${why}`, async () => {
    const { made } = signer({ tenant_id: 't', client_id: 'c' }, 'application-secret', answer, status);
    await assert.rejects(
      async () => made?.sign(call),
      (error) =>
        error instanceof GatewayError &&
        error.code === 'upstream_auth' &&
        !`${error.text}${JSON.stringify(error.detail)}`.includes('application-secret'),
    );
  });
}

test('a tenant without a client is a mistake in the config', () => {
  assert.equal(azureOptions.safeParse({ tenant_id: 't' }).success, false);
  assert.equal(azureOptions.safeParse({ tenant_id: 't', client_id: 'c' }).success, true);
  assert.equal(azureOptions.safeParse({ api_version: 'newest' }).success, false);
});
