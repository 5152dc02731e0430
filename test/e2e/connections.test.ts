// Several calls on one connection, and what happens to all of them when it ends, garbles, or is not read.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatBody, chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, createGate, end, json, sse, sseHead, stall, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, KEY, startGateway } from '../testkit/start-gateway.ts';
import { beginning, cutAfter } from './setting.ts';

const MB = 2 ** 20;
const PATH = '/v1/chat/completions';
let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await startGateway(`
listen: { stall: 300ms }
cache: { max_entry: 32mb, max_bytes: 64mb }
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
models:
  live: { targets: [chat/up-model] }
  kept: { targets: [chat/up-model], cache: { ttl: 1h } }
`);
});

after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

function call(model: string, stream = true): Buffer {
  const body: JsonValue = { model, stream, messages: [{ role: 'user', content: 'Hello.' }] };
  return requestBytes(PATH, { headers: { authorization: `Bearer ${KEY}` }, body });
}

async function sent(...requests: readonly (Buffer | string)[]): Promise<RawClient> {
  const client = await createRawClient(gateway.url);
  await client.write(Buffer.concat(requests.map((one) => Buffer.from(one))));
  return client;
}

/** Has something like an answer of 20 MB in the cache, under the model `kept`. */
async function keepLarge(): Promise<void> {
  const [first, rest] = cutAfter(chatStream({ text: ['Hel', 'lo.'] }, false), 'Hel');
  const flood = chatStream({ text: ['a'.repeat(MB / 8)] }, false)
    .split('\n\n')
    .find((event) => event.includes('aaa'));
  upstream.next(sse(`${first}${`${flood}\n\n`.repeat(160)}${rest}`));
  const primed = await gateway.ask(PATH, {
    model: 'kept',
    stream: true,
    messages: [{ role: 'user', content: 'Hello.' }],
  });
  assert.ok(primed.text.length > 20 * MB);
}

describe('a caller who has several calls on one connection and leaves', { timeout: 30_000 }, () => {
  it('is through with all of them: no upstream works on for nobody', async () => {
    upstream.respond([sseHead(), bytes(beginning('chat')), stall]);
    const at = upstream.calls.length;
    const before = gateway.receipts().length;
    const client = await sent(call('live'), call('live'), call('live'));
    const calls = [await upstream.call(at), await upstream.call(at + 1), await upstream.call(at + 2)];
    await client.until('Hel');
    client.abort();
    for (const { aborted } of calls) await aborted;
    await gateway.quiet();
    assert.deepEqual(
      gateway
        .receipts()
        .slice(before)
        .map((receipt) => receipt.outcome),
      ['client_gone', 'client_gone', 'client_gone'],
    );
  });

  it('leaves no answer from the cache waiting for its turn', async () => {
    await keepLarge();
    upstream.respond([sseHead(), bytes(beginning('chat')), stall]);
    const client = await sent(call('live'), call('kept'));
    await client.until('Hel');
    client.abort();
    await gateway.quiet();
    const { outcome, cache } = gateway.receipts().find((receipt) => receipt.cache === 'hit');
    assert.deepEqual({ outcome, cache }, { outcome: 'client_gone', cache: 'hit' });
  });
});

describe('garbage on a connection', { timeout: 30_000 }, () => {
  it('while an answer is under way ends both: no word is written into the middle of an answer', async () => {
    upstream.respond([sseHead(), bytes(beginning('chat')), stall]);
    const at = upstream.calls.length;
    const client = await sent(call('live'));
    await client.until('Hel');
    await client.write('GARBAGE\r\n\r\n');
    await client.closed;
    assert.equal(client.received.toString().split('HTTP/1.1').length - 1, 1);
    assert.doesNotMatch(client.received.toString(), /400/);
    await (await upstream.call(at)).aborted;
  });

  it('behind a call that has no answer yet is not taken for the answer', async () => {
    const gate = createGate();
    upstream.respond([wait(gate.opened), stall]);
    const client = await sent(call('live', false), 'GARBAGE\r\n\r\n');
    await client.closed;
    gate.open();
    assert.equal(client.received.toString(), '');
  });

  it('behind an answer that is out is refused in words', async () => {
    upstream.respond(chatReply({ text: 'Hi.' }));
    const client = await sent(call('live', false));
    assert.equal((await client.reply()).status, 200);
    await client.write('GARBAGE\r\n\r\n');
    assert.equal((await client.reply()).status, 400);
    client.abort();
  });
});

describe('a caller who stops reading for good', { timeout: 30_000 }, () => {
  const flood = `${beginning('chat')}${chatStream({ text: ['a'.repeat(MB / 8)] }, false)
    .split('\n\n')
    .find((event) => event.includes('aaa'))}\n\n`;

  it('is let go, and so is the upstream', async () => {
    const pieces = Array.from({ length: 512 }, () => bytes(flood));
    upstream.respond([sseHead(), ...pieces, end]);
    const at = upstream.calls.length;
    const client = await sent(call('live'));
    const { aborted } = await upstream.call(at);
    await client.until('Hel');
    client.pause();
    await aborted;
    await untilCut(client);
    await gateway.quiet();
    const receipt = gateway.receipts().at(-1);
    assert.equal(receipt.outcome, 'client_gone');
    assert.match(receipt.error.message, /stopped reading/);
  });

  it('is let go when the answer comes from the cache', async () => {
    const client = await sent(call('kept'));
    await client.until('Hel');
    client.pause();
    await untilCut(client);
    await gateway.quiet();
    const receipt = gateway.receipts().at(-1);
    assert.deepEqual([receipt.outcome, receipt.cache], ['client_gone', 'hit']);
  });

  it('is let go when the whole answer was handed over at once', async () => {
    upstream.respond(json(chatBody({ text: 'a'.repeat(24 * MB) })));
    const client = await sent(call('live', false));
    await client.until('200 OK');
    client.pause();
    await untilCut(client);
  });

  /** Who does not read notices the end of a connection when writing. */
  async function untilCut(client: RawClient): Promise<void> {
    while (!client.isClosed) {
      await client.write('\r\n');
      await gateway.metrics();
    }
  }
});
