import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeRandom, fakeTimers } from '../../test/testkit/flow-doubles.ts';
import { Secret } from '../canonical/ids.ts';
import { emptyConfig } from '../config/defaults.ts';
import { modelTable } from '../config/model-options.ts';
import type { UpstreamOptions } from '../config/upstream-options.ts';
import { protocols } from '../protocols/registry.ts';
import { providers } from '../providers/registry.ts';
import { createBook } from './models.ts';
import { createUpstream } from './upstreams.ts';

const up: UpstreamOptions = {
  name: 'up',
  provider: 'vllm',
  address: { origin: { tls: false, host: 'one.example', port: 8000 }, basePath: '/here' },
  secrets: [new Secret('sk-one')],
  health: undefined,
  headers: { 'x-team': new Secret('blue') },
  zone: undefined,
  timers: {},
  models: [],
  protocols: undefined,
  options: { a: 1 },
};
const models = modelTable.parse({ virtual: { targets: ['up/m'] } });

function fingerprints(changes: Partial<UpstreamOptions>): readonly (string | undefined)[] {
  const upstream = createUpstream(
    { ...up, ...changes },
    {
      providers: new Map(providers.map((provider) => [provider.id, provider] as const)),
      protocols,
      transport: { send: () => assert.fail('Nobody is asked.'), close: () => undefined },
      clock: new FakeClock(),
      random: fakeRandom(0),
      timers: fakeTimers,
    },
  );
  const book = createBook({ ...emptyConfig(), models }, [upstream]);
  return ['virtual', 'up/m'].map((name) => book.resolve(name)?.virtual.fingerprint);
}

const address = (origin: object, basePath = '/here') => ({
  address: { origin: { tls: false, host: 'one.example', port: 8000, ...origin }, basePath },
});

const moves: readonly (readonly [why: string, changes: Partial<UpstreamOptions>])[] = [
  ['another host', address({ host: 'two.example' })],
  ['another port', address({ port: 8001 })],
  ['TLS', address({ tls: true })],
  ['another base path', address({}, '/there')],
  ['another provider', { provider: 'llamacpp' }],
  ['other dialects', { protocols: ['openai-chat'] }],
  ['the same dialects in another order', { protocols: ['anthropic-messages', 'openai-chat'] }],
  ['another header', { headers: { 'x-tenant': new Secret('blue') } }],
  ['another value of a header', { headers: { 'x-team': new Secret('red') } }],
  ['other options of the provider', { options: { a: 2 } }],
];

for (const [why, changes] of moves) {
  test(`${why}: what the upstream answered before is not its answer any more`, () => {
    const before = fingerprints({ protocols: ['openai-chat', 'anthropic-messages'] });
    const after = fingerprints({ protocols: ['openai-chat', 'anthropic-messages'], ...changes });
    assert.notEqual(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
  });
}

test('another secret or other timers change no answer', () => {
  assert.deepEqual(
    fingerprints({ secrets: [new Secret('sk-two')], timers: { idle: 1 }, zone: 'cloud' }),
    fingerprints({}),
  );
});
