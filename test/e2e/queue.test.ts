// Slots over sockets: who waits, who is told, who goes on, in the words of the dialect he came with.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawReply, requestBytes } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { createGate, type Gate, json, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';
import { facePaths } from './errors.ts';
import { dialects } from './setting.ts';

const question = { max_tokens: 100, messages: [{ role: 'user', content: 'Hello.' }] };

let upstreams: readonly [ScriptedUpstream, ScriptedUpstream];
let gateway: Gateway;
/** Of calls under way at the first upstream, in the order in which they came. */
let gates: Gate[] = [];

before(async () => {
  upstreams = [await createScriptedUpstream(), await createScriptedUpstream()];
  upstreams[0].respondToGet(({ path }) =>
    path === '/props' ? json({ total_slots: 1 }) : json({ data: [{ id: 'm' }] }),
  );
  gateway = await startGateway(`
keys:
  - { name: test, secret: ${KEY}, metrics: true }
upstreams:
  gpu: { provider: openai-compatible, url: ${upstreams[0].url}, concurrency: 1 }
  short: { provider: openai-compatible, url: ${upstreams[0].url}, concurrency: 1, queue: { wait: 100ms } }
  full: { provider: openai-compatible, url: ${upstreams[0].url}, concurrency: 1, queue: { length: 1 } }
  engine: { provider: llamacpp, url: ${upstreams[0].url} }
  other: { provider: openai-compatible, url: ${upstreams[1].url} }
models:
  m: { targets: [gpu/m] }
  short: { targets: [short/m] }
  full: { targets: [full/m] }
  engine: { targets: [engine/m] }
  ordered: { targets: [gpu/m, other/m] }
  spilling: { targets: [gpu/m, other/m], queue: { spill: true } }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  for (const upstream of upstreams) await upstream.close();
});

beforeEach(() => {
  gates = [];
  upstreams[0].respond((call) => {
    const gate = createGate();
    gates.push(gate);
    return [wait(gate.opened), ...chatReply({ text: 'From the first.' })(call)];
  });
  upstreams[1].respond(chatReply({ text: 'From the other.' }));
});

/** A call that is under way at the first upstream. */
async function hold(model: string): Promise<{ readonly reply: Promise<RawReply> }> {
  const at = upstreams[0].calls.length;
  const reply = gateway.ask(facePaths.chat, { model, ...question });
  await upstreams[0].call(at);
  return { reply };
}

async function until(name: string, value: number): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    if ((await gateway.metrics()).get(name) === value) return;
  }
  assert.fail(`${name} was never ${value}`);
}

/** As each dialect says it. */
const overloaded = { chat: 503, messages: 529 } as const;

const length = (upstream: string): string => `signalbox_queue_length{upstream="${upstream}"}`;
const limit = (upstream: string): string => `signalbox_slots_limit{upstream="${upstream}"}`;
const received = (reply: JsonValue): JsonValue => gateway.receipts().find((one) => one.id === reply);

describe('an upstream with one slot', () => {
  for (const face of dialects) {
    for (const stream of [false, true]) {
      it(`lets a ${stream ? 'streamed ' : ''}call of ${face} wait, and then answers it`, async () => {
        const held = await hold('m');
        const at = upstreams[0].calls.length;
        const waiting = gateway.ask(facePaths[face], { model: 'm', stream, ...question });
        await until(length('gpu'), 1);
        assert.equal(upstreams[0].calls.length, at, 'nothing was sent while it waited');
        gates[0]?.open();
        await upstreams[0].call(at);
        gates[1]?.open();
        const reply = await waiting;
        assert.equal(reply.status, 200);
        assert.match(reply.text, /From the first/);
        assert.equal((await held.reply).status, 200);
        const receipt = received(reply.headers['x-request-id']);
        assert.deepEqual([receipt.queued[0].position, receipt.queued[0].outcome], [1, 'served']);
        assert.ok(receipt.queued[0].ms <= receipt.attempts[0].start_ms);
      });
    }

    it(`tells a caller of ${face} whom the queue cannot hold`, async () => {
      const held = await hold('full');
      const waiting = gateway.ask(facePaths[face], { model: 'full', ...question });
      await until(length('full'), 1);
      const reply = await gateway.ask(facePaths[face], { model: 'full', ...question });
      assert.equal(reply.status, overloaded[face]);
      assert.match(
        reply.json.error.message,
        /^The queue of the upstream "full" is full: 1 call waits for its only slot\. Try/,
      );
      assert.match(reply.headers['retry-after'] ?? '', /^\d+$/);
      gates[0]?.open();
      assert.equal((await held.reply).status, 200);
      while (gates.length < 2) await gateway.metrics();
      gates[1]?.open();
      assert.equal((await waiting).status, 200);
    });

    it(`tells a caller of ${face} who waited in vain`, async () => {
      const held = await hold('short');
      const late = await gateway.ask(facePaths[face], { model: 'short', stream: true, ...question });
      assert.equal(late.status, overloaded[face]);
      assert.match(
        late.json.error.message,
        /had no room for this call for 0\.1 seconds: it was at position 1 of 1 in the/,
      );
      assert.match(late.headers['retry-after'] ?? '', /^\d+$/);
      const receipt = received(late.headers['x-request-id']);
      assert.equal(receipt.outcome, 'overloaded');
      assert.equal(receipt.queued[0].outcome, 'timed_out');
      assert.equal(receipt.attempts, undefined, 'nothing was tried');
      gates[0]?.open();
      assert.equal((await held.reply).status, 200);
    });

    it(`forgets a caller of ${face} who leaves while waiting`, async () => {
      const held = await hold('m');
      const at = upstreams[0].calls.length;
      const client = await createRawClient(gateway.url);
      const headers = { authorization: `Bearer ${KEY}` };
      await client.write(requestBytes(facePaths[face], { headers, body: { model: 'm', ...question } }));
      await until(length('gpu'), 1);
      client.abort();
      await until(length('gpu'), 0);
      gates[0]?.open();
      assert.equal((await held.reply).status, 200);
      await gateway.quiet();
      assert.equal(upstreams[0].calls.length, at, 'the upstream never heard of it');
      const receipt = gateway
        .receipts()
        .find(
          (one) =>
            one.queued?.[0]?.outcome === 'left' &&
            one.face.startsWith(face === 'chat' ? 'openai' : 'anthropic'),
        );
      assert.equal(receipt.outcome, 'client_gone');
    });
  }

  it('counts what became of those who waited', async () => {
    const metrics = await gateway.metrics();
    assert.equal(metrics.get('signalbox_queued_total{upstream="gpu",outcome="served"}'), 4);
    assert.equal(metrics.get('signalbox_queued_total{upstream="short",outcome="timed_out"}'), 2);
    assert.equal(metrics.get('signalbox_queued_total{upstream="full",outcome="full"}'), 2);
    assert.equal(metrics.get('signalbox_queue_wait_seconds_count{upstream="gpu",outcome="left"}'), 2);
  });

  it('keeps those who wait through a reload, and lets them in when it has more slots', async () => {
    const held = await hold('m');
    const at = upstreams[0].calls.length;
    const waiting = gateway.ask(facePaths.chat, { model: 'm', ...question });
    await until(length('gpu'), 1);
    const text = readFileSync(gateway.configFile, 'utf8');
    writeFileSync(gateway.configFile, text.replace('concurrency: 1 }', 'concurrency: 2 }'));
    await upstreams[0].call(at);
    assert.equal((await gateway.metrics()).get(limit('gpu')), 2);
    for (const gate of gates) gate.open();
    assert.equal((await waiting).status, 200);
    assert.equal((await held.reply).status, 200);
    writeFileSync(gateway.configFile, text);
    await until(limit('gpu'), 1);
  });
});

describe('an engine that says how many slots it has', () => {
  it('is sent no more than that', async () => {
    await until(limit('engine'), 1);
    const held = await hold('engine');
    const waiting = gateway.ask(facePaths.chat, { model: 'engine', ...question });
    await until(length('engine'), 1);
    gates[0]?.open();
    assert.equal((await held.reply).status, 200);
    await until(length('engine'), 0);
    while (gates.length < 2) await gateway.metrics();
    gates[1]?.open();
    assert.equal((await waiting).status, 200);
  });
});

describe('a model with another target', () => {
  it('waits for the first where the order is one of preference', async () => {
    const held = await hold('ordered');
    const at = upstreams[0].calls.length;
    const waiting = gateway.ask(facePaths.chat, { model: 'ordered', ...question });
    await until(length('gpu'), 1);
    gates[0]?.open();
    await upstreams[0].call(at);
    gates[1]?.open();
    assert.match((await waiting).text, /From the first/);
    await held.reply;
  });

  it('goes on where it says so, and the receipt tells why', async () => {
    const held = await hold('spilling');
    const reply = await gateway.ask(facePaths.chat, { model: 'spilling', ...question });
    assert.match(reply.text, /From the other/);
    assert.equal(reply.headers['x-signalbox-upstream'], 'other/m');
    const receipt = received(reply.headers['x-request-id']);
    assert.deepEqual(
      receipt.queued.map((one: JsonValue) => [one.target, one.outcome]),
      [['gpu/m', 'no_room']],
    );
    gates[0]?.open();
    assert.match((await held.reply).text, /From the first/);
  });
});
