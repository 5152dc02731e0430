import assert from 'node:assert/strict';
import test from 'node:test';
import { distance, nearMatches } from './near-match.ts';

const distances: readonly [a: string, b: string, edits: number, why: string][] = [
  ['', '', 0, 'nothing differs from nothing'],
  ['', 'abc', 3, 'everything has to be added'],
  ['abc', '', 3, 'everything has to go'],
  ['fast', 'fast', 0, 'equal names are no edits apart'],
  ['fast', 'fasr', 1, 'one letter replaced'],
  ['fast', 'fats', 1, 'two neighbours swapped are one slip'],
  ['fast', 'fas', 1, 'one letter missing'],
  ['fast', 'faast', 1, 'one letter doubled'],
  ['kitten', 'sitting', 3, 'two replaced, one added'],
];

for (const [a, b, edits, why] of distances) {
  test(`distance: ${why}`, () => assert.equal(distance(a, b), edits));
}

test('distance gives up beyond its limit and is exact on it', () => {
  assert.equal(distance('kitten', 'sitting', 3), 3);
  assert.equal(distance('kitten', 'sitting', 2), Number.POSITIVE_INFINITY);
  assert.equal(distance('ab', 'abcd', 1), Number.POSITIVE_INFINITY);
});

const names = ['fast', 'smart', 'llama-3.1-8b', 'here/llama-3.1-8b', 'qwen3:4b', 'embed'];
const hints: readonly [name: string, near: readonly string[], why: string][] = [
  ['fsat', ['fast'], 'swapped letters are found'],
  ['FAST', ['fast'], 'case does not matter'],
  ['llama-3.1-8b', ['llama-3.1-8b', 'here/llama-3.1-8b'], 'the name itself first, then one that contains it'],
  ['llama_3_1_8b', ['llama-3.1-8b', 'here/llama-3.1-8b'], 'separators do not matter'],
  ['qwen3', ['qwen3:4b'], 'a beginning is near'],
  ['embedding', ['embed'], 'a name that goes on too long is near'],
  ['zzzzzzzz', [], 'nothing is better than nonsense'],
  ['', [], 'no name has no neighbours'],
];

for (const [name, near, why] of hints) {
  test(`near matches: ${why}`, () => assert.deepEqual(nearMatches(name, names, 3), near));
}

test('the nearest comes first, wherever it stood', () => {
  assert.deepEqual(nearMatches('mistake', ['mistaken-b', 'mostike', 'mistakf', 'mistake'], 4), [
    'mistake',
    'mistaken-b',
    'mistakf',
    'mostike',
  ]);
});

test('a third of the letters may be wrong, and at most four', () => {
  assert.deepEqual(nearMatches('abcdef', ['xxcdef', 'xxxdef'], 3), ['xxcdef']);
  assert.deepEqual(nearMatches('abcdefghijklmnopqr', ['wxyzefghijklmnopqr', 'vwxyzfghijklmnopqr'], 3), [
    'wxyzefghijklmnopqr',
  ]);
});

test('no more hints than asked for, in the order given when equally near', () => {
  assert.deepEqual(nearMatches('model-x', ['model-a', 'model-b', 'model-c', 'model-d'], 3), [
    'model-a',
    'model-b',
    'model-c',
  ]);
});

test('a name of a megabyte costs no more than its first letters', () => {
  assert.deepEqual(nearMatches('fast'.repeat(250_000), ['fast'], 3), ['fast']);
});
