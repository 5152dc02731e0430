import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { createRawClient, type RawClient, requestBytes } from '../../test/testkit/raw-client.ts';
import { createKeys } from '../assembly/keys.ts';
import { asCallId } from '../canonical/ids.ts';
import { emptyConfig } from '../config/defaults.ts';
import type { IssuedKey } from '../flow/admit/key-ring.ts';
import type { Gateway } from '../gateway.ts';
import type { Cancel } from '../lib/cancel.ts';
import { Connections } from './connection.ts';
import { createServer } from './listen.ts';
import { OverloadGuard } from './overload/guard.ts';
import { House } from './routes.ts';

const KEY = 'sk-signalbox-test-0123456789abcdef';

/** The house around a gateway of the test's own making. */
async function rig(t: TestContext, gateway: () => Partial<Gateway>) {
  const clock = new FakeClock();
  const connections = new Connections(clock, clock, 30_000);
  const { listen } = emptyConfig();
  const keys = createKeys({ pepper: Buffer.alloc(32), clock, keys: [], firstKey: KEY });
  const bugs: unknown[] = [];
  const open = new Set<Cancel>();
  const bounds = emptyConfig().overload;
  const none = (): void => undefined;
  const figures = { heap: () => ({ used: 0, limit: 1 }), descriptors: () => undefined, collect: none };
  const told = { onEpisode: none, onSaving: none, onRoom: none };
  const guard = new OverloadGuard({ bounds, clock, ticker: clock, figures, open: () => open.size, ...told });
  const house = new House({
    gateway: () => ({ config: emptyConfig(), keys, ...gateway() }) as Gateway,
    metrics: () => 'a'.repeat(32 * 2 ** 20),
    draining: () => false,
    guard,
    opened: (cancel) => open.add(cancel),
    closed: (cancel) => open.delete(cancel),
    newCallId: () => asCallId('call-1'),
    connections,
    onBug: (cause) => bugs.push(cause),
    since: new Date(0),
  });
  const server = createServer(listen, house.handle, connections);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { bugs, open, connections, connect: (): Promise<RawClient> => createRawClient(url) };
}

test('a call that fails beyond expectation is cut, told as a bug, and no longer open', async (t) => {
  const fault = new Error('a fault of our own');
  const { bugs, open, connect } = await rig(t, () => ({ call: () => Promise.reject(fault) }));
  const client = await connect();
  await client.write(requestBytes('/v1/chat/completions', { headers: { 'x-api-key': KEY }, body: {} }));
  await client.closed;
  assert.deepEqual(bugs, [fault]);
  assert.equal(open.size, 0);
});

test('web pages are let in by the config of the moment', async (t) => {
  const config = emptyConfig();
  const open = {
    config: { ...config, listen: { ...config.listen, cors: { origins: ['https://a.example'] } } },
  };
  let now: Partial<Gateway> = open;
  const { connect } = await rig(t, () => now);
  const client = await connect();
  const allowed: (string | undefined)[] = [];
  for (const gateway of [open, open, { config }, open]) {
    now = gateway;
    await client.write(requestBytes('/livez', { method: 'GET', headers: { origin: 'https://a.example' } }));
    allowed.push((await client.reply()).headers['access-control-allow-origin']);
  }
  assert.deepEqual(allowed, ['https://a.example', 'https://a.example', undefined, 'https://a.example']);
});

test('a page that is not read is watched like any answer', async (t) => {
  const operator = { record: { name: 'operator', metrics: true } } as IssuedKey;
  const { connections, connect } = await rig(t, () => ({ keys: { find: () => operator } }));
  const client = await connect();
  await client.write(requestBytes('/metrics', { method: 'GET' }));
  await client.until('200 OK');
  assert.equal(connections.deadlines.size, 1);
  client.abort();
});
