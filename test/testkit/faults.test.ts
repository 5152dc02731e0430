// The fault instrument does what its names say, in every dialect.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Dialect,
  dialects,
  eventsIn,
  eventsUpTo,
  faces,
  questionIn,
  readAnswer,
  replyIn,
} from './dialects.ts';
import { createFaultUpstream, helpText } from './fault-upstream.ts';
import { faultScript } from './faults.ts';
import { createRawClient, pipeline, type RawReply, requestBytes, send } from './raw-client.ts';
import { bytes, createGate, end, json, pause, repeat, sse, sseHead } from './script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from './scripted-upstream.ts';
import { createHandTimer } from './timer.ts';

const BEDROCK = '/model/fault-model';
const pathOf = (dialect: Dialect, model: string, stream: boolean) =>
  dialect === 'converse'
    ? { path: `${BEDROCK.replace('fault-model', model)}/converse${stream ? '-stream' : ''}`, body: {} }
    : questionIn(dialect, model, stream);

const typeOf = (reply: RawReply): string => reply.headers['content-type'] ?? '';

describe('an upstream of every dialect', () => {
  const timer = createHandTimer();
  let upstream: ScriptedUpstream;
  before(async () => {
    upstream = await createFaultUpstream({ timer: timer.timer });
  });
  after(() => upstream.close());

  async function ask(dialect: Dialect, model: string, stream: boolean): Promise<RawReply | 'nothing'> {
    const { path, body } = pathOf(dialect, model, stream);
    return send(upstream.url, path, { body }).catch(() => 'nothing' as const);
  }

  async function whole(dialect: Dialect, model: string, stream: boolean): Promise<RawReply> {
    const reply = await ask(dialect, model, stream);
    assert.notEqual(reply, 'nothing');
    return reply as RawReply;
  }

  it('answers well whoever asks for nothing else', async () => {
    for (const face of faces) {
      for (const stream of [false, true]) {
        const reply = await whole(face, 'any', stream);
        assert.match(readAnswer(face, typeOf(reply), reply.text).text, /^All is well here, .* see\.$/);
      }
    }
    assert.match((await whole('converse', 'any', false)).text, /All is well/);
    assert.match((await whole('converse', 'any', true)).text, /messageStop/);
  });

  it('dies after so many events, in each way and in each dialect', async () => {
    for (const dialect of dialects) {
      const reply = { text: ['All ', 'is ', 'well ', 'here, ', 'as ', 'far ', 'as ', 'I ', 'can ', 'see.'] };
      const three = Buffer.concat(eventsIn(dialect, reply).slice(0, 3));
      for (const [death, isWhole] of [
        ['rst', false],
        ['fin', false],
        ['end', true],
      ] as const) {
        const got = await whole(dialect, `fault-${death}-after-3`, true);
        assert.equal(got.body.length, three.length, `${death} in ${dialect}`);
        assert.equal(got.whole, isWhole);
      }
      const said = (await whole(dialect, 'fault-error-after-3', true)).body;
      assert.ok(said.subarray(0, three.length).equals(three) && said.includes('It broke.'));
    }
  });

  it('dies after so many bytes of a body', async () => {
    const got = await whole('chat', 'fault-fin-after-20', false);
    assert.deepEqual([got.body.length, got.whole], [20, false]);
  });

  it('says nothing at all', async () => {
    for (const fault of ['rst-before-head', 'fin-before-head']) {
      assert.equal(await ask('chat', `fault-${fault}`, true), 'nothing');
    }
  });

  it('answers with any status, and says when to come again', async () => {
    const reply = await whole('messages', 'some/fault-status-429-retry-7', false);
    assert.deepEqual([reply.status, reply.headers['retry-after']], [429, '7']);
    assert.equal((await whole('gemini', 'fault-status-503', true)).status, 503);
    assert.equal((await whole('converse', 'fault-status-500', true)).status, 500);
  });

  it('waits by the timer it was given', async () => {
    const asked = whole('chat', 'fault-slow-1000', false);
    await timer.waitedFor();
    timer.pass(999);
    assert.equal(timer.waiting, 1);
    timer.pass(1);
    assert.equal((await asked).status, 200);
  });

  it('writes in pieces, lies about coding, sends elsewhere', async () => {
    assert.equal((await whole('chat', 'fault-dribble-1', true)).whole, true);
    assert.equal((await whole('chat', 'fault-gzip', false)).headers['content-encoding'], 'gzip');
    assert.equal((await whole('chat', 'fault-redirect', false)).status, 302);
    assert.match((await whole('ollama', 'fault-error-in-200', false)).text, /It broke/);
    assert.ok((await whole('chat', 'fault-huge-2', true)).body.length > 2_000_000);
  });

  it('goes on for ever, until nobody listens', async () => {
    const client = await createRawClient(upstream.url);
    const { path, body } = pathOf('ollama', 'fault-endless', true);
    const at = upstream.calls.length;
    client.at(100_000, () => client.abort());
    await client.write(requestBytes(path, { body }));
    const call = await upstream.call(at);
    await call.aborted;
    assert.ok(call.written >= 80_000);
  });

  it('does what it was ordered, as often as it was ordered, and tells what it saw', async () => {
    const order = (body: unknown) => send(upstream.url, '/__fault', { body });
    assert.equal((await order({ fault: 'status-500', times: 2 })).status, 200);
    await order({ script: [{ head: 418, headers: { 'x-a': 'b' } }, { bytes: 'pot' }, 'end'], model: 'tea' });
    const statuses: (number | undefined)[] = [];
    for (const model of ['a', 'tea', 'b', 'c', 'tea']) {
      const reply = await ask('chat', model, false);
      statuses.push(reply === 'nothing' ? undefined : reply.status);
    }
    assert.deepEqual(statuses, [500, 418, 500, 200, 418]);
    for (const wrong of [{}, { fault: 'no-such' }, { script: ['dance'] }]) {
      assert.equal((await order(wrong)).status, 400);
    }
    await send(upstream.url, '/__fault', { method: 'DELETE' });
    assert.equal((await whole('chat', 'tea', false)).status, 200);
    const seen = (await send(upstream.url, '/__fault', { method: 'GET' })).json;
    assert.ok(seen.connections.accepted > seen.connections.most && seen.connections.most >= 1);
    const last = seen.calls.at(-1);
    assert.equal(last.path, '/v1/chat/completions');
    assert.ok(last.bytes.in > 100 && last.bytes.out > 100 && last.left_after_ms === undefined);
    assert.ok(seen.calls.some((call: { left_after_ms?: number }) => (call.left_after_ms ?? -1) >= 0));
  });

  it('explains itself', () => {
    for (const word of ['fault-rst-after-N', 'fault-slow-MS', '/__fault', '--port']) {
      assert.ok(helpText().includes(word), word);
    }
  });

  it('knows only what it knows', async () => {
    assert.equal((await whole('chat', 'fault-no-such', false)).status, 400);
    assert.equal((await send(upstream.url, '/v1/unknown', { body: {} })).status, 404);
    const call = upstream.calls[0]!;
    assert.equal(faultScript('fault-no-such', call, 'chat', {}), undefined);
    assert.throws(() => eventsUpTo('chat', 'nobody says this', { text: 'x' }));
  });
});

