// Too much at once: whoever cannot be served is told so, at once and in words; the others are served; it ends by itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { describe, it } from 'node:test';
import { createRawClient, type RawClient, type RawReply, requestBytes, send } from '../testkit/raw-client.ts';
import { chatBody, chatReply, chatStream } from '../testkit/replies.ts';
import { bytes, createGate, end, json, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import {
  type Gateway,
  type GatewayProcess,
  KEY,
  spawnGateway,
  startGateway,
} from '../testkit/start-gateway.ts';

const PATH = '/v1/chat/completions';
const MB = 2 ** 20;
const MESSAGES = [{ role: 'user', content: 'Hello.' }];
const CALL = requestBytes(PATH, {
  headers: { authorization: `Bearer ${KEY}` },
  body: { model: 'chat', messages: MESSAGES },
});

function config(upstream: ScriptedUpstream, overload: string, more = ''): string {
  return `
${overload}
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url} }
models:
  chat: { targets: [chat/m] }
${more}`;
}

async function play(
  overload: string,
  scene: (gateway: Gateway, upstream: ScriptedUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await createScriptedUpstream();
  upstream.respond(chatReply({ text: 'Hi.' }));
  const gateway = await startGateway(config(upstream, overload));
  try {
    await scene(gateway, upstream);
    await gateway.quiet();
    assert.equal((await gateway.metrics()).get('signalbox_held_body_bytes'), 0);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
}

/** A process of its own; nothing may have made it end. */
async function playApart(
  text: (upstream: ScriptedUpstream) => string,
  start: { readonly engine?: readonly string[] },
  scene: (gateway: GatewayProcess, upstream: ScriptedUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await createScriptedUpstream();
  upstream.respond(chatReply({ text: 'Hi.' }));
  const gateway = await spawnGateway(text(upstream), start.engine);
  try {
    await scene(gateway, upstream);
    assert.equal(gateway.child.exitCode, null, gateway.log());
    gateway.child.kill('SIGTERM');
    assert.equal(await gateway.exited, 0, gateway.log());
  } finally {
    await gateway.stop();
    await upstream.close();
  }
}

function hook(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

function shedOf(metrics: ReadonlyMap<string, number>, reason: string): number {
  return metrics.get(`signalbox_shed_total{reason="${reason}"}`) ?? -1;
}

function isShed(reply: RawReply): void {
  assert.equal(reply.status, 503, reply.text);
  assert.equal(reply.json.error.code, 'overloaded');
  assert.match(reply.headers['retry-after'] ?? '', /^[1-9]\d*$/);
}

describe('calls in the house', () => {
  it('more than overload.calls are turned away before their body is read, in their dialect, and room is room again at once', () =>
    play('overload: { lag: 1m, calls: 2 }', async (gateway, upstream) => {
      const gate = createGate();
      upstream.next([wait(gate.opened), ...json(chatBody())]);
      upstream.next([wait(gate.opened), ...json(chatBody())]);
      const inside = [await createRawClient(gateway.url), await createRawClient(gateway.url)];
      for (const client of inside) await client.write(CALL);
      await upstream.call(1);
      const outside = await createRawClient(gateway.url);
      const head = CALL.subarray(0, CALL.indexOf('\r\n\r\n') + 4);
      await outside.write(head);
      isShed(await outside.reply());
      await outside.write(CALL.subarray(head.length));
      const other = await gateway.ask('/v1/messages', { model: 'chat', max_tokens: 9, messages: MESSAGES });
      assert.deepEqual([other.status, other.json.error.type], [529, 'overloaded_error']);
      assert.equal(
        (await send(gateway.url, '/readyz', { method: 'GET' })).status,
        200,
        'pages are still answered',
      );
      gate.open();
      for (const client of inside) assert.equal((await client.reply()).status, 200);
      await gateway.quiet();
      await outside.write(CALL);
      assert.equal((await outside.reply()).status, 200, 'the connection was kept, and its body skipped');
      assert.equal(shedOf(await gateway.metrics(), 'calls'), 2);
      assert.equal(gateway.receipts().length, 3, 'who was turned away made no call');
      for (const client of [...inside, outside]) client.abort();
    }));
});

describe('bytes of bodies', () => {
  const large = JSON.stringify({
    model: 'chat',
    messages: [{ role: 'user', content: 'a'.repeat(MB) }],
  });
  it('more than overload.bytes are turned away by their stated length, or when they have grown too many', () =>
    play('overload: { lag: 1m, bytes: 2mb }', async (gateway, upstream) => {
      const gate = createGate();
      upstream.next([wait(gate.opened), ...json(chatBody())]);
      const first = gateway.ask(PATH, large);
      await upstream.call(0);
      const stating = await createRawClient(gateway.url);
      const stated = { authorization: `Bearer ${KEY}`, 'content-length': `${large.length}` };
      await stating.write(requestBytes(PATH, { headers: stated }));
      isShed(await stating.reply());
      const chunked = await createRawClient(gateway.url);
      const headers = { authorization: `Bearer ${KEY}`, 'transfer-encoding': 'chunked' };
      await chunked.write(requestBytes(PATH, { headers }));
      await chunked.write(`${large.length.toString(16)}\r\n${large}\r\n0\r\n\r\n`);
      isShed(await chunked.reply());
      assert.equal((await gateway.metrics()).get('signalbox_held_body_bytes'), large.length);
      gate.open();
      assert.equal((await first).status, 200);
      await gateway.quiet();
      assert.equal((await gateway.ask(PATH, large)).status, 200);
      assert.equal(shedOf(await gateway.metrics(), 'bytes'), 2);
      for (const client of [stating, chunked]) client.abort();
    }));

  const OTHER = 'sk-signalbox-test-of-another-tenant';
  const PAIR = `keys:
  - { name: test, secret: ${KEY}, metrics: true }
  - { name: other, secret: ${OTHER}, tenant: other }`;
  const theirs = { authorization: `Bearer ${OTHER}` };

  it('bytes that are announced and do not come take no room from others', () =>
    play(`overload: { lag: 1m, bytes: 40mb }\n${PAIR}`, async (gateway) => {
      const sockets: RawClient[] = [];
      for (let i = 0; i < 3; i += 1) {
        const client = await createRawClient(gateway.url);
        const headers = { ...theirs, 'content-length': `${19 * MB}` };
        await client.write(requestBytes(PATH, { headers }));
        await client.write('{');
        sockets.push(client);
      }
      let held = 0;
      for (let looks = 0; held < sockets.length && looks < 1_000; looks += 1)
        held = (await gateway.metrics()).get('signalbox_held_body_bytes') ?? 0;
      assert.equal(held, sockets.length);
      assert.equal((await gateway.ask(PATH, large)).status, 200);
      for (const client of sockets) client.abort();
    }));

  it('one key has a quarter of overload.bytes, and another one has room beside it', () =>
    play(
      `overload: { lag: 1m, bytes: 6mb }\nlisten: { max_body: 1100kb }\n${PAIR}`,
      async (gateway, upstream) => {
        const gate = createGate();
        upstream.next([wait(gate.opened), ...json(chatBody())]);
        const first = send(gateway.url, PATH, { headers: theirs, body: large });
        await upstream.call(0);
        isShed(await send(gateway.url, PATH, { headers: theirs, body: large }));
        assert.equal((await gateway.ask(PATH, large)).status, 200);
        gate.open();
        assert.equal((await first).status, 200);
        assert.equal((await send(gateway.url, PATH, { headers: theirs, body: large })).status, 200);
        assert.equal(shedOf(await gateway.metrics(), 'bytes'), 1);
      },
    ));

  it('row 33: a chunked body without end is refused with 413 at the cap, and takes no memory', () =>
    play('overload: { lag: 1m }\nlisten: { max_body: 1mb }', async (gateway) => {
      const client = await createRawClient(gateway.url);
      const headers = { authorization: `Bearer ${KEY}`, 'transfer-encoding': 'chunked' };
      await client.write(requestBytes(PATH, { headers }));
      const chunk = `10000\r\n${'a'.repeat(65_536)}\r\n`;
      const pieces = Number(process.env['FAULTS_BODY_MB'] ?? 64) * 16;
      for (let i = 0; i < pieces && !client.isClosed; i += 1) await client.write(chunk);
      const reply = await client.reply();
      assert.equal(reply.status, 413);
      client.abort();
      await gateway.quiet();
      assert.equal((await gateway.metrics()).get('signalbox_held_body_bytes'), 0);
    }));
});

describe('an event loop that is blocked', () => {
  it('row 64: calls are shed while it lags, told once, and let in when it does not', () =>
    playApart(
      (upstream) => config(upstream, 'overload: { lag: 200ms }', 'log: { level: info, format: json }'),
      { engine: ['--import', hook(BUSY)] },
      async (gateway) => {
        const client = await createRawClient(gateway.url);
        gateway.child.kill('SIGUSR1');
        let shed = 0;
        while (shed < 3) {
          await client.write(CALL);
          const reply = await client.reply();
          if (reply.status === 200) continue;
          isShed(reply);
          shed += 1;
        }
        gateway.child.kill('SIGUSR1');
        let reply: RawReply;
        do {
          await client.write(CALL);
          reply = await client.reply();
        } while (reply.status === 503);
        assert.equal(reply.status, 200);
        client.abort();
        await gateway.quiet();
        assert.ok(shedOf(await gateway.metrics(), 'lag') >= 3);
        await gateway.logged('Calls are being turned away');
        assert.equal(gateway.log().split('Calls are being turned away').length - 1, 1, 'not for every call');
      },
    ));
});

/** From one SIGUSR1 to the next, every turn of the loop takes far too long. */
const BUSY = `
let busy = false;
process.on('SIGUSR1', () => { busy = !busy; if (busy) setImmediate(spin); });
function spin() {
  const until = performance.now() + 300;
  while (performance.now() < until);
  if (busy) setTimeout(spin, 1);
}`;

describe('a heap that is nearly full', () => {
  it('row 65: closes connections, then sheds rather than dies, and serves again when there is room', () =>
    playApart(
      (upstream) => config(upstream, 'overload: { lag: 1m }'),
      { engine: ['--max-old-space-size=256', '--import', hook(HOARD)] },
      async (gateway) => {
        const client = await createRawClient(gateway.url);
        const asked = async (connection: RawClient): Promise<RawReply> => {
          await connection.write(CALL);
          return connection.reply();
        };
        assert.equal((await asked(client)).headers.connection, 'keep-alive');
        gateway.child.kill('SIGUSR1');
        await client.closed;
        let reply: RawReply;
        do reply = await gateway.ask(PATH, { model: 'chat', messages: MESSAGES });
        while (reply.status === 200);
        isShed(reply);
        assert.equal(reply.headers.connection, 'close');
        assert.ok(shedOf(await gateway.metrics(), 'heap') > 0);
        const full = (await gateway.metrics()).get('signalbox_heap_used_bytes') ?? 0;
        gateway.child.kill('SIGUSR1');
        do reply = await gateway.ask(PATH, { model: 'chat', messages: MESSAGES });
        while (reply.status === 503);
        assert.equal(reply.status, 200);
        await gateway.quiet();
        assert.ok(((await gateway.metrics()).get('signalbox_heap_used_bytes') ?? full) < full / 2);
      },
    ));
});

/** From one SIGUSR1 to the next, the heap is filled up, a little at a time. */
const HOARD = `
import v8 from 'node:v8';
let hoard;
process.on('SIGUSR1', () => { hoard = hoard === undefined ? [] : undefined; fill(); });
function fill() {
  if (hoard === undefined) return;
  const used = v8.getHeapSpaceStatistics().reduce((sum, space) => sum + space.space_used_size, 0);
  if (used < 0.96 * 256 * 2 ** 20) hoard.push(Array.from({ length: 20_000 }, (_, at) => ({ at })));
  setTimeout(fill, 2);
}`;

describe('descriptors that are nearly gone', () => {
  it('row 66: callers beyond the limit wait or are turned away, those inside are served, and it recovers', () =>
    playApart(
      (upstream) => config(upstream, 'overload: { lag: 1m }'),
      {},
      async (gateway, upstream) => {
        // Node itself needs more than that to start from many files.
        const limited = spawnSync('prlimit', ['--pid', String(gateway.child.pid), '--nofile=64:64']);
        assert.equal(limited.status, 0, 'prlimit is there');
        // It is looked at a few times in a second.
        const looked = performance.now() + 500;
        const watcher = await createRawClient(gateway.url);
        while (performance.now() < looked) {
          await watcher.write(requestBytes('/livez', { method: 'GET' }));
          await watcher.reply();
        }
        watcher.abort();
        const gate = createGate();
        const [opening, rest] = halves();
        upstream.next([sseHead(), bytes(opening), wait(gate.opened), bytes(rest), end]);
        const inside = await createRawClient(gateway.url);
        const streamed = { model: 'chat', stream: true, messages: MESSAGES };
        const headers = { authorization: `Bearer ${KEY}` };
        await inside.write(requestBytes(PATH, { headers, body: streamed }));
        await inside.until('Hel');
        const crowd: RawClient[] = [];
        for (let i = 0; i < 100; i += 1) crowd.push(await createRawClient(gateway.url));
        const told = await Promise.all(
          crowd.map(async (client) => {
            await client.write(CALL);
            return client.reply().then(
              ({ status }) => status,
              () => 0,
            );
          }),
        );
        assert.ok(told.includes(0), 'some were not let in');
        for (const status of told) assert.ok([0, 200, 503].includes(status), `${status}`);
        gate.open();
        assert.match((await inside.reply()).text, /\[DONE\]/);
        for (const client of [...crowd, inside]) client.abort();
        let reply: RawReply | undefined;
        do reply = await gateway.ask(PATH, { model: 'chat', messages: MESSAGES }).catch(() => undefined);
        while (reply?.status !== 200);
        let metrics: ReadonlyMap<string, number> | undefined;
        do metrics = await gateway.metrics().catch(() => undefined);
        while (metrics === undefined);
        assert.ok(shedOf(metrics, 'descriptors') > 0);
        assert.equal(metrics.get('signalbox_inflight_calls'), 0);
      },
    ));
});

function halves(): readonly [string, string] {
  const whole = chatStream({ text: ['Hel', 'lo.'] }, false);
  const at = whole.indexOf('\n\n', whole.indexOf('Hel')) + 2;
  return [whole.slice(0, at), whole.slice(at)];
}
