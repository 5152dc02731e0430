import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeProvider, fakeRandom } from '../../test/testkit/flow-doubles.ts';
import type { WireTimers } from '../canonical/wire.ts';
import type { UpstreamOptions } from '../config/upstream-options.ts';
import { bedrock } from '../providers/bedrock/index.ts';
import { vllm } from '../providers/vllm/index.ts';
import { createUpstream, inherit, type LiveUpstream } from './upstreams.ts';

const engines = [
  ...['engine', 'other'].map((id) => fakeProvider({ id, models: [{ id: `${id}-own` }] })),
  bedrock,
  vllm,
];

function upstream(changes: Partial<UpstreamOptions> = {}, timers: Partial<WireTimers> = {}): LiveUpstream {
  const options: UpstreamOptions = {
    name: 'up',
    provider: 'engine',
    address: { origin: { tls: false, host: '127.0.0.1', port: 1 }, basePath: '' },
    secrets: [],
    health: undefined,
    headers: {},
    zone: undefined,
    timers: {},
    models: [],
    protocols: undefined,
    options: {},
    ...changes,
  };
  return createUpstream(options, {
    providers: new Map(engines.map((engine) => [engine.id, engine] as const)),
    protocols: [],
    transport: { send: () => assert.fail('Nobody is asked.'), close: () => undefined },
    clock: new FakeClock(),
    random: fakeRandom(0),
    timers,
  });
}

const ids = ({ known }: LiveUpstream) => known().map((facts) => facts.id);

test('an upstream that has not moved knows what it knew, through any number of configs', () => {
  const first = upstream({ models: [{ id: 'stated' }] });
  first.learn([{ id: 'found' }]);
  const second = upstream();
  inherit(second, [upstream({ name: 'another' }), first]);
  assert.deepEqual(ids(second), ['found'], 'what only the old config stated is gone');
  const third = upstream({ models: [{ id: 'stated' }] });
  inherit(third, [second]);
  assert.deepEqual(ids(third), ['found', 'stated']);
});

test('who has learned nothing hands nothing on', () => {
  const second = upstream();
  inherit(second, [upstream({ models: [{ id: 'stated' }] })]);
  assert.deepEqual(ids(second), ['engine-own']);
});

const at = (origin: object, basePath = '') => ({
  address: { origin: { tls: false, host: '127.0.0.1', port: 1, ...origin }, basePath },
});
const moves: readonly (readonly [why: string, changes: Partial<UpstreamOptions>])[] = [
  ['name', { name: 'other' }],
  ['provider', { provider: 'other' }],
  ['host', at({ host: '127.0.0.2' })],
  ['port', at({ port: 2 })],
  ['scheme', at({ tls: true })],
  ['base path', at({}, '/there')],
];
for (const [what, changes] of moves) {
  test(`another ${what}: what was found there is not taken over`, () => {
    const first = upstream();
    first.learn([{ id: 'found' }]);
    const second = upstream(changes);
    inherit(second, [first]);
    assert.ok(!ids(second).includes('found'));
  });
}

test('a model whose name is a step in a path leads nowhere', () => {
  const up = upstream({ provider: 'bedrock' });
  const pathOf = (model: string) => up.path('bedrock-converse', 'chat', false, model);
  assert.equal(pathOf('../a@b'), '/model/..%2Fa@b/converse');
  assert.equal(pathOf('.'), undefined);
  assert.equal(pathOf('..'), undefined);
});

test('who prefills slowly is given time, unless the config knows better', () => {
  const service = upstream().timers;
  assert.deepEqual([service.firstByte, service.firstContent, service.total], [120_000, 600_000, 900_000]);
  const engine = upstream({ provider: 'vllm' }).timers;
  assert.deepEqual([engine.firstByte, engine.total, engine.idle], [600_000, 1_800_000, 60_000]);
  const stated = upstream({ provider: 'vllm', timers: { idle: 7 } }, { firstByte: 5, idle: 6 }).timers;
  assert.deepEqual([stated.firstByte, stated.idle, stated.total], [5, 7, 1_800_000]);
});

for (const [why, zone, guarded] of [
  ['in the house is guarded by nobody', 'local', undefined],
  ['in a cloud is guarded', 'cloud', true],
  ['in a place of its own is guarded', 'frankfurt', true],
] as const) {
  test(`the name of an upstream ${why}`, () => {
    assert.equal(upstream({ zone, ...at({ host: 'up.example' }) }).origin.guarded, guarded);
  });
}
