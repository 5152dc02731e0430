// Upstreams and callers without measure, before a gateway in a process of its own, so that its memory can be weighed.
import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { Cancel } from '../../src/lib/cancel.ts';
import { createClock, createTicker } from '../../src/server/edges.ts';
import { listenOptions } from '../../src/server/options.ts';
import { HttpTransport } from '../../src/transport/http-transport.ts';
import {
  type Dialect,
  dialectOf,
  dialects,
  eventsIn,
  eventsUpTo,
  type Face,
  faces,
  questionIn,
  replyIn,
  streamHead,
} from '../testkit/dialects.ts';
import { createRawClient, type RawClient, type RawReply, requestBytes, send } from '../testkit/raw-client.ts';
import { bytes, pause, repeat, type Script, stall } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type GatewayProcess, spawnGateway } from '../testkit/start-gateway.ts';
import { Ledger } from './ledger.ts';
import { modelEntry, upstreamEntry } from './scene.ts';

const MB = 2 ** 20;
/** More of everything, for whoever has the time. */
const HEAVY = process.env['FAULTS_HEAVY'] === '1';
/** Says how much memory is in use, once all that can be freed has been. */
const WEIGH = `process.on('SIGUSR2', () => { gc(); gc(); const m = process.memoryUsage(); process.stderr.write('WEIGHED ' + (m.heapUsed + m.external) + '\\n'); });`;

/** Longer than it takes to look at memory. */
const STALL = 1_000;
const MILLION = Buffer.alloc(MB, 'a');

let gateway: GatewayProcess;
let ledger: Ledger;
let upstream: ScriptedUpstream;

before(async () => {
  upstream = await createScriptedUpstream();
  const lines = (write: (dialect: Dialect) => string): string => dialects.map(write).join('\n');
  gateway = await spawnGateway(
    `
listen: { stall: ${STALL}ms }
upstreams:
${lines((dialect) => upstreamEntry(dialect, dialect, upstream.url))}
${lines((dialect) => upstreamEntry(`${dialect}-short`, dialect, upstream.url, ', timeouts: { total: 600ms }'))}
models:
${lines((dialect) => modelEntry(dialect, [[dialect, dialect]]))}
${lines((dialect) => modelEntry(`${dialect}-short`, [[`${dialect}-short`, dialect]]))}
`,
    [
      '--expose-gc',
      '--max-semi-space-size=16',
      '--import',
      `data:text/javascript,${encodeURIComponent(WEIGH)}`,
    ],
  );
  ledger = new Ledger(gateway);
});

after(async () => {
  await gateway.quiet();
  assert.equal(gateway.child.exitCode, null, 'the process lives');
  await gateway.stop();
  await upstream.close();
});

/** From 23 on, node keeps a larger young generation, and gives it back late. */
const MOST_RESIDENT = (Number.parseInt(process.versions.node, 10) < 23 ? 20 : 64) * MB;

async function weight(): Promise<number> {
  const from = gateway.log().length;
  gateway.child.kill('SIGUSR2');
  await gateway.logged('WEIGHED', from);
  return Number(/WEIGHED (\d+)/.exec(gateway.log().slice(from))?.[1]);
}

async function resident(): Promise<number> {
  return (await gateway.metrics()).get('process_resident_memory_bytes') ?? Number.NaN;
}

/** What is done leaves no memory behind, and the books in order. */
async function leavesNothing(calls: number, act: () => Promise<void>): Promise<void> {
  const before = await weight();
  await act();
  await gateway.quiet();
  await ledger.balance(calls);
  const kept = (await weight()) - before;
  assert.ok(kept < 4 * MB, `${kept} bytes are kept`);
}

function ask(model: string, stream: boolean, face: (typeof faces)[number] = 'chat'): Promise<RawReply> {
  const { path, body } = questionIn(face, model, stream);
  return send(gateway.url, path, { body, headers: { authorization: `Bearer ${gateway.key}` } });
}

function beginning(dialect: Dialect): Buffer {
  return eventsUpTo(dialect, 'Hel', { text: ['Hel', 'lo'] })[0];
}

