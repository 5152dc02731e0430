import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadBench } from './bench-modules.ts';

const { Histogram } = await loadBench('histogram');
const { median, spread, pairedRatios, shuffle, disturbedRounds } = await loadBench('stats');

test('a histogram keeps every magnitude within one percent', () => {
  for (const ms of [0.0001, 0.0127, 0.0129, 0.35, 1, 7.77, 99.9, 1234.5, 60000, 200000]) {
    const histogram = new Histogram();
    histogram.record(ms);
    histogram.record(ms * 3);
    const seen = histogram.quantile(0.5) ?? Number.NaN;
    assert.ok(Math.abs(seen / ms - 1) < 0.01, `${ms} came back as ${seen}`);
  }
});

test('quantiles are ranks: of 1 to 100 the 99th is 99', () => {
  const histogram = new Histogram();
  for (let ms = 100; ms >= 1; ms--) histogram.record(ms);
  const { count, p50, p99, max } = histogram.summary() ?? { count: 0, p50: 0, p99: 0, max: 0 };
  assert.deepEqual([count, Math.round(p50), Math.round(p99), max], [100, 50, 99, 100]);
});

test('a quantile never exceeds the largest record, and an empty histogram has none', () => {
  const histogram = new Histogram();
  assert.equal(histogram.quantile(0.5), undefined);
  assert.equal(histogram.summary(), undefined);
  histogram.record(12.3456);
  assert.equal(histogram.quantile(1), 12.3456);
});

test('quantiles lie between neighbours', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(spread([10, 40, 20, 30])?.iqr, 15);
  assert.equal(median([3]), 3);
  assert.equal(median([]), undefined);
});

test('a spread counts only what was measured', () => {
  assert.deepEqual(spread([1, undefined, 3, Number.NaN, 5]), { median: 3, iqr: 2, n: 3 });
  assert.equal(spread([undefined]), undefined);
});

test('ratios pair figures of the same round and leave out rounds that lack a side', () => {
  assert.deepEqual(pairedRatios([10, undefined, 30, 40], [5, 5, undefined, 10]), [2, 4]);
  assert.deepEqual(pairedRatios([10], [0]), []);
});

test('shuffling keeps every item, repeats for a seed and differs between seeds', () => {
  const items = ['a', 'b', 'c', 'd', 'e'];
  assert.deepEqual([...shuffle(items, 7)].sort(), items);
  assert.deepEqual(shuffle(items, 7), shuffle(items, 7));
  const orders = new Set([1, 2, 3, 4, 5, 6].map((seed) => shuffle(items, seed).join('')));
  assert.ok(orders.size > 1);
});

test('a round is disturbed when the direct row strays, the host steals time or other work runs', () => {
  const rounds = [
    { direct: 1, steal: 0, foreign: 0.15 },
    { direct: 1.02, steal: 0.01, foreign: 0 },
    { direct: 1.2, steal: 0, foreign: 0 },
    { direct: 1, steal: 0.02, foreign: 0 },
    { direct: 1, steal: 0, foreign: 0.9 },
    { direct: undefined, steal: 0, foreign: 0 },
  ];
  assert.deepEqual(disturbedRounds(rounds, { drift: 0.05, steal: 0.01, foreign: 0.15 }), [
    { index: 2, why: 'direct p50 off by 20%' },
    { index: 3, why: 'steal 2.0%' },
    { index: 4, why: 'other work took 90% of a core' },
  ]);
});
