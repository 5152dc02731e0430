import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inSeconds } from './seconds.ts';

const rows: readonly (readonly [milliseconds: number, text: string])[] = [
  [600_000, '600 s'],
  [99.38066300000015, '0.099 s'],
  [1500, '1.5 s'],
  [9_999.4, '9.999 s'],
  [59_987.654321, '60 s'],
  [12_345.6, '12.3 s'],
  [0.2, '0 s'],
];

for (const [milliseconds, text] of rows) {
  test(`${milliseconds} ms is ${text}`, () => {
    assert.equal(inSeconds(milliseconds), text);
  });
}
