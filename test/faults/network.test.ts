// Faults before a connection stands: nobody listens, nobody answers, the wrong one answers.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { WireEnd } from '../../src/canonical/wire.ts';
import { usualTimers } from '../../src/flow/dispatch/options.ts';
import { Cancel } from '../../src/lib/cancel.ts';
import { createClock, createTicker } from '../../src/server/edges.ts';
import { HttpTransport } from '../../src/transport/http-transport.ts';
import { type Face, faces, questionIn, readAnswer, replyIn } from '../testkit/dialects.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { type RawReply, send } from '../testkit/raw-client.ts';
import { json } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, spawnGateway, startGateway } from '../testkit/start-gateway.ts';
import { Ledger } from './ledger.ts';
import { modelEntry, upstreamEntry } from './scene.ts';

interface Reached {
  readonly face: Face;
  readonly reply: RawReply;
  readonly receipt: JsonValue;
}

/** Asks a model at every face, streamed and not. */
async function askAll(gateway: Gateway, ledger: Ledger, model: string): Promise<readonly Reached[]> {
  const cases = faces.flatMap((face) => [true, false].map((stream) => ({ face, stream })));
  const replies = await Promise.all(
    cases.map(({ face, stream }) => {
      const { path, body } = questionIn(face, model, stream);
      return send(gateway.url, path, { body, headers: { authorization: `Bearer ${gateway.key}` } });
    }),
  );
  await gateway.quiet();
  await ledger.balance(cases.length);
  return cases.map(({ face }, at) => {
    const reply = replies[at] as RawReply;
    const id = reply.headers['x-request-id'] ?? reply.headers['request-id'] ?? '';
    return { face, reply, receipt: ledger.receipt(id) };
  });
}

function assertSaved({ face, reply, receipt }: Reached, outcome: string): void {
  assert.equal(reply.status, 200, reply.text);
  assert.equal(readAnswer(face, reply.headers['content-type'] ?? '', reply.text).text, 'Saved.');
  const [failed, saved] = receipt.attempts;
  assert.deepEqual([failed.outcome, saved.outcome], [outcome, 'ok'], JSON.stringify(receipt));
  assert.equal(failed.tokens, undefined, 'what was never sent is not owed');
  assert.equal(receipt.cost_nano, saved.cost_nano);
}

/** Two models: one with the broken place alone, one that has another target besides. */
function configOf(broken: string, good: ScriptedUpstream, more = ''): string {
  return `
upstreams:
${upstreamEntry('broken', 'chat', broken, more)}
${upstreamEntry('good', 'chat', good.url)}
models:
${modelEntry('alone', [['broken', 'chat']])}
${modelEntry('saved', [
  ['broken', 'chat'],
  ['good', 'chat'],
])}
`;
}

describe('nobody is there', () => {
  let good: ScriptedUpstream;
  before(async () => {
    good = await createScriptedUpstream();
    good.respond(replyIn('chat', { text: 'Saved.' }));
  });
  after(() => good.close());

  it('row 1: a refused connection costs no time and no money', async () => {
    const closed = await createScriptedUpstream();
    await closed.close();
    const gateway = await startGateway(configOf(closed.url, good));
    const ledger = new Ledger(gateway);
    for (const reached of await askAll(gateway, ledger, 'saved')) assertSaved(reached, 'upstream_refused');
    // Once warm, one after the other: failing over takes no longer than 50 ms.
    const took: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      const { path, body } = questionIn('chat', 'saved', false);
      await gateway.ask(path, body);
      await gateway.quiet();
      const [{ start_ms, end_ms }] = gateway.receipts().at(-1).attempts;
      took.push(end_ms - start_ms);
    }
    await ledger.balance(5);
    assert.ok(Math.min(...took) < 50, `${took} ms`);
    for (const { reply, receipt } of await askAll(gateway, ledger, 'alone')) {
      assert.equal(reply.status, 502);
      assert.deepEqual([receipt.cost_nano, receipt.outcome], ['0', 'upstream_refused']);
      assert.doesNotMatch(reply.text, /127\.0\.0\.1|ECONN\w+ 1/, 'callers learn no addresses');
    }
    await gateway.stop();
  });

  it('row 2: a black hole is given up after the time to connect, and another answers', async (t) => {
    assert.equal(usualTimers.connect, 3_000, 'without a word in the config');
    const hole = await digHole(t);
    if (hole === undefined) return;
    const gateway = await startGateway(configOf(hole.url, good, ', timeouts: { connect: 300ms }'));
    const ledger = new Ledger(gateway);
    for (const reached of await askAll(gateway, ledger, 'saved')) {
      assertSaved(reached, 'upstream_timeout');
      const [{ start_ms, end_ms }] = reached.receipt.attempts;
      assert.ok(end_ms - start_ms >= 299);
    }
    for (const { reply, receipt } of await askAll(gateway, ledger, 'alone')) {
      assert.deepEqual([reply.status, receipt.cost_nano], [504, '0']);
    }
    await gateway.stop();
    hole.close();
  });
});

interface Hole {
  readonly url: string;
  close(): void;
}

const LISTEN = `
const server = require('node:net').createServer();
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
`;

/** A port whose owner is stopped and whose queue is full: whoever knocks hears nothing, as from a black hole. */
async function digHole(t: TestContext): Promise<Hole | undefined> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
  );
  child.kill('SIGSTOP');
  const knocks: Socket[] = [];
  const close = (): void => closeHole(child, knocks);
  for (let knock = 0; knock < 8; knock += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    knocks.push(socket);
    const heard = await Promise.race([
      new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true))),
      new Promise<boolean>((resolve) => setTimeout(resolve, 150, false)),
    ]);
    if (!heard) return { url: `http://127.0.0.1:${port}`, close };
  }
  close();
  t.skip('THIS SYSTEM HAS NO BLACK HOLES: its queue of connections takes more than it was told to');
  return undefined;
}

