import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProvider } from '../../test/testkit/flow-doubles.ts';
import type { Provider } from '../canonical/provider.ts';
import type { Transport } from '../canonical/wire.ts';
import { providers } from '../providers/registry.ts';
import { findUpstreams } from './find-upstreams.ts';

const engine = fakeProvider({
  id: 'engine',
  ports: [11434, 8001],
  baseUrlEnv: ['ENGINE_HOST'],
  recognise: async (probe) => (await probe.get('/version')).status === 200,
});
const service = fakeProvider({
  id: 'service',
  zone: 'cloud',
  baseUrl: 'https://far.example',
  secretEnv: ['SERVICE_KEY'],
  baseUrlEnv: ['SERVICE_URL'],
});

/** What was found, and every address that was asked. */
async function find(provider: Provider, env: Record<string, string>, answers: readonly string[]) {
  const asked: string[] = [];
  const transport: Transport = {
    send({ origin }, to) {
      const address = `${origin.host}:${origin.port}`;
      asked.push(address);
      to.head({ status: answers.includes(address) ? 200 : 404, headers: {} });
      return Promise.resolve({ ok: true });
    },
    close: () => undefined,
  };
  const found = await findUpstreams({ providers: [provider], transport, env, ownPort: 8001 });
  return { found: found.map(({ by, options }) => `${options.zone ?? 'usual zone'}, ${by}`), asked };
}

const HERE = ['127.0.0.1:11434', '127.0.0.1:8001', '127.0.0.1:9000', 'far.example:9000'];

const engines: readonly (readonly [
  why: string,
  env: Record<string, string>,
  asked: readonly string[],
  found: readonly string[],
])[] = [
  ['is looked for on its usual port', {}, ['127.0.0.1:11434'], ['local, 127.0.0.1:11434']],
  [
    'is looked for where the environment says, on this machine',
    { ENGINE_HOST: '127.0.0.1:9000' },
    ['127.0.0.1:9000'],
    ['local, 127.0.0.1:9000'],
  ],
  ['on another machine is not asked unbidden', { ENGINE_HOST: 'http://far.example:9000' }, [], []],
  ['at our own port is ourselves', { ENGINE_HOST: 'http://localhost:8001' }, [], []],
];
for (const [why, env, asked, found] of engines) {
  test(`an engine ${why}`, async () => {
    assert.deepEqual(await find(engine, env, HERE), { asked, found });
  });
}

test('a service without an address of its own is found only where the environment says it is', async () => {
  const { baseUrl: _, ...nowhere } = service;
  assert.deepEqual((await find(nowhere, { SERVICE_KEY: 'k' }, [])).found, []);
  const env = { SERVICE_KEY: 'k', SERVICE_URL: 'https://mine.example' };
  assert.deepEqual((await find(nowhere, env, [])).found, ['usual zone, SERVICE_KEY']);
});

test('among the usual ports, too, our own is left out', async () => {
  assert.deepEqual(await find(engine, {}, []), { asked: ['127.0.0.1:11434'], found: [] });
});

const services: readonly (readonly [why: string, env: Record<string, string>, found: readonly string[]])[] = [
  ['with a key in the environment is found', { SERVICE_KEY: 'k' }, ['usual zone, SERVICE_KEY']],
  ['with an empty key is not', { SERVICE_KEY: '' }, []],
  [
    'whose address is a proxy on this machine stays in the house',
    { SERVICE_KEY: 'k', SERVICE_URL: 'http://127.0.0.1:9000/v1' },
    ['local, SERVICE_KEY'],
  ],
  [
    'whose address is this very gateway would go round for ever',
    { SERVICE_KEY: 'k', SERVICE_URL: 'http://127.0.0.1:8001/v1' },
    [],
  ],
  [
    'elsewhere may have our port',
    { SERVICE_KEY: 'k', SERVICE_URL: 'http://far.example:8001/v1' },
    ['usual zone, SERVICE_KEY'],
  ],
];
for (const [why, env, found] of services) {
  test(`a service ${why}, and is never asked`, async () => {
    assert.deepEqual(await find(service, env, HERE), { asked: [], found });
  });
}

const regional = fakeProvider({
  id: 'regional',
  zone: 'cloud',
  secretEnv: ['REGIONAL_KEY'],
  environment: (env) => ({ options: env['REGION'] === undefined ? {} : { region: env['REGION'] } }),
  whereabouts: {
    hint: 'Set its options.region.',
    at: ({ region }) => (typeof region === 'string' ? `https://${region}.example` : undefined),
  },
});

for (const [why, env, found] of [
  [
    'is found where the environment tells its region',
    { REGIONAL_KEY: 'k', REGION: 'north' },
    ['usual zone, REGIONAL_KEY'],
  ],
  ['is not found where nobody does', { REGIONAL_KEY: 'k' }, []],
  ['is not found without a key', { REGION: 'north' }, []],
] as const) {
  test(`a service with a region ${why}`, async () => {
    assert.deepEqual(await find(regional, env, []), { asked: [], found });
  });
}
test('every cloud service there is is found by its key, and nothing leaves this machine for it', async () => {
  const keyed = providers.filter(
    (one) => one.zone === 'cloud' && one.secretEnv !== undefined && one.whereabouts === undefined,
  );
  assert.ok(keyed.length > 10);
  for (const one of keyed) {
    const [name = ''] = one.secretEnv ?? [];
    assert.deepEqual(await find(one, { [name]: 'k' }, HERE), { asked: [], found: [`usual zone, ${name}`] });
  }
});
