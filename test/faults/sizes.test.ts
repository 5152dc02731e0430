// Upstreams and callers without measure, before a gateway in a process of its own, so that its memory can be weighed.
import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import {
  type Dialect,
  dialects,
  eventsIn,
  eventsUpTo,
  faces,
  questionIn,
  streamHead,
} from '../testkit/dialects.ts';
import { type RawReply, send } from '../testkit/raw-client.ts';
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

const MILLION = Buffer.alloc(MB, 'a');

let gateway: GatewayProcess;
let ledger: Ledger;
let upstream: ScriptedUpstream;

before(async () => {
  upstream = await createScriptedUpstream();
  const lines = (write: (dialect: Dialect) => string): string => dialects.map(write).join('\n');
  gateway = await spawnGateway(
    `
listen: { stall: 600ms }
upstreams:
${lines((dialect) => upstreamEntry(dialect, dialect, upstream.url))}
${lines((dialect) => upstreamEntry(`${dialect}-short`, dialect, upstream.url, ', timeouts: { total: 600ms }'))}
models:
${lines((dialect) => modelEntry(dialect, [[dialect, dialect]]))}
${lines((dialect) => modelEntry(`${dialect}-short`, [[`${dialect}-short`, dialect]]))}
`,
    ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(WEIGH)}`],
  );
  ledger = new Ledger(gateway);
});

after(async () => {
  await gateway.quiet();
  assert.equal(gateway.child.exitCode, null, 'the process lives');
  await gateway.stop();
  await upstream.close();
});

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
      assert.ok(warm || HEAVY || grown < 20 * MB, `${grown} bytes more are resident`);
      for (const { outcome } of ledger.last) assert.equal(outcome, 'upstream_garbled');
    }
  });

  it('row 11: a stream without end has its deadline, and is cut there', async () => {
    const endless = (dialect: Dialect): Script => [
      streamHead(dialect),
      bytes(beginning(dialect)),
      repeat(bytes(Buffer.concat(Array.from({ length: 50 }, () => wordOf(dialect)))), pause(1)),
    ];
    await leavesNothing(dialects.length * faces.length, async () => {
      const began = performance.now();
      for (const dialect of dialects) {
        upstream.respond(endless(dialect));
        const at = upstream.calls.length;
        const replies = await Promise.all(faces.map((face) => ask(`${dialect}-short`, true, face)));
        for (const reply of replies) assert.match(reply.text.slice(-400), /error/);
        for (const call of upstream.calls.slice(at)) await call.aborted;
      }
      assert.ok(performance.now() - began < 15_000);
    });
    for (const { outcome, ms } of ledger.last) {
      assert.equal(outcome, 'upstream_timeout');
      assert.ok(ms.total >= 599);
    }
  });
});

/** An event that says a little more. */
function wordOf(dialect: Dialect): Buffer {
  const events = eventsIn(dialect, { text: ['Hel', 'lo', 'lo'] });
  const word = events.find((event) => event.includes('lo'));
  if (word === undefined) throw new Error('There is no such event.');
  return word;
}
