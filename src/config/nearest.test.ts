import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from './nearest.ts';

const names = ['targets', 'select', 'cache', 'parameters'];

const rows: readonly (readonly [string, string | undefined, string])[] = [
  ['targts', 'targets', 'a letter left out'],
  ['tragets', 'targets', 'two letters swapped'],
  ['Targets', 'targets', 'another case'],
  ['parametres', 'parameters', 'a swap in a long word'],
  ['cahce', 'cache', 'a swap in a short word'],
  ['colour', undefined, 'nothing like it'],
  ['x', undefined, 'one letter says nothing'],
];

for (const [word, wanted, sentence] of rows) {
  test(`nearest to ${word}: ${sentence}`, () => {
    assert.equal(nearest(word, names), wanted);
  });
}

test('of two near names the nearer one is taken', () => {
  assert.equal(nearest('smart2', ['smarter', 'smart']), 'smart');
});

test('distances: insertion, deletion, substitution, swap', () => {
  const pairs: readonly (readonly [string, string, number])[] = [
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'abxc', 1],
    ['abc', 'ac', 1],
    ['abc', 'axc', 1],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ];
  for (const [a, b, distance] of pairs) {
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
    assert.equal(editDistance(b, a), distance, `${b} ${a}`);
  }
});
