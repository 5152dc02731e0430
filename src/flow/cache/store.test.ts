import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeClock, fakeHead, fakeUsage } from '../../../test/testkit/flow-doubles.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import { createAnswer, type Piece, type Source } from './answer.ts';
import { createExactStore } from './store.ts';

const source: Source = { upstream: 'here', upstreamModel: 'llama', ledger: undefined, price: undefined };

function frames(...parts: readonly [kind: FrameKind, text: string][]): readonly Piece[] {
  return parts.map(([kind, text]) => ({ kind, bytes: Buffer.from(text) }));
}

function answer(size: number) {
  return createAnswer(fakeHead(), frames(['terminal', 'x'.repeat(size)]), fakeUsage(1, 1), source);
}

function store(maxBytes = 1_000_000, maxEntry = 100_000, maxEntries = 100) {
  const clock = new FakeClock();
  return { clock, store: createExactStore({ clock, maxBytes, maxEntry, maxEntries }) };
}

test('an answer is good for its time to live and not a millisecond longer', () => {
  const { clock, store: kept } = store();
  const one = answer(10);
  kept.put('k', one, 60_000);
  clock.advance(59_999);
  assert.equal(kept.get('k'), one);
  clock.advance(1);
  assert.equal(kept.get('k'), undefined);
  assert.deepEqual([kept.size, kept.bytes], [0, 0]);
});

test('reading does not prolong the life of an answer', () => {
  const { clock, store: kept } = store();
  kept.put('k', answer(10), 1_000);
  clock.advance(600);
  assert.ok(kept.get('k'));
  clock.advance(400);
  assert.equal(kept.get('k'), undefined);
});

test('the largest entry is kept, one byte more is not', () => {
  const { store: kept } = store(1_000_000, 500);
  kept.put('fits', answer(500), 1_000);
  kept.put('does not', answer(501), 1_000);
  assert.ok(kept.get('fits'));
  assert.equal(kept.get('does not'), undefined);
});

test('an answer counts with its bytes and what is around them, and the longest unused leaves', () => {
  const { store: kept } = store(2 * (1_024 + 100));
  for (const key of ['a', 'b']) kept.put(key, answer(100), 1_000);
  assert.equal(kept.bytes, 2_248);
  kept.get('a');
  kept.put('c', answer(100), 1_000);
  assert.deepEqual([kept.get('b'), kept.size], [undefined, 2]);
});

test('entries are bounded in number too', () => {
  const { store: kept } = store(1_000_000, 1_000, 3);
  for (let i = 0; i < 10; i += 1) kept.put(`k${i}`, answer(1), 1_000);
  assert.equal(kept.size, 3);
  kept.clear();
  assert.deepEqual([kept.size, kept.bytes], [0, 0]);
});

function shape(pieces: readonly Piece[]): readonly (readonly [string, string])[] {
  return pieces.map((piece) => [piece.kind, piece.bytes.toString()] as const);
}

test('frames in a row become one piece; usage and the end stay apart', () => {
  const kept = createAnswer(
    fakeHead(),
    frames(
      ['prelude', 'a'],
      ['content', 'b'],
      ['content', 'c'],
      ['usage', 'u'],
      ['content', 'd'],
      ['terminal', 'e'],
    ),
    fakeUsage(1, 1),
    source,
  );
  assert.deepEqual(shape(kept.pieces), [
    ['content', 'abc'],
    ['usage', 'u'],
    ['content', 'd'],
    ['terminal', 'e'],
  ]);
  assert.equal(kept.bytes, 6);
});

test('pieces stay within 64 KiB unless a single frame is larger', () => {
  const half = 'x'.repeat(32 * 1_024);
  const kept = createAnswer(
    fakeHead(),
    frames(
      ['content', half],
      ['content', half],
      ['content', 'y'],
      ['content', half.repeat(3)],
      ['terminal', 'e'],
    ),
    fakeUsage(1, 1),
    source,
  );
  assert.deepEqual(
    kept.pieces.map((piece) => piece.bytes.length),
    [65_536, 1, 98_304, 1],
  );
});

test('what is kept holds on to no larger buffer, and to no upstream header', () => {
  const read = Buffer.alloc(60_000, 'x');
  const kept = createAnswer(
    fakeHead({ headers: { 'x-ratelimit-remaining-requests': '3' } }),
    [{ kind: 'terminal', bytes: read.subarray(0, 5_000) }],
    fakeUsage(1, 1),
    source,
  );
  assert.notEqual(kept.pieces[0]?.bytes.buffer, read.buffer);
  assert.deepEqual(kept.head.headers, {});
});
