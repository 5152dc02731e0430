// The figures on the pages are those of one run, all of them, and nobody's memory.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadBench, type Outcome, type Round } from './bench-modules.ts';

const { figuresFor, replaceFigures } = await loadBench('readme');
const latest = JSON.parse(readFileSync('bench/results/latest.json', 'utf8')) as Outcome;

for (const [page, figures] of Object.entries(figuresFor(latest))) {
  test(`${page} shows what the last whole run gave; \`npm run bench -- --readme\` writes it`, () => {
    const text = readFileSync(page, 'utf8');
    assert.equal(text, replaceFigures(text, figures));
  });
}

test('what does not flatter is on the first page, too', () => {
  const { 'README.md': figures = '' } = figuresFor(latest);
  const shown = ['8 connections', 'back to back', 'small p99', 'per small chat', 'at 300/s: added p50'];
  for (const label of shown) assert.ok(figures.includes(label), label);
  const missed = latest.rows.filter((row) => row.verdict === 'missed').length;
  assert.equal(figures.split('| missed |').length - 1, missed);
});

test('rounds that were disturbed are counted: left out, kept, made up for', () => {
  const calm: Round = { direct: { p50: 1, steal: 0 } };
  const stolen: Round = { direct: { p50: 1, steal: 0.5 } };
  const raw = { a32: [calm, stolen, calm, calm], a8: [calm, stolen, stolen] };
  const { 'README.md': figures = '' } = figuresFor({ ...latest, rounds: 3, raw });
  assert.match(
    figures,
    /3 rounds, 7 windows .*: 1 were disturbed and left out, 2 were disturbed and kept .*, 1 were added/,
  );
});

test('a page without a place for figures is not written over', () => {
  assert.throws(() => replaceFigures('# Title', ''), /no place for figures/);
});
