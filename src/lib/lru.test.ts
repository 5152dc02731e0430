import assert from 'node:assert/strict';
import test from 'node:test';
import { Lru } from './lru.ts';

test('the entry longest unused goes first, and reading counts as use', () => {
  const lru = new Lru<string, number>({ maxEntries: 2 });
  lru.set('a', 1);
  lru.set('b', 2);
  assert.equal(lru.get('a'), 1);
  lru.set('c', 3);
  assert.equal(lru.get('b'), undefined);
  assert.equal(lru.get('a'), 1);
  assert.equal(lru.get('c'), 3);
  assert.equal(lru.size, 2);
});

test('weight is bounded exactly: the bound itself fits, one more does not', () => {
  const lru = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  lru.set('a', 'a', 4);
  lru.set('b', 'b', 6);
  assert.deepEqual([lru.size, lru.weight], [2, 10]);
  lru.set('c', 'c', 1);
  assert.deepEqual([lru.get('a'), lru.get('b'), lru.get('c')], [undefined, 'b', 'c']);
  assert.equal(lru.weight, 7);
});

test('one heavy entry pushes out as many as it takes', () => {
  const lru = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  for (const key of ['a', 'b', 'c', 'd', 'e']) lru.set(key, key, 2);
  lru.set('f', 'f', 7);
  assert.deepEqual([lru.size, lru.weight, lru.get('e')], [2, 9, 'e']);
});

test('an entry heavier than everything is refused and takes its predecessor along', () => {
  const lru = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  assert.equal(lru.set('a', 'old', 5), true);
  assert.equal(lru.set('a', 'new', 11), false);
  assert.deepEqual([lru.get('a'), lru.size, lru.weight], [undefined, 0, 0]);
});

test('replacing an entry replaces its weight', () => {
  const lru = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  lru.set('a', 'old', 8);
  lru.set('a', 'new', 3);
  assert.deepEqual([lru.get('a'), lru.weight], ['new', 3]);
});

test('an entry is there one millisecond before its deadline and gone on it, weight included', () => {
  const lru = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  lru.set('a', 'a', 5, 1_000);
  assert.equal(lru.get('a', 999), 'a');
  assert.equal(lru.get('a', 1_000), undefined);
  assert.deepEqual([lru.size, lru.weight], [0, 0]);
});

test('an entry as heavy as the bound is kept alone, and one entry may be all there is', () => {
  const heavy = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  heavy.set('a', 'a', 1);
  assert.equal(heavy.set('b', 'b', 10), true);
  assert.deepEqual([heavy.get('a'), heavy.get('b')], [undefined, 'b']);
  const single = new Lru<string, string>({ maxEntries: 1 });
  single.set('a', 'a');
  assert.equal(single.set('b', 'b'), true);
  assert.deepEqual([single.get('a'), single.get('b')], [undefined, 'b']);
  assert.equal(new Lru<string, string>({ maxEntries: 0 }).set('a', 'a'), false);
});

test('clear leaves nothing behind', () => {
  const lru = new Lru<string, string>({ maxEntries: 10, maxWeight: 10 });
  lru.set('a', 'a', 5);
  lru.clear();
  assert.deepEqual([lru.size, lru.weight, lru.get('a')], [0, 0, undefined]);
});
