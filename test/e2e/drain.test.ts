// Stopping in good order: what is under way is finished, nothing new begins, and whoever cannot be waited for is
// told. A gateway of its own for each test, because signals are for processes.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { checkChatStream } from '../testkit/chat-checker.ts';
import { parse } from '../testkit/json-value.ts';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, createGate, end, type Gate, sseHead, stall, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type GatewayProcess, KEY, spawnGateway } from '../testkit/start-gateway.ts';
import { cutAfter } from './setting.ts';

const whole = chatStream({ text: ['Hel', 'lo.'] }, false);
const [opening, rest] = cutAfter(whole, 'Hel');
let upstream: ScriptedUpstream;

before(async () => {
  upstream = await createScriptedUpstream();
});
after(() => upstream.close());

async function withGateway(drain: string, play: (gateway: GatewayProcess) => Promise<void>): Promise<void> {
  const gateway = await spawnGateway(`
listen: { drain: ${drain} }
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
models:
  chat: { targets: [chat/up-model] }
`);
  try {
    await play(gateway);
  } finally {
    await gateway.stop();
  }
}

/** A stream whose beginning has arrived and whose rest waits for the gate. */
async function openStream(gateway: GatewayProcess, gate: Gate): Promise<RawClient> {
  upstream.next([sseHead(), bytes(opening), wait(gate.opened), bytes(rest), end]);
  return beginStream(gateway);
}

async function beginStream(gateway: GatewayProcess): Promise<RawClient> {
  const client = await createRawClient(gateway.url);
  const body = { model: 'chat', stream: true, messages: [{ role: 'user', content: 'Hello.' }] };
  await client.write(
    requestBytes('/v1/chat/completions', { headers: { authorization: `Bearer ${KEY}` }, body }),
  );
  await client.until('Hel');
  return client;
}

/** The word of the signal's arrival comes a moment before its effect. */
async function refused(url: string): Promise<void> {
  let code: string | undefined;
  for (let look = 0; look < 100 && code !== 'ECONNREFUSED'; look += 1) code = await refusal(url);
  assert.equal(code, 'ECONNREFUSED');
}

function refusal(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

describe('SIGTERM with streams under way', () => {
  it('is unready and takes nobody new, finishes what it began, then ends with 0', () =>
    withGateway('30s', async (gateway) => {
      const gates = [createGate(), createGate()] as const;
      const first = await openStream(gateway, gates[0]);
      const second = await openStream(gateway, gates[1]);
      const idle = await createRawClient(gateway.url);
      await idle.write(requestBytes('/livez', { method: 'GET' }));
      await idle.reply();
      gateway.child.kill('SIGTERM');
      await gateway.logged('SIGTERM');

      await refused(gateway.url);
      await idle.closed;
      gates[0].open();
      checkChatStream((await first.reply()).text, { usage: false });
      await first.write(requestBytes('/readyz', { method: 'GET' }));
      const ready = await first.reply();
      assert.equal(ready.status, 503);
      assert.equal(ready.headers.connection, 'close');

      gates[1].open();
      checkChatStream((await second.reply()).text, { usage: false });
      assert.equal(await gateway.exited, 0);
      assert.deepEqual(
        gateway.receipts().map((receipt) => receipt.outcome),
        ['ok', 'ok'],
      );
    }));

  it('answers a call on a connection it has already, and closes that one after it', () =>
    withGateway('30s', async (gateway) => {
      const gates = [createGate(), createGate()] as const;
      const first = await openStream(gateway, gates[0]);
      const second = await openStream(gateway, gates[1]);
      gateway.child.kill('SIGTERM');
      await refused(gateway.url);
      gates[0].open();
      await first.reply();
      upstream.next(chatReply({ text: 'Just in time.' }));
      const body = { model: 'chat', messages: [{ role: 'user', content: 'Hello.' }] };
      await first.write(
        requestBytes('/v1/chat/completions', { headers: { authorization: `Bearer ${KEY}` }, body }),
      );
      const reply = await first.reply();
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.headers.connection, 'close');
      await first.closed;
      gates[1].open();
      await second.reply();
      assert.equal(await gateway.exited, 0);
    }));

  it('tells those it cannot wait for, and ends with 0', () =>
    withGateway('100ms', async (gateway) => {
      upstream.next([sseHead(), bytes(opening), stall]);
      const client = await beginStream(gateway);
      const call = upstream.calls.at(-1);
      gateway.child.kill('SIGTERM');
      const reply = await client.reply();
      assert.ok(reply.whole);
      const last = reply.text.trimEnd().split('\n\n').at(-1) ?? '';
      assert.equal(parse(last.replace('data: ', '')).error.code, 'draining');
      await call?.aborted;
      assert.equal(await gateway.exited, 0);
      assert.equal(gateway.receipts().at(-1)?.outcome, 'draining');
    }));

  it('notes the status it sends, in a dialect that has one of its own', () =>
    withGateway('100ms', async (gateway) => {
      upstream.next([stall]);
      const at = upstream.calls.length;
      const client = await createRawClient(gateway.url);
      const body = { model: 'chat', max_tokens: 9, messages: [{ role: 'user', content: 'Hello.' }] };
      await client.write(requestBytes('/v1/messages', { headers: { 'x-api-key': KEY }, body }));
      await upstream.call(at);
      gateway.child.kill('SIGTERM');
      assert.equal((await client.reply()).status, 529);
      assert.equal(await gateway.exited, 0);
      assert.equal(gateway.receipts().at(-1)?.status, 529);
    }));

  it('writes the receipt of a caller who leaves while it waits', () =>
    withGateway('30s', async (gateway) => {
      upstream.next([sseHead(), bytes(opening), stall]);
      const client = await beginStream(gateway);
      gateway.child.kill('SIGTERM');
      await refused(gateway.url);
      client.abort();
      assert.equal(await gateway.exited, 0);
      assert.deepEqual(
        gateway.receipts().map((receipt) => receipt.outcome),
        ['client_gone'],
      );
    }));

  it('writes the receipt of a caller who does not read what it is told', () =>
    withGateway('100ms', async (gateway) => {
      const flood = Array.from({ length: 512 }, () => bytes(opening.repeat(1024)));
      upstream.next([sseHead(), ...flood, stall]);
      const client = await beginStream(gateway);
      client.pause();
      gateway.child.kill('SIGTERM');
      assert.equal(await gateway.exited, 0);
      assert.deepEqual(
        gateway.receipts().map((receipt) => receipt.outcome),
        ['draining'],
      );
    }));

  it('leaves at once when told twice', () =>
    withGateway('30s', async (gateway) => {
      upstream.next([sseHead(), bytes(opening), stall]);
      const client = await beginStream(gateway);
      gateway.child.kill('SIGTERM');
      await gateway.logged('SIGTERM');
      gateway.child.kill('SIGINT');
      await client.closed;
      assert.equal(await gateway.exited, 1);
    }));
});