function closeHole(child: ChildProcess, knocks: readonly Socket[]): void {
  for (const socket of knocks) socket.destroy();
  child.kill('SIGKILL');
}

describe('the wrong one answers', () => {
  let folder = '';
  let good: ScriptedUpstream;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-certs-'));
    good = await createScriptedUpstream();
    good.respond(replyIn('chat', { text: 'Saved.' }));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await good.close();
  });

  /** A certificate signed by itself, for these names. */
  function certify(
    name: string,
    names: string,
    days = 2,
  ): { cert: Buffer; key: Buffer; file: string } | undefined {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...[
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        String(days),
        '-subj',
        '/CN=up',
        '-addext',
        `subjectAltName=${names}`,
      ],
    ]);
    return made.status === 0 ? { cert: readFileSync(cert), key: readFileSync(key), file: cert } : undefined;
  }

  it('row 27: a certificate that is not to be trusted ends it before a word is said', async (t) => {
    const right = certify('right', 'IP:127.0.0.1');
    const wrong = certify('wrong', 'DNS:elsewhere.example');
    const unknown = certify('unknown', 'IP:127.0.0.1');
    if (right === undefined || wrong === undefined || unknown === undefined) {
      t.skip('THERE IS NO openssl HERE to make certificates with');
      return;
    }
    const trusted = join(folder, 'trusted.pem');
    writeFileSync(trusted, Buffer.concat([right.cert, wrong.cert]));
    const cases = [
      ['right', right, {}],
      ['wrong', wrong, {}],
      ['unknown', unknown, {}],
      ['old', right, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    ] as const;
    const upstreams = new Map<string, ScriptedUpstream>();
    for (const [name, { cert, key }, more] of cases) {
      const upstream = await createScriptedUpstream({ tls: { cert, key, ...more } });
      upstream.respond(replyIn('chat', { text: 'Saved.' }));
      upstreams.set(name, upstream);
    }
    // One who does not speak it at all.
    const plain = await createScriptedUpstream();
    plain.respond(json({}));
    upstreams.set('plain', plain);
    const names = [...upstreams.keys()];
    const urlOf = (name: string): string => (upstreams.get(name)?.url ?? '').replace('http:', 'https:');
    const gateway = await spawnGateway(
      `
upstreams:
${names.map((name) => upstreamEntry(name, 'chat', urlOf(name), ', timeouts: { connect: 400ms }')).join('\n')}
${upstreamEntry('good', 'chat', good.url)}
models:
${names.map((name) => modelEntry(name, [[name, 'chat']])).join('\n')}
${names
  .map((name) =>
    modelEntry(`${name}-saved`, [
      [name, 'chat'],
      ['good', 'chat'],
    ]),
  )
  .join('\n')}
`,
      [],
      { NODE_EXTRA_CA_CERTS: trusted },
    );
    const ledger = new Ledger(gateway);
    for (const { reply } of await askAll(gateway, ledger, 'right'))
      assert.equal(reply.status, 200, reply.text);
    for (const name of names.slice(1)) {
      // To who speaks no TLS, its opening is the beginning of a question.
      const outcome = name === 'plain' ? 'upstream_timeout' : 'upstream_refused';
      for (const { reply, receipt } of await askAll(gateway, ledger, name)) {
        assert.equal(reply.status, name === 'plain' ? 504 : 502);
        assert.deepEqual([receipt.outcome, receipt.cost_nano], [outcome, '0'], name);
      }
      for (const reached of await askAll(gateway, ledger, `${name}-saved`)) assertSaved(reached, outcome);
      assert.equal(upstreams.get(name)?.calls.length, 0, 'no call, no prompt, no secret went there');
    }
    await gateway.stop();
    for (const upstream of upstreams.values()) await upstream.close();
  });
});

describe('a name that changes sides', () => {
  it('row 25: what stood for a public address is not followed within our own walls', async () => {
    const within = await createScriptedUpstream();
    within.respond(json({ ok: true }));
    let answers: readonly string[] = [];
    const asked: string[] = [];
    const transport = new HttpTransport(createClock(), createTicker(), (name, _options, tell) => {
      asked.push(name);
      tell(
        null,
        answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    });
    const call = (host: string, guarded: boolean): Promise<WireEnd> =>
      transport.send(
        {
          origin: { tls: false, host, port: within.port, ...(guarded ? { guarded } : {}) },
          method: 'POST',
          path: '/v1/chat/completions',
          headers: { authorization: 'Bearer sk-upstream' },
          body: [Buffer.from('{}')],
          timers: { connect: 100, firstByte: 5_000, firstContent: 5_000, idle: 5_000, total: 5_000 },
          cancel: new Cancel(),
        },
        { head: () => undefined, data: () => undefined },
      );
    // An address for documents, where nobody is: all that matters is that it is public.
    answers = ['192.0.2.1'];
    assert.equal((await call('up.example', true)).ok, false);
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '0.0.0.0']) {
      answers = [address];
      const end = await call('up.example', true);
      assert.ok(!end.ok && !end.sent && end.error.code === 'upstream_refused');
      assert.equal(end.error.detail.upstream?.code, 'EREBIND');
    }
    assert.deepEqual([within.accepted, within.calls.length], [0, 0], 'not even a connection');
    answers = ['127.0.0.1'];
    assert.ok(
      (await call('engine.example', true)).ok,
      'private from the beginning: that is how it was meant',
    );
    assert.deepEqual(new Set(asked), new Set(['up.example', 'engine.example']));
    assert.equal(asked.length, 5);
    transport.close();
    await within.close();
  });
});
