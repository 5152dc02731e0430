import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, isFree, type Price, perMillion, perOne } from './money.ts';
import { noUsage, type Units, usageInUnits, usageSum } from './usage.ts';

const tokens = {
  input: perMillion(1),
  output: perMillion(2),
  cacheRead: perMillion(0),
  cacheWrite: perMillion(0),
};
const nothing = {
  input: perMillion(0),
  output: perMillion(0),
  cacheRead: perMillion(0),
  cacheWrite: perMillion(0),
};
const sound: Price = { ...nothing, units: { seconds: perOne(0.0001), images: perOne(0.04) } };

const rows: readonly (readonly [says: string, units: Units, price: Price, cost: bigint | undefined])[] = [
  ['a minute', { seconds: 60 }, sound, 6_000_000n],
  ['a part of a second is rounded up to the millisecond', { seconds: 0.0001 }, sound, 100n],
  ['two kinds at once', { seconds: 1, images: 2 }, sound, 80_100_000n],
  ['nobody said how much', {}, sound, undefined],
  ['of one kind the price is not known', { seconds: 1, characters: 1 }, sound, undefined],
  ['a price for tokens is none for seconds', { seconds: 1 }, tokens, undefined],
  ['where nothing is ever due, nothing is', {}, nothing, 0n],
];

for (const [says, units, price, cost] of rows) {
  test(`units: ${says}`, () => assert.equal(costOf(usageInUnits(units), price), cost));
}

test('units: the tokens beside them are a guess and cost nothing', () => {
  assert.equal(
    costOf({ ...noUsage, fresh: 1_000_000, units: { images: 1 } }, { ...tokens, ...sound }),
    40_000_000n,
  );
});

test('a price that is zero for tokens but not for units is not free', () => {
  assert.equal(isFree(nothing), true);
  assert.equal(isFree(sound), false);
});

test('units of several attempts are added up, each kind by itself', () => {
  const sum = usageSum(usageInUnits({ seconds: 2, images: 1 }), usageInUnits({ seconds: 0.5 }));
  assert.deepEqual(sum.units, { seconds: 2.5, images: 1 });
  assert.deepEqual(usageSum({ ...noUsage, fresh: 1 }, usageInUnits({})).units, {});
  assert.equal(usageSum({ ...noUsage, fresh: 1 }, { ...noUsage, fresh: 2 }).units, undefined);
});
