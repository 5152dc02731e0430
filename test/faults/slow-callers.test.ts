// Callers who take their time: they are told so within seconds, and cost the others nothing.
import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply } from '../testkit/replies.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';

const MANY = Number(process.env['FAULTS_SLOWLORIS'] ?? 300);
/** The shipped 10 s and this differ in nothing else. */
const ARRIVAL = 1_000;
/** By so much of the whole a refusal may come late: 12 s of 10. */
const LATE = 1.2;
const PATH = '/v1/chat/completions';
const MESSAGES = [{ role: 'user', content: 'Hello.' }];
const headers = { authorization: `Bearer ${KEY}` };
let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  upstream.respond(chatReply({ text: 'Hi.' }));
  gateway = await startGateway(`
listen: { arrival: ${ARRIVAL}ms }
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
models:
  chat: { targets: [chat/m] }
`);
});
after(async () => {
  await gateway.quiet();
  assert.equal((await gateway.metrics()).get('signalbox_held_body_bytes'), 0);
  await gateway.stop();
  await upstream.close();
});

/** A byte now and then, until it is told to stop. */
function dribble(client: RawClient, text: string): () => void {
  let at = 0;
  const timer = setInterval(() => {
    if (!client.isClosed) void client.write(text.charAt(at % text.length));
    at += 1;
  }, ARRIVAL / 8);
  return () => clearInterval(timer);
}

/** Median milliseconds of calls, one after the other. */
async function median(count: number): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const from = performance.now();
    const reply = await gateway.ask(PATH, { model: 'chat', messages: MESSAGES });
    assert.equal(reply.status, 200);
    took.push(performance.now() - from);
  }
  return took.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
}

describe('row 32', { timeout: 60_000 }, () => {
  it(`row 32: ${MANY} callers who dribble their headers get 408 in time, while others are served as before`, async () => {
    const alone = await median(20);
    const clients: RawClient[] = [];
    const stops: (() => void)[] = [];
    for (let i = 0; i < MANY; i += 1) {
      const client = await createRawClient(gateway.url);
      await client.write(`POST ${PATH} HTTP/1.1\r\nx-slow: `);
      clients.push(client);
      stops.push(dribble(client, 'abcdefgh'));
    }
    const beside = await median(20);
    const from = performance.now();
    const replies = await Promise.all(clients.map((client) => client.reply()));
    const took = performance.now() - from;
    for (const stop of stops) stop();
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [408]);
    await Promise.all(clients.map(({ closed }) => closed));
    assert.ok(took <= ARRIVAL * LATE + 1_000, `the last one was told after ${took} ms`);
    // They share a processor with this test's own dribbling: a hundredfold would mean that calls wait for them.
    assert.ok(beside < alone * 20 + 50, `${alone} ms alone, ${beside} ms beside them`);
  });

  it('row 32: a body that dribbles gets 408 in its dialect, and the connection ends', async () => {
    const refusals = [
      [PATH, 'request_timeout'],
      ['/v1/messages', 'request_timeout'],
    ] as const;
    for (const [path] of refusals) {
      const client = await createRawClient(gateway.url);
      const whole = requestBytes(path, {
        headers,
        body: { model: 'chat', max_tokens: 9, messages: MESSAGES },
      });
      await client.write(whole.subarray(0, whole.length - 40));
      const stop = dribble(client, ' ');
      const from = performance.now();
      const reply = await client.reply();
      stop();
      assert.equal(reply.status, 408, reply.text);
      assert.equal(reply.headers.connection, 'close');
      assert.match(reply.json.error.message, /did not arrive in time/);
      assert.ok(performance.now() - from <= ARRIVAL * LATE + 500);
      await client.closed;
    }
  });

  it('row 32: a large body over a slow line takes as long as it takes, as long as it comes', async () => {
    const client = await createRawClient(gateway.url);
    const body = JSON.stringify({
      model: 'chat',
      messages: [{ role: 'user', content: 'a'.repeat(100_000) }],
    });
    const whole = requestBytes(PATH, { headers, body });
    const from = performance.now();
    for (let at = 0; at < whole.length; at += 9_000) {
      await client.write(whole.subarray(at, at + 9_000));
      await new Promise((resolve) => setTimeout(resolve, ARRIVAL / 5));
    }
    assert.equal((await client.reply()).status, 200);
    assert.ok(performance.now() - from > ARRIVAL * 2);
    client.abort();
  });
});
