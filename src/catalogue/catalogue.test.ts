import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDollars, type Price, perMillion } from '../canonical/money.ts';
import { Catalogue } from './catalogue.ts';
import { sheetText } from './data.ts';
import { type ModelLine, Sheet, writeSheet } from './sheet.ts';

const source = { source: 'test', edition: '1', date: '2026-11-20' };

function catalogueOf(...models: readonly ModelLine[]): Catalogue {
  const catalogue = new Catalogue();
  const elsewhere = { service: 'b', models: [{ id: 'only-there', window: 5 }] };
  catalogue.use(new Sheet(writeSheet(source, [{ service: 'a', others: ['b', 'gone'], models }, elsewhere])));
  return catalogue;
}

const named = catalogueOf(
  { id: 'exact', window: 1 },
  { id: 'dated', window: 2, names: ['=dated-2026-03-05'] },
  { id: 'begins', window: 3, names: ['^be', { all: ['~x', '$y'] }] },
  { id: 'patterned', window: 4, names: ['/^p\\d{2}$/'] },
  { id: 'later', window: 9, names: ['~ee'] },
);
const names: readonly (readonly [why: string, name: string, window: number | undefined])[] = [
  ['by its name', 'exact', 1],
  ['in whatever case', 'EXACT', 1],
  ['by a date', 'dated-2026-03-05', 2],
  ['by a date without dashes', 'dated-20260305', 2],
  ['not by another date', 'datd-20260306', undefined],
  ['by how it begins', 'before', 3],
  ['by all of several signs', 'oxoy', 3],
  ['not by some of them', 'oxo', undefined],
  ['by a pattern', 'p12', 4],
  ['in the order of the list: the first that fits', 'bee', 3],
  ['in another service, when this one points there', 'only-there', 5],
  ['not by a name longer than any', 'e'.repeat(201), undefined],
];
for (const [why, name, window] of names) {
  test(`a model is found ${why}`, () => {
    assert.equal(named.facts('a', name, 0)?.contextWindow, window);
  });
}

test('nothing is known before there is a sheet, nor of services that are not in it', () => {
  assert.equal(new Catalogue().facts('a', 'exact', 0), undefined);
  assert.equal(named.facts('nobody', 'exact', 0), undefined);
});

function rates(input: number, output: number, cacheRead = input, cacheWrite = input): Price {
  return {
    input: perMillion(input),
    output: perMillion(output),
    cacheRead: perMillion(cacheRead),
    cacheWrite: perMillion(cacheWrite),
  };
}

const priced: readonly (readonly [why: string, line: ModelLine['prices'], price: Price | undefined])[] = [
  ['no price is unpriced', undefined, undefined],
  ['caching costs what input costs, unless it has a price', [{ input: 1, output: 2 }], rates(1, 2)],
  ['all of them', [{ input: 1, output: 2, read: 0.1, write: 1.25 }], rates(1, 2, 0.1, 1.25)],
  [
    'tiers of several rates come together',
    [{ input: [1, 10, 2, 20, 3], output: [5, 20, 6], read: 0.1 }],
    {
      ...rates(1, 5, 0.1, 1),
      tiers: [
        { above: 10, ...rates(2, 5, 0.1, 2) },
        { above: 20, ...rates(3, 6, 0.1, 3) },
      ],
    },
  ],
  ['per call', [{ input: 1, output: 1, call: 0.005 }], { ...rates(1, 1), perCall: perMillion(0.005) }],
];
for (const [why, prices, price] of priced) {
  test(`price: ${why}`, () => {
    const line = { id: 'm', window: 1, ...(prices === undefined ? {} : { prices }) };
    assert.deepEqual(catalogueOf(line).facts('a', 'm', 0)?.price, price);
  });
}

const changing = catalogueOf({
  id: 'm',
  prices: [{ input: 1 }, { from: '2026-03-13', input: 2 }, { daily: ['22:00:00', '06:00:00'], input: 0.5 }],
});
const moments: readonly (readonly [moment: string, dollars: string, until: string])[] = [
  ['2026-03-12T12:00:00Z', '$1.00', '2026-03-12T22:00:00Z'],
  ['2026-03-12T22:00:00Z', '$0.50', '2026-03-13T00:00:00Z'],
  ['2026-03-13T05:59:59Z', '$0.50', '2026-03-13T06:00:00Z'],
  ['2026-03-13T06:00:00Z', '$2.00', '2026-03-13T22:00:00Z'],
];
for (const [moment, dollars, until] of moments) {
  test(`at ${moment} it costs ${dollars}, until ${until}`, () => {
    const facts = changing.facts('a', 'm', Date.parse(moment));
    assert.equal(formatDollars(facts!.price!.input), dollars);
    assert.equal(new Date(facts!.until).toISOString(), new Date(until).toISOString());
  });
}

/** From the vendors' own price pages, by hand: what the baked sheet must say of well-known models. */
const wellKnown: readonly (readonly [
  service: string,
  name: string,
  window: number,
  input: string,
  output: string,
])[] = [
  ['openai', 'gpt-4o-2024-08-06', 128_000, '$2.50', '$10.00'],
  ['openai', 'gpt-4o-mini', 128_000, '$0.15', '$0.60'],
  ['anthropic', 'claude-sonnet-4-20250514', 200_000, '$3.00', '$15.00'],
  ['anthropic', 'claude-haiku-4-5-20251001', 200_000, '$1.00', '$5.00'],
];
for (const [service, name, window, input, output] of wellKnown) {
  test(`baked in: ${service} ${name}`, () => {
    const catalogue = new Catalogue();
    catalogue.use(new Sheet(sheetText));
    const facts = catalogue.facts(service, name, Date.UTC(2026, 10, 20));
    assert.equal(facts?.contextWindow, window);
    assert.equal(formatDollars(facts!.price!.input), input);
    assert.equal(formatDollars(facts!.price!.output), output);
  });
}
