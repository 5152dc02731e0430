import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeRandom } from '../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../test/testkit/memory-records.ts';
import { asCallId } from '../canonical/ids.ts';
import { emptyConfig } from '../config/defaults.ts';
import type { Config } from '../config/schema.ts';
import { upstreamTable } from '../config/upstream-options.ts';
import { createLimiter } from '../flow/admit/limiter.ts';
import { createExactStore } from '../flow/cache/store.ts';
import { HealthBook } from '../flow/dispatch/health/health-book.ts';
import { createSlots } from '../flow/dispatch/slots/slots.ts';
import { createSeals } from '../store/seals.ts';
import { LiveGateway } from './live-gateway.ts';

const PROPS = '{"total_slots":9}';
const MODELS = '{"data":[{"id":"found","max_model_len":4096}]}';

function config(upstreams: object): Config {
  return { ...emptyConfig(), upstreams: upstreamTable.parse(upstreams) };
}

function start(first: Config, workers = 1) {
  const clock = new FakeClock();
  const slots = createSlots({ clock, ticker: clock });
  const guarded: string[] = [];
  const live = new LiveGateway(first, {
    edges: {
      clock,
      ticker: clock,
      random: fakeRandom(0),
      health: new HealthBook({ clock, random: fakeRandom(0) }),
      transport: {
        send(wire, to) {
          to.head({ status: 200, headers: {} });
          to.data(Buffer.from(wire.path.endsWith('/props') ? PROPS : MODELS), {
            pause: () => undefined,
            resume: () => undefined,
          });
          return Promise.resolve({ ok: true });
        },
        close: () => undefined,
      },
      journal: { append: () => Promise.resolve(), close: () => Promise.resolve() },
      sinks: [],
      limiter: createLimiter(clock),
      slots,
      store: createExactStore({ maxBytes: 0, maxEntry: 0, clock }),
      records: new MemoryRecords(clock),
      seals: createSeals(clock),
      newCallId: () => asCallId('call-1'),
      onBug: (cause) => assert.fail(String(cause)),
    },
    pepper: Buffer.alloc(32),
    firstKey: undefined,
    workers,
    guard: (secrets) => guarded.push(secrets.map((secret) => secret.reveal()).join()),
  });
  const names = () => live.current.models.list(() => true).map((entry) => entry.name);
  return { live, names, guarded, slots };
}

const engine = { provider: 'vllm', url: 'http://127.0.0.1:8000' };

test('a reload forgets no model of an upstream that stays where it is', async () => {
  const { live, names } = start(config({ engine }));
  assert.deepEqual(names(), []);
  await live.discover();
  assert.deepEqual(names(), ['engine/found']);
  live.swap(config({ engine: { ...engine, timeouts: { idle: '5s' } } }));
  assert.deepEqual(names(), ['engine/found'], 'before anybody was asked again');
  live.swap(config({ engine }));
  assert.deepEqual(names(), ['engine/found'], 'nor by the one after that');
  live.swap(config({ engine: { ...engine, url: 'http://127.0.0.1:8001' } }));
  assert.deepEqual(names(), [], 'it has moved: who knows what is there');
});

test('the config of the moment says what is so: where we listen does not change with the file', () => {
  const first = config({ engine });
  const { live } = start(first);
  const wanted = { ...first.listen, host: '127.0.0.2', port: 9, maxDepth: 7 };
  live.swap({ ...config({}), listen: wanted, state: 'elsewhere' });
  const { listen, state, upstreams } = live.current.config;
  assert.deepEqual(listen, { ...first.listen, maxDepth: 7 });
  assert.equal(state, first.state);
  assert.deepEqual(upstreams, []);
});

test('whoever watches the outputs is told every secret of every config before it is used', () => {
  const { live, guarded } = start(
    config({ engine: { ...engine, secret: 'first-secret', headers: { 'x-team': 'a-header' } } }),
  );
  assert.deepEqual(guarded, ['first-secret,a-header']);
  live.swap(config({ engine: { ...engine, secret: 'second-secret' } }));
  assert.deepEqual(guarded, ['first-secret,a-header', 'second-secret']);
});

for (const [workers, limit] of [
  [1, 9],
  [2, 4],
  [10, 1],
] as const) {
  test(`of 9 slots that an engine tells, each of ${workers} workers has ${limit}`, async () => {
    const { live, slots } = start(config({ engine: { ...engine, provider: 'llamacpp' } }), workers);
    await live.discover();
    assert.deepEqual(slots.readings(), [{ upstream: 'engine', used: 0, limit, waiting: 0 }]);
  });
}
