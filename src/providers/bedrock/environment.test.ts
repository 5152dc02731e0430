import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import { bedrockEnvironment } from './environment.ts';

type Env = Readonly<Record<string, string>>;

const keys: Env = { AWS_ACCESS_KEY_ID: 'AKIA1', AWS_SECRET_ACCESS_KEY: 's3cret', AWS_REGION: 'eu-west-1' };

const rows: readonly (readonly [
  why: string,
  env: Env,
  secret: boolean,
  stated: JsonObject,
  found: { readonly secret?: string; readonly options: JsonObject },
])[] = [
  ['nothing is set', {}, false, {}, { options: {} }],
  [
    'the usual keys',
    keys,
    false,
    {},
    { secret: 's3cret', options: { region: 'eu-west-1', access_key_id: 'AKIA1' } },
  ],
  [
    'keys that expire',
    { ...keys, AWS_SESSION_TOKEN: 't' },
    false,
    {},
    { secret: 's3cret', options: { region: 'eu-west-1', access_key_id: 'AKIA1', session_token: 't' } },
  ],
  [
    'an API key goes first, and no part of the keys goes with it',
    { ...keys, AWS_SESSION_TOKEN: 't', AWS_BEARER_TOKEN_BEDROCK: 'bearer' },
    false,
    {},
    { secret: 'bearer', options: { region: 'eu-west-1' } },
  ],
  [
    'the config has a secret: of the environment only the region counts',
    { ...keys, AWS_BEARER_TOKEN_BEDROCK: 'bearer' },
    true,
    {},
    { options: { region: 'eu-west-1' } },
  ],
  [
    'the config names a key: its secret is found',
    { ...keys, AWS_BEARER_TOKEN_BEDROCK: 'bearer' },
    false,
    { access_key_id: 'AKIA1' },
    { secret: 's3cret', options: { region: 'eu-west-1', access_key_id: 'AKIA1' } },
  ],
  [
    'the config names another key: the secret here is not its own',
    keys,
    false,
    { access_key_id: 'AKIA2' },
    { options: { region: 'eu-west-1' } },
  ],
  ['a profile needs none of it', keys, false, { profile: 'work' }, { options: { region: 'eu-west-1' } }],
  ['half a pair is none', { AWS_ACCESS_KEY_ID: 'AKIA1' }, false, {}, { options: {} }],
  ['set to nothing is not set', { AWS_REGION: '', AWS_BEARER_TOKEN_BEDROCK: '' }, false, {}, { options: {} }],
  [
    'the older name of the region',
    { AWS_DEFAULT_REGION: 'us-east-1' },
    false,
    {},
    { options: { region: 'us-east-1' } },
  ],
  [
    'a container of ECS',
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x' },
    false,
    { credentials: 'container' },
    { options: { container_uri: 'http://169.254.170.2/v2/credentials/x' } },
  ],
  [
    'a pod of EKS',
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/var/token',
    },
    false,
    { credentials: 'container' },
    {
      options: {
        container_uri: 'http://169.254.170.23/v1/credentials',
        container_token_file: '/var/token',
      },
    },
  ],
  [
    'where nobody asked for the container, it is not asked',
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x' },
    false,
    {},
    { options: {} },
  ],
];

for (const [why, env, secret, options, found] of rows) {
  test(`AWS's environment: ${why}`, () => {
    assert.deepEqual(bedrockEnvironment(env, { secret, options }), found);
  });
}
