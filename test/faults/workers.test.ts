// A gateway of several processes: one port, one config, one set of figures; and one of them may die.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, createGate, end, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { configText, type GatewayProcess, KEY, spawnGateway } from '../testkit/start-gateway.ts';

const PATH = '/v1/chat/completions';
const MESSAGES = [{ role: 'user', content: 'Hello.' }];
const headers = { authorization: `Bearer ${KEY}` };

/** Says that it works on nine calls at a time. */
const engine = createServer((_, response) => response.end('{"total_slots":9,"data":[{"id":"small"}]}'));

function config(upstream: ScriptedUpstream, model = 'chat'): string {
  const { port } = engine.address() as AddressInfo;
  return `
log: { level: info, format: json }
listen: { workers: 2, drain: 10s }
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
  told: { provider: llamacpp, url: "http://127.0.0.1:${port}" }
  stated: { provider: openai-compatible, url: ${upstream.url}, concurrency: 7 }
models:
  ${model}: { targets: [chat/m] }
`;
}

let upstream: ScriptedUpstream;
let gateway: GatewayProcess;

before(async () => {
  await once(engine.listen(0, '127.0.0.1'), 'listening');
  upstream = await createScriptedUpstream();
  upstream.respond(chatReply({ text: 'Hi.' }));
  gateway = await spawnGateway(config(upstream));
});
after(async () => {
  await gateway.stop();
  await upstream.close();
  engine.closeAllConnections();
  engine.close();
});

/** The direct children of the supervisor. */
function workersOf(): readonly number[] {
  const { pid } = gateway.child;
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Streams that have begun, in turn on all workers. */
async function streams(count: number, until: Promise<void>): Promise<readonly RawClient[]> {
  const whole = chatStream({ text: ['Hel', 'lo.'] }, false);
  const at = whole.indexOf('\n\n', whole.indexOf('Hel')) + 2;
  const script = [sseHead(), bytes(whole.slice(0, at)), wait(until), bytes(whole.slice(at)), end];
  upstream.next(...Array.from({ length: count }, () => script));
  const clients: RawClient[] = [];
  for (let i = 0; i < count; i += 1) {
    const client = await createRawClient(gateway.url);
    const body = { model: 'chat', stream: true, messages: MESSAGES };
    await client.write(requestBytes(PATH, { headers, body }));
    await client.until('Hel');
    clients.push(client);
  }
  return clients;
}

async function finished(clients: readonly RawClient[]): Promise<number> {
  const ended = clients.map((client) =>
    client.reply().then(
      ({ text, whole }) => whole && text.includes('[DONE]'),
      () => false,
    ),
  );
  const done = (await Promise.all(ended)).filter(Boolean).length;
  for (const client of clients) client.abort();
  return done;
}

function receiptsOf(): number {
  const folder = join(dirname(gateway.configFile), 'state', 'journal');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .map((name) => readFileSync(join(folder, name), 'utf8').split('\n').length - 1)
    .reduce((sum, count) => sum + count, 0);
}

async function answers(model = 'chat'): Promise<number> {
  return (await gateway.ask(PATH, { model, messages: MESSAGES })).status;
}

describe('with listen.workers: 2', { timeout: 30_000 }, () => {
  it('both take calls, the metrics are of both, and every call has its receipt', async () => {
    assert.equal(workersOf().length, 2);
    const gate = createGate();
    const clients = await streams(4, gate.opened);
    assert.equal((await gateway.metrics()).get('signalbox_inflight_calls'), 4);
    gate.open();
    assert.equal(await finished(clients), 4);
    await gateway.quiet();
    const metrics = await gateway.metrics();
    const key = 'signalbox_calls_total{face="openai-chat",model="chat",upstream="chat",outcome="ok"}';
    assert.equal(metrics.get(key), 4);
    assert.equal(metrics.get('signalbox_workers{state="ready"}'), 2);
    assert.equal(receiptsOf(), 4);
    const files = readdirSync(join(dirname(gateway.configFile), 'state', 'journal'));
    assert.equal(files.filter((name) => name.endsWith('.ndjson')).length, 2, 'a journal for each');
  });

  it('share the slots of an engine, told or stated: both together ask it no more than one would', async () => {
    const limit = async (name: string) =>
      (await gateway.metrics()).get(`signalbox_slots_limit{upstream="${name}"}`);
    assert.deepEqual([await limit('told'), await limit('stated')], [8, 6]);
  });

  it('one that is killed takes its own calls with it and no others, and another takes its place', async () => {
    const gate = createGate();
    const clients = await streams(4, gate.opened);
    const [victim = 0] = workersOf();
    process.kill(victim, 'SIGKILL');
    await gateway.logged('A worker has ended.');
    for (let i = 0; i < 4; i += 1) assert.equal(await answers(), 200);
    gate.open();
    assert.equal(await finished(clients), 2);
    let workers: readonly number[];
    do workers = (await gateway.metrics()) && workersOf();
    while (workers.length < 2);
    assert.ok(!workers.includes(victim));
  });

  it('SIGUSR2 replaces all, one after the other, and no call fails', async () => {
    const before = workersOf();
    const known = receiptsOf();
    const gate = createGate();
    const clients = await streams(2, gate.opened);
    let going = true;
    const caller = (async () => {
      let count = 0;
      for (; going; count += 1) assert.equal(await answers(), 200);
      return count;
    })();
    gateway.child.kill('SIGUSR2');
    setTimeout(gate.open, 300);
    assert.equal(await finished(clients), 2);
    while (workersOf().some((pid) => before.includes(pid))) await gateway.metrics();
    going = false;
    const count = await caller;
    assert.ok(count > 0);
    await gateway.quiet();
    assert.equal(workersOf().length, 2);
    assert.equal(receiptsOf() - known, count + 2);
  });

  it('a changed config reaches both, and a wrong one neither', async () => {
    writeFileSync(gateway.configFile, configText(config(upstream, 'renamed')));
    gateway.child.kill('SIGHUP');
    // Connections come to the workers in turn: twice in a row is both.
    for (let known = 0; known < 4; known = (await answers('renamed')) === 200 ? known + 1 : 0);
    const from = gateway.log().length;
    writeFileSync(gateway.configFile, 'models: [');
    gateway.child.kill('SIGHUP');
    await gateway.logged('was not taken', from);
    for (let i = 0; i < 4; i += 1) assert.equal(await answers('renamed'), 200);
  });

  it('SIGTERM lets both finish what they have begun', async () => {
    writeFileSync(gateway.configFile, configText(config(upstream)));
    gateway.child.kill('SIGHUP');
    for (let known = 0; known < 4; known = (await answers()) === 200 ? known + 1 : 0);
    await gateway.quiet();
    const before = receiptsOf();
    const gate = createGate();
    const clients = await streams(4, gate.opened);
    gateway.child.kill('SIGTERM');
    await gateway.logged('SIGTERM');
    gate.open();
    assert.equal(await finished(clients), 4);
    assert.equal(await gateway.exited, 0, gateway.log());
    assert.equal(receiptsOf() - before, 4);
  });
});
