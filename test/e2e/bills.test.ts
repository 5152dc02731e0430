// What the upstream has worked for is owed and counts against limits, whoever left or broke off before the end.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, json, reset, type Script, sseHead, stall } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { cutAfter } from './setting.ts';

/** So small that the day gives none of it back while the test runs. */
const LIMIT = 1_000;
const ask = { stream: true, messages: [{ role: 'user', content: 'z'.repeat(200) }] };
/** Four bytes a token. */
const guessOf = (model: string): number => Math.ceil(JSON.stringify({ model, ...ask }).length / 4);
const costOf = (fresh: number, output: number): string => String(fresh * 3_000 + output * 15_000);

let gateway: Gateway;
let first: ScriptedUpstream;
let second: ScriptedUpstream;

before(async () => {
  first = await createScriptedUpstream();
  second = await createScriptedUpstream();
  gateway = await startGateway(`
keys:
  - { name: test, secret: sk-signalbox-test-0123456789abcdef, metrics: true, limits: ["${LIMIT} tokens/day"] }
upstreams:
  a: { provider: openai-compatible, url: '${first.url}', models: { m: { price: { input: 3, output: 15 } } } }
  b: { provider: openai-compatible, url: '${second.url}', models: { m: { price: { input: 3, output: 15 } } } }
models:
  both: { targets: [a/m, b/m] }
`);
});

after(async () => {
  await gateway.stop();
  await first.close();
  await second.close();
});

/** Sends a call, leaves once the upstream has it and `seen` has come back. */
async function leave(model: string, seen: string | undefined): Promise<void> {
  const at = first.calls.length;
  const client = await createRawClient(gateway.url);
  const headers = { authorization: `Bearer ${gateway.key}` };
  await client.write(requestBytes('/v1/chat/completions', { headers, body: { model, ...ask } }));
  await first.call(at);
  if (seen !== undefined) await client.until(seen);
  client.abort();
  await gateway.quiet();
}

/** How much of the limit is used. A call that the upstream turns down tells, and is given back. */
async function taken(): Promise<number> {
  first.next(json({ error: { message: 'No.' } }, 400));
  const reply = await gateway.ask('/v1/chat/completions', { model: 'a/m', ...ask });
  const left = Number(reply.headers['x-ratelimit-remaining-tokens']);
  return LIMIT - left - guessOf('a/m');
}

describe('a caller who leaves', () => {
  const opening = cutAfter(chatStream({ text: 'Hello there.' }, false), 'Hello')[0];
  const moments: readonly (readonly [
    when: string,
    script: Script,
    seen: string | undefined,
    output: number,
  ])[] = [
    ['before the first byte', [stall], undefined, 0],
    ['before the first token', [sseHead(), stall], undefined, 0],
    ['after the first token', [sseHead(), bytes(opening), stall], 'Hello', 1],
  ];
  for (const [when, script, seen, output] of moments) {
    it(`${when} owes what the upstream has read and written, and has it counted`, async () => {
      const so = await taken();
      first.respond(script);
      await leave('a/m', seen);
      const receipt = gateway.receipts().at(-1);
      const fresh = guessOf('a/m');
      assert.equal(receipt.outcome, 'client_gone');
      assert.equal(receipt.tokens.estimated, true);
      assert.deepEqual([receipt.tokens.fresh, receipt.tokens.output], [fresh, output]);
      assert.deepEqual([receipt.cost_state, receipt.cost_nano], ['priced', costOf(fresh, output)]);
      assert.equal((await taken()) - so, fresh + output);
    });
  }
});

describe('a call that another upstream answers', () => {
  it('costs what both have done, and the receipt says who did what', async () => {
    first.respond([reset]);
    second.respond(chatReply({ text: 'Hello.' }));
    const reply = await gateway.ask('/v1/chat/completions', { model: 'both', ...ask });
    assert.equal(reply.status, 200);
    await gateway.quiet();
    const receipt = gateway.receipts().at(-1);
    const [lost, answered] = receipt.attempts;
    const guess = guessOf('both');
    assert.deepEqual([lost.tokens.fresh, lost.tokens.output, lost.tokens.estimated], [guess, 0, true]);
    assert.equal(lost.cost_nano, costOf(guess, 0));
    assert.equal(answered.tokens.estimated, false);
    assert.equal(receipt.tokens.fresh, guess + answered.tokens.fresh);
    assert.equal(Number(receipt.cost_nano), Number(lost.cost_nano) + Number(answered.cost_nano));
  });

  it('costs nothing for an upstream that turned it down', async () => {
    first.respond(json('busy', 503));
    const reply = await gateway.ask('/v1/chat/completions', { model: 'both', ...ask });
    assert.equal(reply.status, 200);
    await gateway.quiet();
    const receipt = gateway.receipts().at(-1);
    assert.deepEqual([receipt.attempts[0].status, receipt.attempts[0].tokens], [503, undefined]);
    assert.equal(receipt.cost_nano, receipt.attempts[1].cost_nano);
  });
});
