// A second attempt beside a slow first one: the caller has the quicker answer, the slower upstream is let go at once, and
// both are on the bill.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createRawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { createGate, json, stall, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

let slow: ScriptedUpstream;
let quick: ScriptedUpstream;
let away: ScriptedUpstream;
let gateway: Gateway;

beforeEach(async () => {
  [slow, quick, away] = [
    await createScriptedUpstream(),
    await createScriptedUpstream(),
    await createScriptedUpstream(),
  ];
  for (const one of [slow, quick, away]) one.respond(chatReply({ text: 'Hi.' }));
  const price = 'models: { m: { price: { input: 1000, output: 1000 } } }';
  gateway = await startGateway(`
upstreams:
  slow: { provider: openai-compatible, url: ${slow.url}, zone: local, ${price} }
  quick: { provider: openai-compatible, url: ${quick.url}, zone: local, ${price} }
  away: { provider: openai-compatible, url: ${away.url}, zone: cloud, ${price} }
  narrow: { provider: openai-compatible, url: ${slow.url}, zone: local, concurrency: 1 }
models:
  m: { targets: [slow/m, away/m, quick/m], hedge: { after: 60ms, share: 1 } }
  queued: { targets: [narrow/m, quick/m], hedge: { after: 60ms, share: 1 } }
  far: { targets: [slow/m, away/m], hedge: { after: 60ms, share: 1 } }
  seldom: { targets: [slow/m, quick/m], hedge: { after: 60ms, share: 0.05 } }
`);
});

afterEach(async () => {
  await gateway.quiet();
  await gateway.stop();
  for (const one of [slow, quick, away]) await one.close();
});

function ask(model: string, stream = false): ReturnType<Gateway['ask']> {
  return gateway.ask('/v1/chat/completions', {
    model,
    stream,
    messages: [{ role: 'user', content: 'Hello.' }],
  });
}

describe('hedging', () => {
  for (const stream of [false, true]) {
    it(`answers from the second target when the first is silent${stream ? ', streamed' : ''}`, async () => {
      slow.respond([stall]);
      const reply = await ask('m', stream);
      assert.equal(reply.status, 200);
      assert.match(reply.text, /Hi\./);
      const [call] = slow.calls;
      await call?.aborted;
      assert.equal(away.calls.length, 0, 'a prompt does not leave its zone for speed');
      const [receipt] = gateway.receipts();
      assert.equal(receipt.upstream, 'quick');
      assert.equal(receipt.attempts.length, 2);
      const [first, second] = receipt.attempts;
      assert.equal(second.outcome, 'ok');
      assert.equal(first.outcome, 'client_gone');
      assert.ok(first.tokens.fresh > 0 && first.tokens.estimated, 'what was let go has a price, too');
      assert.equal(receipt.tokens.fresh, first.tokens.fresh + second.tokens.fresh);
    });
  }

  it('lets the first answer when it is the first after all', async () => {
    const gate = createGate();
    slow.respond((call) => [wait(gate.opened), ...chatReply({ text: 'Slow.' })(call)]);
    quick.respond([stall]);
    const asked = ask('m');
    await quick.call(0);
    gate.open();
    assert.match((await asked).text, /Slow\./);
    await quick.calls[0]?.aborted;
    const [receipt] = gateway.receipts();
    assert.equal(receipt.upstream, 'slow');
  });

  it('is no second chance less: when both fail, the next target is tried', async () => {
    const gate = createGate();
    const broken = json({ error: { message: 'No.' } }, 500);
    slow.respond([wait(gate.opened), ...broken]);
    quick.respond(broken);
    const asked = ask('m');
    await quick.call(0);
    gate.open();
    assert.equal((await asked).status, 200);
    assert.deepEqual(
      gateway.receipts()[0].attempts.map((one: { target: string; outcome: string }) => one.target),
      ['slow/m', 'quick/m', 'away/m'],
    );
  });

  it('never goes to another zone', async () => {
    const gate = createGate();
    slow.respond((call) => [wait(gate.opened), ...chatReply({ text: 'Hi.' })(call)]);
    const asked = ask('far');
    await slow.call(0);
    setTimeout(() => gate.open(), 150);
    assert.equal((await asked).status, 200);
    assert.equal(away.calls.length, 0);
  });

  it('is bounded by its share of the calls', async () => {
    slow.respond((call) => {
      const gate = createGate();
      setTimeout(() => gate.open(), 150);
      return [wait(gate.opened), ...chatReply({ text: 'Hi.' })(call)];
    });
    for (let call = 0; call < 4; call += 1) assert.equal((await ask('seldom')).status, 200);
    assert.equal(quick.calls.length, 1);
  });

  it('leaves with its caller', async () => {
    slow.respond([stall]);
    quick.respond([stall]);
    const client = await createRawClient(gateway.url);
    const headers = { authorization: `Bearer ${gateway.key}` };
    const body = { model: 'm', messages: [{ role: 'user', content: 'Hello.' }] };
    await client.write(requestBytes('/v1/chat/completions', { headers, body }));
    await quick.call(0);
    client.abort();
    await slow.calls[0]?.aborted;
    await quick.calls[0]?.aborted;
  });

  it('lets go of a first attempt that still waits for its slot', async () => {
    const held = createGate();
    slow.respond((call) => [wait(held.opened), ...chatReply({ text: 'Slow.' })(call)]);
    const first = gateway.ask('/v1/chat/completions', {
      model: 'narrow/m',
      messages: [{ role: 'user', content: 'Hello.' }],
    });
    await slow.call(0);
    const reply = await ask('queued');
    assert.match(reply.text, /Hi\./);
    assert.equal(reply.headers['x-signalbox-upstream'], 'quick/m');
    held.open();
    await first;
    await gateway.quiet();
    assert.equal(slow.calls.length, 1, 'who has his answer is not asked for again');
    const receipt = gateway
      .receipts()
      .find((one: { asked_model?: string; model?: string }) => one.model === 'queued');
    assert.equal(receipt.upstream, 'quick');
    assert.equal(receipt.attempts.length, 1);
  });

  it('does nothing twice that a service does beside answering', async () => {
    slow.respond([stall]);
    const body = { model: 'm', input: 'Pay.', store: false, tools: [{ type: 'web_search' }] };
    const asked = gateway.ask('/v1/responses', body, { 'x-signalbox-timeout': '0.4' });
    await asked;
    assert.equal(quick.calls.length, 0);
  });
});
