import assert from 'node:assert/strict';
import { test } from 'node:test';
import { given } from './given.ts';

test('undefined is absent; nothing else is', () => {
  const all = { a: undefined, b: null, c: 0, d: '', e: false };
  assert.deepEqual(Object.keys(given<object>(all)), ['b', 'c', 'd', 'e']);
});
