import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  costOf,
  formatDollars,
  isFree,
  nanoDollars,
  nanoPerMillion,
  type Price,
  perMillion,
  perOne,
  priceAtPercent,
} from './money.ts';
import { noUsage, type Units, type Usage, usageInUnits, usageSum } from './usage.ts';

function rates(input: number, output: number, cacheRead = input, cacheWrite = input): Price {
  return {
    input: perMillion(input),
    output: perMillion(output),
    cacheRead: perMillion(cacheRead),
    cacheWrite: perMillion(cacheWrite),
  };
}

function used(parts: Partial<Usage>): Usage {
  return { ...noUsage, ...parts };
}

const flat = rates(3, 15, 0.3, 3.75);
const tiered: Price = {
  ...rates(2.5, 15, 0.25),
  tiers: [
    { above: 128_000, ...rates(5, 22.5, 0.5) },
    { above: 272_000, ...rates(10, 45, 1) },
  ],
};

const costs: readonly (readonly [why: string, price: Price, usage: Partial<Usage>, nano: bigint])[] = [
  ['nothing costs nothing', flat, {}, 0n],
  ['each counter has its own rate', flat, { fresh: 1, cacheRead: 10, cacheWrite: 2, output: 3 }, 58_500n],
  ['reasoning is a part of the output and not paid twice', flat, { output: 3, reasoning: 3 }, 45_000n],
  ['a fraction of a nano-dollar is rounded up, once', rates(0.0001, 0), { fresh: 1 }, 1n],
  ['three such fractions are one', rates(0.0001, 0.0001), { fresh: 1, output: 2 }, 1n],
  ['more than a float could hold exactly', rates(1e6, 0), { fresh: 99_999_999 }, 99_999_999_000_000_000n],
  ['a call up to the bound pays the base', tiered, { fresh: 128_000, output: 1 }, 320_015_000n],
  ['one token more, and all of it pays the tier', tiered, { fresh: 128_001, output: 1 }, 640_027_500n],
  ['cached input counts towards the bound', tiered, { fresh: 1, cacheRead: 128_000, output: 1 }, 64_027_500n],
  ['output does not', tiered, { fresh: 1, output: 200_000 }, 3_000_002_500n],
  ['the highest tier that holds', tiered, { fresh: 300_000 }, 3_000_000_000n],
  [
    'a call may have a price of its own',
    { ...flat, perCall: nanoDollars(5_000_000n) },
    { fresh: 1, output: 1 },
    5_018_000n,
  ],
];
for (const [why, price, usage, nano] of costs) {
  test(`cost: ${why}`, () => {
    assert.equal(costOf(used(usage), price), nano);
  });
}

const amounts: readonly (readonly [
  text: string | undefined,
  unit: 'per token' | 'per million',
  nano: bigint | undefined,
])[] = [
  ['0.15', 'per million', 150_000_000n],
  ['0.00000015', 'per token', 150_000_000n],
  ['1.5e-7', 'per token', 150_000_000n],
  ['3', 'per million', 3_000_000_000n],
  ['0', 'per token', 0n],
  // What floats would get wrong.
  ['0.1000000000000000055511151231257827', 'per million', 100_000_001n],
  ['0.0000000000000001', 'per token', 1n],
  ['-1', 'per token', undefined],
  ['', 'per token', undefined],
  ['free', 'per token', undefined],
  ['1e400', 'per token', undefined],
  [undefined, 'per token', undefined],
];
for (const [text, unit, nano] of amounts) {
  test(`amount: ${text} ${unit} is ${nano ?? 'none'}`, () => {
    assert.equal(nanoPerMillion(text, unit), nano);
  });
}

const shown: readonly (readonly [bigint, string])[] = [
  [0n, '$0.00'],
  [21_000n, '$0.000021'],
  [1_500_000_000n, '$1.50'],
  [-5n, '-$0.000000005'],
];
for (const [nano, text] of shown) {
  test(`${text} is written with as many digits as it needs`, () => {
    assert.equal(formatDollars(nanoDollars(nano)), text);
  });
}

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
  ['what each call costs comes on top', { images: 1 }, { ...sound, perCall: perOne(0.001) }, 41_000_000n],
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
  assert.equal(isFree({ ...nothing, perCall: perOne(0.005) }), false);
  assert.equal(isFree({ ...nothing, tiers: [{ above: 10, ...tokens }] }), false);
});

test('units of several attempts are added up, each kind by itself', () => {
  const sum = usageSum(usageInUnits({ seconds: 2, images: 1 }), usageInUnits({ seconds: 0.5 }));
  assert.deepEqual(sum.units, { seconds: 2.5, images: 1 });
  assert.deepEqual(usageSum({ ...noUsage, fresh: 1 }, usageInUnits({})).units, {});
  assert.equal(usageSum({ ...noUsage, fresh: 1 }, { ...noUsage, fresh: 2 }).units, undefined);
});

test('part of a price is rounded up, in every rate it has', () => {
  const price = {
    input: nanoDollars(3n),
    output: perMillion(8),
    cacheRead: perMillion(1),
    cacheWrite: perMillion(0),
    perCall: nanoDollars(5n),
    tiers: [
      {
        above: 10,
        input: perMillion(2),
        output: perMillion(4),
        cacheRead: perMillion(0),
        cacheWrite: perMillion(0),
      },
    ],
  };
  const half = priceAtPercent(price, 50);
  assert.deepEqual(
    [half.input, half.output, half.cacheRead, half.perCall],
    [2n, 4_000_000_000n, 500_000_000n, 3n],
  );
  assert.deepEqual(half.tiers?.[0]?.input, 1_000_000_000n);
  assert.equal(half.tiers?.[0]?.above, 10);
});
