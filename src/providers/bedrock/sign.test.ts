import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import { Secret } from '../../canonical/ids.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { Transport, WireCall } from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import { profileFields } from './credentials.ts';
import { bedrock } from './index.ts';

type Answer = { readonly status: number; readonly body: string };

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers what is listed, in the order of the calls that come. */
function scripted(answers: readonly Answer[]): { transport: Transport; asked: Asked[] } {
  const asked: Asked[] = [];
  const transport: Transport = {
    send: (wire, to) => {
      const answer = answers[asked.length];
      assert.ok(answer !== undefined, `nobody expected ${wire.path}`);
      asked.push({ method: wire.method, url: wire.origin.host + wire.path, headers: wire.headers });
      to.head({ status: answer.status, headers: {} });
      to.data(Buffer.from(answer.body), { pause: () => undefined, resume: () => undefined });
      return Promise.resolve({ ok: true });
    },
    close: () => undefined,
  };
  return { transport, asked };
}

const WALL = Date.parse('2026-11-20T10:11:12.345Z');

function signer(options: JsonObject, secret: string | undefined, answers: readonly Answer[] = []) {
  const { transport, asked } = scripted(answers);
  let now = 0;
  const clock = { now: () => now, wall: () => WALL + now };
  const parts = { secret: secret === undefined ? undefined : new Secret(secret), options, transport, clock };
  return {
    made: bedrock.signer?.(parts),
    asked,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

function call(host = 'bedrock-runtime.us-east-1.amazonaws.com'): WireCall {
  return {
    origin: { tls: true, host, port: 443 },
    method: 'POST',
    path: '/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/converse',
    headers: { 'content-type': 'application/json' },
    body: [Buffer.from('{"messages":[]}')],
    timers: { connect: 1, firstByte: 1, firstContent: 1, idle: 1, total: 1 },
    cancel: new Cancel(),
  };
}

const lasting = { access_key_id: 'AKIAMADEUP00000001', region: 'us-east-1' };
const SECRET = 'made/up+secret0000000000000000000000001';

test('an API key is shown, not signed with', () => {
  assert.equal(signer({ region: 'us-east-1' }, 'bearer').made, undefined);
  const secret = new Secret('bearer');
  assert.deepEqual(bedrock.authorize(secret, 'bedrock-converse', {}), { authorization: 'Bearer bearer' });
});

test('a secret access key signs and never leaves', () => {
  const headers = signer(lasting, SECRET).made?.sign(call()) as Record<string, string>;
  // The vector of lib/sigv4 for the same call.
  assert.match(
    headers['authorization'] ?? '',
    /Credential=AKIAMADEUP00000001\/20261120\/us-east-1\/bedrock\//,
  );
  assert.equal(headers['x-amz-date'], '20261120T101112Z');
  for (const options of [
    lasting,
    { profile: 'x' },
    { credentials: 'container' },
    { credentials: 'instance' },
  ]) {
    assert.deepEqual(bedrock.authorize(new Secret(SECRET), 'bedrock-converse', options), {});
  }
  assert.ok(!JSON.stringify(headers).includes(SECRET));
});

test('the region is read off an address of the vendor when nobody tells it', () => {
  const { region: _, ...options } = lasting;
  const host = 'vpce-0a1b-xyz.bedrock-runtime.eu-central-1.vpce.amazonaws.com';
  const headers = signer(options, SECRET).made?.sign(call(host)) as Record<string, string>;
  assert.match(headers['authorization'] ?? '', /\/eu-central-1\/bedrock\//);
  assert.throws(() => signer(options, SECRET).made?.sign(call('proxy.example')), /options\.region/);
});

test('without credentials the call is refused before it is sent', () => {
  assert.throws(() => signer({ region: 'us-east-1' }, undefined).made?.sign(call()), /no credentials/);
  assert.throws(() => signer(lasting, undefined).made?.sign(call()), /no credentials/);
});

const ROLE = JSON.stringify({
  AccessKeyId: 'ASIAROLE',
  SecretAccessKey: 'role-secret',
  Token: 'role-token',
  Expiration: '2026-11-20T16:11:12Z',
});

test('the role of a container is fetched once and kept until it nearly expires', async () => {
  const uri = 'http://169.254.170.2/v2/credentials/x';
  const options = {
    region: 'us-east-1',
    credentials: 'container',
    container_uri: uri,
    container_token: 'shown',
  };
  const { made, asked, wait } = signer(options, undefined, [
    { status: 200, body: ROLE },
    { status: 200, body: ROLE },
  ]);
  const [first, second] = await Promise.all([made?.sign(call()), made?.sign(call())]);
  assert.equal(first?.['x-amz-security-token'], 'role-token');
  assert.deepEqual(second, first);
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0]?.headers, { accept: 'application/json', authorization: 'shown' });
  wait(5 * 3_600_000);
  assert.ok(!(made?.sign(call()) instanceof Promise), 'still good');
  wait(56 * 60_000);
  assert.ok(!(made?.sign(call()) instanceof Promise), 'used while the next is fetched');
  assert.equal(asked.length, 2);
});

for (const [why, uri] of [
  ['in plain text', 'http://credentials.example/x'],
  ['from no address', undefined],
] as const) {
  test(`the role of a container is not fetched ${why}`, async () => {
    const options: JsonObject = {
      region: 'us-east-1',
      credentials: 'container',
      ...(uri === undefined ? {} : { container_uri: uri }),
    };
    await assert.rejects(async () => signer(options, undefined).made?.sign(call()), GatewayError);
  });
}

test('the role of an instance is asked for in a session', async () => {
  const options = { region: 'us-east-1', credentials: 'instance' };
  const { made, asked } = signer(options, undefined, [
    { status: 200, body: 'session\n' },
    { status: 200, body: 'my-role\nother' },
    { status: 200, body: ROLE },
  ]);
  const headers = await made?.sign(call());
  assert.equal(headers?.['x-amz-security-token'], 'role-token');
  assert.deepEqual(
    asked.map(({ method, url }) => `${method} ${url}`),
    [
      'PUT 169.254.169.254/latest/api/token',
      'GET 169.254.169.254/latest/meta-data/iam/security-credentials/',
      'GET 169.254.169.254/latest/meta-data/iam/security-credentials/my-role',
    ],
  );
  assert.equal(asked[2]?.headers['x-aws-ec2-metadata-token'], 'session');
});

for (const [why, answer] of [
  ['a refusal', { status: 403, body: 'no' }],
  ['no JSON', { status: 200, body: '<html>' }],
  ['no credentials', { status: 200, body: '{"Code":"Failed"}' }],
] as const) {
  test(`a role that cannot be had is an error of the upstream: ${why}`, async () => {
    const options = { region: 'us-east-1', credentials: 'container', container_uri: 'http://127.0.0.1/x' };
    const { made } = signer(options, undefined, [answer]);
    await assert.rejects(
      async () => made?.sign(call()),
      (error) => error instanceof GatewayError && error.code === 'upstream_auth',
    );
  });
}

const FILE = `
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key=def=ault

# [work]
[ work ]
AWS_ACCESS_KEY_ID = AKIAWORK
aws_secret_access_key = w
aws_session_token = t ; kept as it stands
`;

test('a profile is read by its name', () => {
  assert.deepEqual(
    [...profileFields(FILE, 'work')],
    [
      ['aws_access_key_id', 'AKIAWORK'],
      ['aws_secret_access_key', 'w'],
      ['aws_session_token', 't ; kept as it stands'],
    ],
  );
  assert.equal(profileFields(FILE, 'default').get('aws_secret_access_key'), 'def=ault');
  assert.equal(profileFields(FILE, 'none').size, 0);
});

test('calls are signed with the keys of a profile; without them they are refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'));
  try {
    const file = join(folder, 'credentials');
    writeFileSync(file, FILE);
    const options = { region: 'us-east-1', profile: 'work', credentials_file: file };
    const headers = await signer(options, undefined).made?.sign(call());
    assert.match(headers?.['authorization'] ?? '', /AKIAWORK/);
    for (const other of [
      { ...options, profile: 'none' },
      { ...options, credentials_file: join(folder, 'x') },
    ]) {
      await assert.rejects(async () => signer(other, undefined).made?.sign(call()), GatewayError);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const addresses: readonly (readonly [region: string | undefined, address: string | undefined])[] = [
  ['eu-central-1', 'https://bedrock-runtime.eu-central-1.amazonaws.com'],
  ['us-gov-west-1', 'https://bedrock-runtime.us-gov-west-1.amazonaws.com'],
  ['cn-north-1', 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
  ['evil.example/?', undefined],
  [undefined, undefined],
];

for (const [region, address] of addresses) {
  test(`the address of ${region}`, () => {
    assert.equal(bedrock.whereabouts?.at(region === undefined ? {} : { region }), address);
  });
}

const dialects: readonly (readonly [model: string, messages: boolean])[] = [
  ['anthropic.claude-3-5-sonnet-20241022-v2:0', true],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', true],
  ['arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0', true],
  ['amazon.nova-pro-v1:0', false],
  ['arn:aws:bedrock:us-east-1:1:application-inference-profile/abc', false],
];

for (const [model, messages] of dialects) {
  test(`${model} ${messages ? 'also understands' : 'does not understand'} Messages`, () => {
    assert.equal(bedrock.speaks?.('anthropic-messages', model), messages);
    assert.equal(bedrock.speaks?.('bedrock-converse', model), true);
  });
}

test('missing keys are named to set; a file that cannot be read is not named to callers', () => {
  const credentials = { region: 'us-east-1', credentials_file: '/nowhere/credentials', profile: 'p' };
  assert.throws(() => signer({ region: 'us-east-1' }, undefined).made?.sign(call()), {
    text: 'There are no credentials for this upstream. Set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `secret` in the config.',
  });
  return assert.rejects(
    async () => signer(credentials, undefined).made?.sign(call()),
    (error) => {
      assert.ok(error instanceof GatewayError);
      assert.doesNotMatch(error.text, /nowhere/);
      assert.match(error.detail.operator ?? '', /\/nowhere\/credentials cannot be read/);
      return true;
    },
  );
});