describe('an upstream without measure', () => {
  it('row 12: a line of 10 MB is left off at its bound, and memory does not follow it', async () => {
    const openings: Readonly<Partial<Record<Dialect, Buffer>>> = {
      ollama: Buffer.from('{"message":{"content":"'),
      converse: Buffer.from('020000000000001000000000', 'hex'),
    };
    const flood = (dialect: Dialect): Script => [
      streamHead(dialect),
      bytes(beginning(dialect)),
      bytes(openings[dialect] ?? Buffer.from('data: {"x":"')),
      ...Array.from({ length: dialect === 'responses' ? 40 : 10 }, () => bytes(MILLION)),
      stall,
    ];
    // Pictures come in one event of Responses, whose bound is so wide that it takes a while.
    const over = dialects.filter((dialect) => HEAVY || dialect !== 'responses');
    // The first of them finds the engine cold.
    for (const warm of [true, false]) {
      const before = await resident();
      await leavesNothing(over.length * 2, async () => {
        for (const dialect of over) {
          for (const face of [dialect === 'converse' ? 'gemini' : dialect, 'messages'] as const) {
            upstream.respond(flood(dialect));
            const at = upstream.calls.length;
            const reply = await ask(dialect, true, face);
            assert.match(reply.text, /Hel[\s\S]*error/);
            const call = await upstream.call(at);
            await call.aborted;
          }
        }
      });
      const grown = (await resident()) - before;
      assert.ok(warm || HEAVY || grown < MOST_RESIDENT, `${grown} bytes more are resident`);
      for (const { outcome } of ledger.last) assert.equal(outcome, 'upstream_garbled');
    }
  });

  it('row 11: a stream without end has its deadline, and is cut there', async () => {
    const endless = (dialect: Dialect): Script => [
      streamHead(dialect),
      bytes(beginning(dialect)),
      repeat(bytes(Buffer.concat(Array.from({ length: 5 }, () => wordOf(dialect)))), pause(5)),
    ];
    upstream.respond((call) => endless(dialectOf(call) ?? 'chat'));
    const at = upstream.calls.length;
    await leavesNothing(dialects.length * faces.length, async () => {
      const asked = dialects.flatMap((dialect) => faces.map((face) => ask(`${dialect}-short`, true, face)));
      for (const reply of await Promise.all(asked)) assert.match(reply.text.slice(-600), /error/);
    });
    for (const call of upstream.calls.slice(at)) await call.aborted;
    for (const { outcome, ms } of ledger.last) {
      assert.equal(outcome, 'upstream_timeout');
      assert.ok(ms.total >= 599);
    }
  });
});

/** An event that says a little more. */
function wordOf(dialect: Dialect): Buffer {
  const events = eventsIn(dialect, { text: ['Hel', 'more ', 'more '] });
  const word = events.find((event) => event.includes('more '));
  if (word === undefined) throw new Error('There is no such event.');
  return word;
}

it('row 11: a stream without end is cut at a bound of its own, long before its deadline', async () => {
  const own = await createScriptedUpstream();
  const transport = new HttpTransport(createClock(), createTicker());
  own.respond([streamHead('chat'), repeat(bytes(wordOf('chat')))]);
  let heard = 0;
  const ended = await transport.send(
    {
      origin: { tls: false, host: '127.0.0.1', port: own.port },
      method: 'POST',
      path: '/',
      headers: {},
      body: [],
      timers: { connect: 5_000, firstByte: 5_000, firstContent: 5_000, idle: 5_000, total: 5_000 },
      most: 50_000,
      cancel: new Cancel(),
    },
    {
      head: () => undefined,
      data: (data) => {
        heard += data.length;
      },
    },
  );
  assert.ok(
    !ended.ok && ended.error.code === 'upstream_garbled' && /larger than 50000/.test(ended.error.message),
  );
  assert.ok(heard <= 50_000, 'and nothing beyond it is passed on');
  await own.calls[0]?.aborted;
  transport.close();
  await own.close();
});