describe('a scripted upstream, further', () => {
  it('pauses by its timer, and repeats until the other side leaves', async () => {
    const { timer, waitedFor, pass } = createHandTimer();
    const upstream = await createScriptedUpstream({ timer });
    upstream.respond([sseHead(), repeat(bytes('tick\n'), pause(10))]);
    const client = await createRawClient(upstream.url);
    await client.write(requestBytes('/', { body: {} }));
    for (let ticks = 1; ticks <= 3; ticks += 1) {
      await waitedFor();
      await client.until('tick\n'.repeat(1));
      assert.equal(upstream.calls[0]?.written, 5 * ticks);
      pass(10);
    }
    client.abort();
    await upstream.calls[0]?.aborted;
    await upstream.close();
  });

  it('reads bodies in chunks, and knows how many bytes a call had', async () => {
    const upstream = await createScriptedUpstream();
    upstream.respond((call) => json(call.json));
    const client = await createRawClient(upstream.url);
    const request =
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n';
    await client.dribble(request + request, 7, () => new Promise((resolve) => setImmediate(resolve)));
    assert.deepEqual([(await client.reply()).json, (await client.reply()).json], [{ a: 1 }, { a: 1 }]);
    assert.deepEqual(
      upstream.calls.map(({ received }) => received),
      [request.length, request.length],
    );
    assert.deepEqual([upstream.accepted, upstream.mostOpen, upstream.open], [1, 1, 1]);
    client.abort();
    await upstream.close();
  });
});

describe('a raw client', () => {
  it('leaves, or stops reading, at the byte it was told', async () => {
    const upstream = await createScriptedUpstream();
    upstream.respond([sseHead(), ...Array.from({ length: 50 }, () => bytes('0123456789')), end]);
    const client = await createRawClient(upstream.url);
    let heard = 0;
    client.at(200, () => {
      heard = client.received.length;
      client.abort();
    });
    await client.write(requestBytes('/', { body: {} }));
    await client.closed;
    assert.ok(heard >= 200);
    assert.equal(client.received.length, heard);
    const paused = await createRawClient(upstream.url);
    const stopped = createGate();
    paused.at(200, () => {
      paused.pause();
      stopped.open();
    });
    await paused.write(requestBytes('/', { body: {} }));
    await stopped.opened;
    paused.resume();
    assert.equal((await paused.reply()).body.length, 500);
    paused.abort();
    await upstream.close();
  });

  it('sends several requests at once', async () => {
    const upstream = await createScriptedUpstream();
    upstream.respond(replyIn('chat', { text: 'x' }));
    upstream.next(sse('data: 1\n\n'), json({ n: 2 }));
    const { path, body } = questionIn('chat', 'm', false);
    const replies = await pipeline(
      upstream.url,
      [1, 2, 3].map(() => requestBytes(path, { body })),
    );
    assert.deepEqual(
      replies.map(({ whole }) => whole),
      [true, true, true],
    );
    assert.equal(upstream.accepted, 1);
    await upstream.close();
  });
});
