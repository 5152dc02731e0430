import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64ToFloats, floatsToBase64 } from './float32.ts';

test('numbers are written as little-endian floats of four bytes each', () => {
  assert.equal(floatsToBase64([1]), Buffer.of(0, 0, 0x80, 0x3f).toString('base64'));
  assert.deepEqual(base64ToFloats('AACAPw=='), [1]);
});

test('what fits into 32 bits comes back as it was, wherever its bytes lie', () => {
  for (const numbers of [[0], [0.5, -0.25], [1.401298464324817e-45, 3.4028234663852886e38, -0, 7]]) {
    assert.deepEqual(base64ToFloats(floatsToBase64(numbers)), numbers);
  }
});

test('what is no list of floats is none', () => {
  for (const text of ['', 'AAA=', 'AAAAAAA=']) assert.equal(base64ToFloats(text), undefined);
});
