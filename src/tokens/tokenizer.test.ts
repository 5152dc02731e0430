import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { type Engine, type EngineEvents, startThread, Tokenizer } from './tokenizer.ts';
import type { Question } from './worker.ts';

/** Threads that answer when the test says so. */
function setting() {
  const clock = new FakeClock();
  const threads: { readonly events: EngineEvents; readonly asked: Question[]; ended: boolean }[] = [];
  const start = (events: EngineEvents): Engine => {
    const thread = { events, asked: [] as Question[], ended: false };
    threads.push(thread);
    return {
      ask: (question) => thread.asked.push(question),
      end: () => {
        thread.ended = true;
      },
    };
  };
  return { clock, threads, tokenizer: new Tokenizer({ clock, ticker: clock, start }) };
}

const body = Buffer.from('{"messages":[]}');

test('nothing runs before somebody asks, and nothing runs for long after', async () => {
  const { clock, threads, tokenizer } = setting();
  assert.equal(threads.length, 0);
  const count = tokenizer.count(body);
  assert.equal(threads.length, 1);
  threads[0]!.events.answer({ id: threads[0]!.asked[0]!.id, tokens: 7 });
  assert.equal(await count, 7);
  clock.advance(30_000);
  assert.equal(tokenizer.running, true);
  clock.advance(2_000);
  assert.equal(tokenizer.running, false);
  assert.equal(threads[0]!.ended, true);
  void tokenizer.count(body);
  assert.equal(threads.length, 2, 'and it starts again');
});

test('the body is copied: its own memory stays readable', () => {
  const { threads, tokenizer } = setting();
  void tokenizer.count(body);
  const asked = threads[0]!.asked[0]!.body;
  assert.notEqual(asked.buffer, body.buffer);
  assert.equal(Buffer.from(asked).toString(), body.toString());
});

test('a body that is too large is not asked about', async () => {
  const { threads, tokenizer } = setting();
  assert.equal(await tokenizer.count(Buffer.alloc(4 * 1024 * 1024 + 1)), undefined);
  assert.equal(threads.length, 0);
});

test('seventeen at once are one too many', async () => {
  const { threads, tokenizer } = setting();
  const counts = Array.from({ length: 17 }, () => tokenizer.count(body));
  assert.equal(await counts[16], undefined);
  assert.equal(threads[0]!.asked.length, 16);
});

test('who waits too long goes on without', async () => {
  const { clock, threads, tokenizer } = setting();
  const count = tokenizer.count(body);
  clock.advance(5_000);
  assert.equal(await count, undefined);
  threads[0]!.events.answer({ id: threads[0]!.asked[0]!.id, tokens: 7 });
});

test('a thread that breaks answers nobody and is left alone for a minute', async () => {
  const { clock, threads, tokenizer } = setting();
  const counts = [tokenizer.count(body), tokenizer.count(body)];
  threads[0]!.events.broken();
  assert.deepEqual(await Promise.all(counts), [undefined, undefined]);
  assert.equal(await tokenizer.count(body), undefined);
  assert.equal(threads.length, 1);
  clock.advance(60_000);
  void tokenizer.count(body);
  assert.equal(threads.length, 2);
  threads[0]!.events.broken();
  assert.equal(tokenizer.running, true, 'the old one has no say any more');
});

test('closing answers everybody', async () => {
  const { tokenizer } = setting();
  const count = tokenizer.count(body);
  tokenizer.close();
  assert.equal(await count, undefined);
});

test('the thread itself counts as OpenAI does, marks of the tokenizer being text', async () => {
  const clock = new FakeClock();
  const tokenizer = new Tokenizer({ clock, ticker: clock, start: startThread });
  const ask = (content: string) =>
    tokenizer.count(Buffer.from(JSON.stringify({ messages: [{ role: 'user', content }] })));
  assert.equal(await ask('Hello, world!'), 4);
  assert.equal(await ask(''), 0);
  assert.ok(((await ask('<|endoftext|>')) ?? 0) > 1);
  assert.equal(await tokenizer.count(Buffer.from('[1]')), undefined);
  assert.equal(await tokenizer.count(Buffer.from('{')), undefined);
  tokenizer.close();
});
