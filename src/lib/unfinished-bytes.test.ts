import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnfinishedBytes } from './unfinished-bytes.ts';

function holding(...pieces: readonly string[]): UnfinishedBytes {
  const bytes = new UnfinishedBytes();
  for (const piece of pieces) bytes.add(Buffer.from(piece));
  return bytes;
}

test('what came in pieces goes out in one, and nothing is left', () => {
  const bytes = holding('ab', '', 'c');
  assert.equal(bytes.length, 3);
  assert.equal(bytes.peek().toString(), 'abc');
  assert.equal(bytes.takeWith(Buffer.from('d')).toString(), 'abcd');
  assert.equal(bytes.length, 0);
  assert.equal(bytes.takeWith().toString(), '');
});

test('what was taken stays as it was when more comes', () => {
  const bytes = holding('first');
  const taken = bytes.takeWith();
  bytes.add(Buffer.from('other'));
  const part = bytes.take(2);
  bytes.add(Buffer.from('!!'));
  assert.deepEqual([taken, part, bytes.peek()].map(String), ['first', 'ot', 'her!!']);
});

test('it grows beyond its first capacity without losing a byte', () => {
  const whole = Buffer.from(Array.from({ length: 10_000 }, (_, at) => at % 251));
  const bytes = new UnfinishedBytes();
  for (let at = 0; at < whole.length; at += 7) bytes.add(whole.subarray(at, at + 7));
  assert.ok(bytes.takeWith().equals(whole));
});

test('the tail is the last of them, and no more than there are', () => {
  assert.equal(holding('abc').tail(2), 'bc');
  assert.equal(holding('a').tail(2), 'a');
  assert.equal(new UnfinishedBytes().tail(2), '');
});

test('what is dropped is gone', () => {
  const bytes = holding('abc');
  bytes.drop();
  bytes.add(Buffer.from('d'));
  assert.equal(bytes.takeWith().toString(), 'd');
});
