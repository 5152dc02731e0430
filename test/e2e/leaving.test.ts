// Callers who leave, and callers who stop reading: the upstream is let go at once, or made to wait; nothing piles up.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRawClient, type RawClient, requestBytes } from '../testkit/raw-client.ts';
import { chatStream, messagesStream } from '../testkit/replies.ts';
import { bytes, createGate, end, head, type Script, sseHead, stall, wait } from '../testkit/script.ts';
import { facePaths } from './errors.ts';
import { type Dialect, dialects, useSetting } from './setting.ts';

const setting = useSetting();
const MB = 2 ** 20;

function streamOf(dialect: Dialect): {
  readonly beginning: string;
  readonly piece: string;
  readonly ending: string;
} {
  const text = 'a'.repeat(MB / 8);
  const stream =
    dialect === 'chat' ? chatStream({ text: ['Hel', text] }, false) : messagesStream({ text: ['Hel', text] });
  const events = stream.split('\n\n').map((event) => `${event}\n\n`);
  const first = events.findIndex((event) => event.includes('Hel'));
  return {
    beginning: events.slice(0, first + 1).join(''),
    piece: events[first + 1] ?? '',
    ending: events.slice(first + 2, -1).join(''),
  };
}

async function begin(face: Dialect, to: Dialect, stream: boolean): Promise<RawClient> {
  const client = await createRawClient(setting.gateway.url);
  const body = { model: to, stream, max_tokens: 100, messages: [{ role: 'user', content: 'Hello.' }] };
  const headers = { authorization: `Bearer ${setting.gateway.key}` };
  await client.write(requestBytes(facePaths[face], { headers, body }));
  return client;
}

for (const to of dialects) {
  describe(`over a ${to} upstream, a caller`, () => {
    const { beginning, piece, ending } = streamOf(to);
    const moments: readonly (readonly [string, boolean, Script, string | undefined])[] = [
      ['before the first byte of a stream', true, [stall], undefined],
      ['before the first token of a stream', true, [sseHead(), stall], undefined],
      ['in the middle of a stream', true, [sseHead(), bytes(beginning), stall], 'Hel'],
      ['before an unstreamed answer', false, [stall], undefined],
      [
        'in the middle of an unstreamed answer',
        false,
        [head(200, { 'content-length': '99' }, 'raw'), bytes('{"id"'), stall],
        undefined,
      ],
    ];
    for (const face of dialects) {
      for (const [when, stream, script, seen] of moments) {
        for (const how of ['abort', 'end'] as const) {
          it(`of ${face} leaves ${when}, ${how === 'abort' ? 'with a reset' : 'in good order'}`, async () => {
            const upstream = setting.upstreams[to];
            upstream.respond(script);
            const at = upstream.calls.length;
            const client = await begin(face, to, stream);
            const call = await upstream.call(at);
            if (seen !== undefined) await client.until(seen);
            client[how]();
            await call.aborted;
            await setting.gateway.quiet();
            const receipt = setting.gateway.receipts().at(-1);
            assert.equal(receipt.outcome, 'client_gone');
            assert.equal(receipt.attempts.length, 1, 'nobody else is asked for a caller who has left');
          });
        }
      }

      it(`of ${face} stops reading: the upstream is made to wait, and nothing is lost when reading goes on`, async () => {
        const upstream = setting.upstreams[to];
        const pieces = 512;
        const flood = Array.from({ length: pieces }, () => bytes(piece));
        upstream.respond([sseHead(), bytes(beginning), ...flood, bytes(ending), end]);
        const at = upstream.calls.length;
        const client = await begin(face, to, true);
        const call = await upstream.call(at);
        await client.until('Hel');
        client.pause();
        let before = -1;
        // The flood stands still when it has not moved during many turns of everybody's event loop.
        for (let still = 0; still < 20; ) {
          await setting.gateway.metrics();
          still = call.written === before ? still + 1 : 0;
          before = call.written;
        }
        assert.ok(call.written < 32 * MB, `${call.written} bytes went out to a caller who reads none`);
        client.resume();
        const reply = await client.reply();
        assert.ok(reply.whole);
        assert.equal(reply.text.split('a'.repeat(MB / 8)).length - 1, pieces);
        assert.match(reply.text, face === 'chat' ? /\[DONE\]\n\n$/ : /"message_stop"\}\n\n$/);
        client.abort();
      });
    }
  });
}

describe('one connection', () => {
  it('serves call after call, and several that were sent at once, in their order', async () => {
    const upstream = setting.upstreams.chat;
    const gates = [createGate(), createGate()] as const;
    for (const [number, gate] of gates.entries()) {
      const whole = chatStream({ text: `Answer ${number}.` }, false);
      upstream.next([wait(gate.opened), sseHead(), bytes(whole), end]);
    }
    const client = await begin('chat', 'chat', true);
    const body = { model: 'chat', stream: true, messages: [{ role: 'user', content: 'Again.' }] };
    const headers = { authorization: `Bearer ${setting.gateway.key}` };
    await client.write(requestBytes(facePaths.chat, { headers, body }));
    gates[1].open();
    gates[0].open();
    assert.match((await client.reply()).text, /Answer 0/);
    assert.match((await client.reply()).text, /Answer 1/);
    client.abort();
  });
});
