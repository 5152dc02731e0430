// Faults of the catalogue that are about waiting: a crowd beside quiet neighbours, and upstreams that are down.
import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import type { RawReply } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { createGate, type Gate, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { seededRandom } from '../testkit/seeded-random.ts';
import { type Arrival, quantile, simulate } from '../testkit/shared-engine.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const SLOTS = 8;
const MINUTES = 3;
const QUIET = Array.from({ length: 20 }, (_, i) => `quiet ${i}`);

/** Calls of half a second to one and a half, at random moments, so many a minute. */
function traffic(tenant: string, perMinute: number, random: () => number): readonly Arrival[] {
  const span = MINUTES * 60_000;
  return Array.from({ length: perMinute * MINUTES }, () => ({
    at: Math.floor(random() * span),
    tenant,
    work: 500 + Math.floor(random() * 1_000),
  }));
}

for (const seed of [1, 2, 3]) {
  test(`row 68: a tenant with 1000 times the traffic: the p99 of the others stays below 1.5 times theirs alone (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const others = QUIET.flatMap((tenant) => traffic(tenant, 3, random));
    const alone = await simulate(others, SLOTS);
    const together = await simulate([...others, ...traffic('noisy', 3_000, random)], SLOTS);
    const quiet = together.filter(({ arrival }) => arrival.tenant !== 'noisy');
    assert.equal(quiet.length, others.length);
    assert.ok(
      quiet.every(({ took }) => took !== undefined),
      'none of theirs is turned away',
    );
    const [before, now] = [alone, quiet].map((done) =>
      quantile(
        done.map(({ took }) => took ?? Infinity),
        0.99,
      ),
    );
    assert.ok((now ?? 0) < 1.5 * (before ?? 0), `${before} ms alone, ${now} ms beside the crowd`);
    const noisy = together.filter(({ arrival, took }) => arrival.tenant === 'noisy' && took !== undefined);
    assert.ok(noisy.length > MINUTES * 60 * 6, 'and the rest of the engine is not left idle');
  });
}

test('row 68: two crowds share an engine by the time they hold it, not by how many they are or how long their calls', async () => {
  const random = seededRandom(7);
  const short = traffic('short', 3_000, random).map((arrival) => ({ ...arrival, work: 200 }));
  const long = traffic('long', 600, random).map((arrival) => ({ ...arrival, work: 4_000 }));
  const done = await simulate([...short, ...long], SLOTS);
  // While both were there: who has called most is served alone for a while afterwards.
  const both = done.filter(({ arrival, took = Infinity }) => arrival.at + took < MINUTES * 60_000);
  const worked = (tenant: string): number =>
    both.reduce((sum, { arrival }) => sum + (arrival.tenant === tenant ? arrival.work : 0), 0);
  const share = worked('long') / (worked('short') + worked('long'));
  assert.ok(share > 0.48 && share < 0.52, String(share));
});

test('row 68: calls of low priority beside a crowd of high ones are slow, but answered', async () => {
  const random = seededRandom(11);
  const high = traffic('high', 1_200, random).map((arrival) => ({ ...arrival, priority: 'high' as const }));
  const low = traffic('low', 6, random).map((arrival) => ({ ...arrival, priority: 'low' as const }));
  const done = await simulate([...high, ...low], SLOTS);
  const answered = done.filter(({ arrival, took }) => arrival.tenant === 'low' && took !== undefined);
  assert.equal(answered.length, low.length);
});

const NOISY = 'sk-signalbox-test-noisy-0123456789';
const CALM = 'sk-signalbox-test-quiet-0123456789';
const METRICS = 'sk-signalbox-test-metrics-01234567';

describe('over sockets', () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;

  before(async () => {
    upstream = await createScriptedUpstream();
    const gone = await createScriptedUpstream();
    await gone.close();
    gateway = await startGateway(`
keys:
  - { name: noisy, secret: ${NOISY}, tenant: noisy }
  - { name: calm, secret: ${CALM}, tenant: calm }
  - { name: metrics, secret: ${METRICS}, models: [], metrics: true }
upstreams:
  gpu: { provider: openai-compatible, url: ${upstream.url}, concurrency: 2, queue: { length: 50 } }
  gone: { provider: openai-compatible, url: ${gone.url}, concurrency: 1, queue: { length: 50, wait: 10s } }
models:
  m: { targets: [gpu/m] }
  gone: { targets: [gone/m] }
`);
  });

  after(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const ask = (key: string, model: string, said: string): Promise<RawReply> =>
    gateway.ask(
      '/v1/chat/completions',
      { model, messages: [{ role: 'user', content: said }] },
      { authorization: `Bearer ${key}` },
    );

  it('row 68: who comes after a crowd of forty is next when a slot is free', async () => {
    const gates: Gate[] = [];
    upstream.respond((call) => {
      const gate = createGate();
      gates.push(gate);
      return [wait(gate.opened), ...chatReply({ text: 'Yes.' })(call)];
    });
    const first = upstream.calls.length;
    const crowd = Array.from({ length: 40 }, (_, i) => ask(NOISY, 'm', `crowd ${i}`));
    await upstream.call(first + 1);
    await waitingAt(38);
    const calm = ask(CALM, 'm', 'me, please');
    await waitingAt(39);
    gates[0]?.open();
    const third = await upstream.call(first + 2);
    assert.match(third.text, /me, please/);
    for (let i = 1; i < 41; i += 1) {
      await upstream.call(first + i);
      gates[i]?.open();
    }
    const reply = await calm;
    assert.equal(reply.status, 200);
    assert.match(
      reply.headers['server-timing'] ?? '',
      /^gateway;dur=[\d.]+, queue;dur=[\d.]+, upstream;dur=/,
    );
    for (const { status } of await Promise.all(crowd)) assert.equal(status, 200);
    const receipt = gateway.receipts().find((one) => one.key === 'calm');
    assert.equal(receipt.queued[0].position, 1);
    assert.equal(receipt.queued[0].outcome, 'served');
    await flat('gpu');
  });

  it('row 20: with its upstream down a queue empties as fast as attempts fail, and is flat at the end', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(NOISY, 'gone', `call ${i}`)));
    for (const { status } of replies) assert.ok(status === 502 || status === 503, String(status));
    const receipts = gateway.receipts().filter((one) => one.asked === 'gone');
    const waits = receipts.flatMap((one) => one.queued ?? []);
    assert.ok(waits.length > 0, 'some had to wait');
    assert.ok(
      waits.every((one) => one.outcome === 'served' || one.outcome === 'dismissed'),
      'nobody in vain',
    );
    await flat('gone');
  });

  async function metric(name: string, upstream: string): Promise<number | undefined> {
    const reply = await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${METRICS}` } });
    const line = (await reply.text())
      .split('\n')
      .find((one) => one.startsWith(`${name}{upstream="${upstream}"`));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  }

  async function waitingAt(length: number): Promise<void> {
    for (let tries = 0; tries < 1_000; tries += 1) {
      if ((await metric('signalbox_queue_length', 'gpu')) === length) return;
    }
    assert.fail(`there were never ${length} in the queue`);
  }

  async function flat(upstream: string): Promise<void> {
    for (let tries = 0; tries < 1_000; tries += 1) {
      if ((await metric('signalbox_slots_used', upstream)) === 0) break;
    }
    assert.equal(await metric('signalbox_slots_used', upstream), 0);
    assert.equal(await metric('signalbox_queue_length', upstream), 0);
  }
});