describe('a caller without measure', () => {
  it('row 31: who stops reading makes the upstream wait, has little kept for it, and is cut in time', async () => {
    const flood = (dialect: Dialect): Script => [
      streamHead(dialect),
      bytes(beginning(dialect)),
      repeat(bytes(Buffer.concat(Array.from({ length: 200 }, () => wordOf(dialect))))),
    ];
    assert.equal(listenOptions.parse({}).stall, 30_000, 'without a word in the config');
    upstream.respond((call) => flood(dialectOf(call) ?? 'chat'));
    const over = dialects.map((dialect) => [dialect, dialect === 'converse' ? 'chat' : dialect] as const);
    const at = upstream.calls.length;
    await leavesNothing(over.length, async () => {
      const before = await weight();
      const clients = await Promise.all(over.map(([dialect, face]) => deaf(dialect, face)));
      const calls = upstream.calls.slice(at);
      await standStill(() => calls.map(({ written }) => written));
      const kept = ((await weight()) - before) / over.length;
      assert.ok(kept <= MB, `${kept} bytes are kept for each`);
      for (const { abortedAt } of calls) assert.equal(abortedAt, undefined, 'the upstream waits');
      for (const call of calls) await call.aborted;
      for (const client of clients) client.abort();
    });
    for (const { outcome, ms } of ledger.last) {
      assert.equal(outcome, 'client_gone');
      assert.ok(ms.total >= STALL, `cut after ${ms.total} ms`);
    }
  });

  it('row 33: a body that does not end is refused at the bound, and not kept', async () => {
    const paths = faces.map((face) => questionIn(face, 'chat', false).path);
    const before = [upstream.calls.length, await resident()] as const;
    for (const path of paths) {
      const client = await createRawClient(gateway.url);
      const line = `POST ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${gateway.key}\r\n`;
      await client.write(`${line}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`);
      const chunk = Buffer.concat([Buffer.from(`${MB.toString(16)}\r\n`), MILLION, Buffer.from('\r\n')]);
      for (
        let sent = 0;
        sent < (HEAVY ? 1024 : 64) && client.received.length === 0 && !client.isClosed;
        sent += 1
      ) {
        await Promise.race([client.write(chunk), client.closed]);
      }
      assert.equal((await client.reply()).status, 413);
      client.abort();
    }
    await gateway.quiet();
    await ledger.balance(0, paths.length);
    assert.equal(upstream.calls.length, before[0], 'nobody was asked');
    assert.ok((await resident()) - before[1] < 80 * MB);
  });

  it('row 34: ten thousand levels are refused, and the house stands', async () => {
    const deep = (open: string, close: string): string => open.repeat(10_000) + close.repeat(10_000);
    const before = upstream.calls.length;
    const bodies = [deep('[', ']'), deep('{"a":', '}').replace('}', '1}'), '['.repeat(10_000)];
    for (const face of faces) {
      for (const nested of bodies) {
        const { path, body } = questionIn(face, 'chat', false);
        for (const text of [
          `${JSON.stringify(body).slice(0, -1)},"metadata":${nested}}`,
          `{"model":"chat","messages":${nested}}`,
          nested,
        ]) {
          const headers = { authorization: `Bearer ${gateway.key}` };
          const reply = await send(gateway.url, path, { body: text, headers });
          assert.equal(reply.status, 400, reply.text);
        }
      }
    }
    assert.equal(upstream.calls.length, before, 'nobody was asked');
    upstream.respond(replyIn('chat', { text: 'Here.' }));
    assert.equal((await ask('chat', false)).status, 200);
    await gateway.quiet();
    await ledger.balance(1, faces.length * bodies.length * 3);
  });
});

/** Asks, hears the beginning, and reads no more. */
async function deaf(dialect: Dialect, face: Face): Promise<RawClient> {
  const client = await createRawClient(gateway.url);
  client.at(1, () => client.pause());
  const { path, body } = questionIn(face, dialect, true);
  const headers = { authorization: `Bearer ${gateway.key}` };
  await client.write(requestBytes(path, { body, headers }));
  await client.until('HTTP/1.1 200');
  return client;
}

/** Until these have not moved during many turns of everybody's event loop. */
async function standStill(look: () => readonly number[]): Promise<void> {
  let before = '';
  for (let still = 0; still < 10; ) {
    await gateway.metrics();
    const now = String(look());
    still = now === before ? still + 1 : 0;
    before = now;
  }
}
