import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { test } from 'node:test';
import { FakeClock, settled } from '../../test/testkit/flow-doubles.ts';
import { Cancel } from '../lib/cancel.ts';
import { Drain, SHUTDOWN } from './drain.ts';

test('calls are waited for, then told, then cut off, and even then may still write their receipts', async () => {
  const clock = new FakeClock();
  const drain = new Drain(clock);
  const told: string[] = [];
  const server = {
    close: () => told.push('no new ones'),
    closeIdleConnections: () => told.push('no idle ones'),
    closeAllConnections: () => told.push('none at all'),
  } as unknown as Server;
  const call = new Cancel();
  drain.opened(call);
  let empty = false;
  const emptied = drain.empty(server, 30_000).then(() => {
    empty = true;
  });
  assert.deepEqual(told, ['no new ones', 'no idle ones']);
  clock.advance(29_999);
  await settled();
  assert.equal(call.requested, false);
  clock.advance(1);
  await settled();
  assert.equal(call.reason, SHUTDOWN);
  clock.advance(1_000);
  await settled();
  assert.equal(told.at(-1), 'none at all');
  assert.equal(empty, false, 'its receipt is being written');
  drain.closed(call);
  await emptied;
});

test('who has connected and not yet asked is heard out, for a moment', async () => {
  const clock = new FakeClock();
  const drain = new Drain(clock);
  const told: string[] = [];
  let connections = 1;
  const server = {
    close: () => {},
    closeIdleConnections: () => {},
    closeAllConnections: () => told.push('none at all'),
    getConnections: (tell: (error: null, count: number) => void) => tell(null, connections),
  } as unknown as Server;
  const emptied = drain.empty(server, 30_000);
  await settled();
  clock.advance(25);
  const call = new Cancel();
  drain.opened(call);
  connections = 0;
  clock.advance(25);
  await settled();
  assert.deepEqual(told, [], 'its call is waited for');
  drain.closed(call);
  await emptied;

  connections = 1;
  const again = new Drain(clock).empty(server, 30_000);
  for (let moment = 0; moment < 10; moment += 1) {
    await settled();
    assert.equal(told.length, 1);
    clock.advance(25);
  }
  await again;
  assert.equal(told.length, 2, 'but not one who says nothing');
});
