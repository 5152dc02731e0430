import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { createRawClient, type RawClient, requestBytes } from '../../test/testkit/raw-client.ts';
import { CALLER_LEFT, CALLER_STALLED } from '../flow/stage.ts';
import type { Cancel } from '../lib/cancel.ts';
import { Connections } from './connection.ts';
import { OpenCall } from './open-call.ts';

const MB = 2 ** 20;
const PATIENCE = 30_000;
const GET = requestBytes('/', { method: 'GET' });

interface Served {
  readonly call: OpenCall;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A real server on a clock that stands still: what it is asked waits for the test to answer it. */
async function rig(t: TestContext) {
  const clock = new FakeClock();
  const connections = new Connections(clock, clock, PATIENCE);
  const served: Served[] = [];
  const over: Cancel[] = [];
  let arrived = (): void => {};
  const server = http.createServer((request, response) => {
    const connection = connections.of(request.socket);
    const call = new OpenCall(
      request,
      response,
      connection,
      () => ({}),
      ({ cancel }) => over.push(cancel),
    );
    served.push({ call, request, response });
    arrived();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const nth = async (number: number): Promise<Served> => {
    for (;;) {
      const found = served[number];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { clock, connections, over, nth, client: await createRawClient(url) };
}

/** So much that no system's buffers hold it. */
function flood({ call }: Served): void {
  call.outlet.begin(200, [], 96 * MB);
  call.outlet.write(Buffer.alloc(96 * MB));
}

async function read(client: RawClient, more: number): Promise<void> {
  const enough = client.received.length + more;
  client.resume();
  while (client.received.length < enough) await new Promise((resolve) => setImmediate(resolve));
  client.pause();
}

test('a caller who takes nothing is cut when its patience is over, and whoever works for it hears it at once', async (t) => {
  const { clock, client, nth } = await rig(t);
  client.pause();
  await client.write(GET);
  const served = await nth(0);
  flood(served);
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(PATIENCE - 1);
  assert.equal(served.call.cancel.requested, false);
  clock.advance(PATIENCE / 4 + 1);
  assert.equal(served.call.cancel.reason, CALLER_STALLED);
  assert.ok(served.request.socket.destroyed);
});

test('a caller who takes a little of one large write now and then is not cut', async (t) => {
  const { clock, client, nth } = await rig(t);
  await client.write(GET);
  const served = await nth(0);
  flood(served);
  for (let round = 0; round < 3; round += 1) {
    await read(client, 16 * MB);
    clock.advance(PATIENCE - 1_000);
    assert.equal(served.call.cancel.requested, false, `round ${round}`);
  }
  clock.advance(PATIENCE);
  assert.equal(served.call.cancel.reason, CALLER_STALLED);
});

test('a caller who reads all of it is on no list', async (t) => {
  const { clock, client, connections, nth } = await rig(t);
  await client.write(GET);
  const { call } = await nth(0);
  call.outlet.begin(200, [], 2);
  call.outlet.end('ok');
  assert.equal(connections.deadlines.size, 0);
  await client.reply();
  await client.write(GET);
  const large = await nth(1);
  large.call.outlet.begin(200, [], 16 * MB);
  large.call.outlet.end(Buffer.alloc(16 * MB));
  assert.equal(connections.deadlines.size, 1);
  await Promise.all([client.reply(), once(large.response, 'close')]);
  clock.advance(PATIENCE);
  assert.equal(connections.deadlines.size, 0);
  assert.equal(large.request.socket.destroyed, false);
});

test('an answer that was ready before its turn is watched when the turn comes', async (t) => {
  const { clock, client, nth } = await rig(t);
  await client.write(Buffer.concat([GET, GET]));
  const [first, second] = [await nth(0), await nth(1)];
  second.call.outlet.begin(200, [], 64 * MB);
  second.call.outlet.end(Buffer.alloc(64 * MB));
  clock.advance(2 * PATIENCE);
  assert.equal(second.call.cancel.requested, false, 'nobody reads what is not sent');
  client.pause();
  first.call.outlet.begin(200, [], 0);
  first.call.outlet.end();
  await once(first.response, 'close');
  clock.advance(2 * PATIENCE);
  assert.equal(second.call.cancel.reason, CALLER_STALLED);
});

test('a closed connection is the end of every call on it, and of all waiting', async (t) => {
  const { client, nth } = await rig(t);
  await client.write(Buffer.concat([GET, GET]));
  const [first, second] = [await nth(0), await nth(1)];
  for (const { call } of [first, second]) {
    call.outlet.begin(200, [], undefined);
    assert.equal(call.outlet.write(Buffer.alloc(MB)), false);
  }
  const waiting = [first.call.outlet.drained(), second.call.outlet.drained()];
  client.pause();
  client.abort();
  await Promise.all(waiting);
  assert.equal(first.call.cancel.reason, CALLER_LEFT);
  assert.equal(second.call.cancel.reason, CALLER_LEFT);
  assert.equal(second.call.outlet.write(Buffer.alloc(MB)), true, 'nothing is kept for nobody');
  await second.call.outlet.drained();
});

test('a call is over when its answer is out and the gateway is through with it, in either order', async (t) => {
  const { client, nth, over } = await rig(t);
  await client.write(Buffer.concat([GET, GET]));
  const [first, second] = [await nth(0), await nth(1)];
  first.call.outlet.begin(200, [], 0);
  first.call.outlet.end();
  await once(first.response, 'close');
  assert.deepEqual(over, [], 'its receipt is not written yet');
  first.call.settled();
  second.call.settled();
  assert.deepEqual(over, [first.call.cancel], 'the second answer is not out yet');
  client.abort();
  await new Promise((resolve) => second.request.socket.once('close', resolve));
  assert.deepEqual(over, [first.call.cancel, second.call.cancel]);
});

test('a connection that serves call after call grows no listeners', async (t) => {
  const { client, nth } = await rig(t);
  const counts = new Set<number>();
  for (let number = 0; number < 30; number += 1) {
    await client.write(GET);
    const { call, request } = await nth(number);
    counts.add(request.socket.listenerCount('close'));
    call.outlet.begin(200, [], 0);
    call.outlet.end();
    call.settled();
    await client.reply();
  }
  assert.equal(counts.size, 1);
});
