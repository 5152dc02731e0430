import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { test } from 'node:test';
import type { Json } from '../canonical/json.ts';
import { providers } from '../providers/registry.ts';
import { sheetText } from './data.ts';
import { PublishedError, parsePublished } from './published.ts';
import { type ModelLine, Sheet, writeSheet } from './sheet.ts';

function published(model: object, more: object = {}): unknown {
  return [{ id: 's', models: [{ id: 'm', match: { equals: 'm' }, prices: {}, ...model }], ...more }];
}

const lines: readonly (readonly [why: string, model: object, line: ModelLine])[] = [
  ['its own name needs no rule', { context_window: 8 }, { id: 'm', window: 8 }],
  [
    'rules about names',
    {
      match: {
        or: [{ starts_with: 'a' }, { and: [{ contains: 'b' }, { ends_with: 'c' }] }, { regex: '^d$' }],
      },
    },
    { id: 'm', names: ['^a', { all: ['~b', '$c'] }, '/^d$/'] },
  ],
  [
    'prices, those of other kinds of tokens left to usage',
    {
      prices: {
        input_mtok: 1,
        output_mtok: 2,
        cache_read_mtok: 0.1,
        input_audio_mtok: 9,
        web_searches_kcount: 10,
      },
    },
    { id: 'm', prices: [{ input: 1, output: 2, read: 0.1 }] },
  ],
  [
    'tiers in order',
    {
      prices: {
        input_mtok: {
          base: 1,
          tiers: [
            { start: 20, price: 3 },
            { start: 10, price: 2 },
          ],
        },
      },
    },
    { id: 'm', prices: [{ input: [1, 10, 2, 20, 3] }] },
  ],
  [
    'a price per call',
    { prices: { input_mtok: 1, requests_kcount: 5 } },
    { id: 'm', prices: [{ input: 1, call: 0.005 }] },
  ],
  [
    'days and times',
    {
      prices: [
        { prices: { input_mtok: 1 } },
        { constraint: { type: 'start_date', start_date: '2026-03-13' }, prices: { input_mtok: 2 } },
        {
          constraint: { type: 'time_of_date', start_time: '16:30:00Z', end_time: '00:30:00Z' },
          prices: { input_mtok: 0.5 },
        },
      ],
    },
    {
      id: 'm',
      prices: [
        { input: 1 },
        { from: '2026-03-13', input: 2 },
        { daily: ['16:30:00', '00:30:00'], input: 0.5 },
      ],
    },
  ],
  [
    'charged by what usage does not tell apart: unpriced',
    { prices: { input_mtok: 1, output_citation_mtok: 2 } },
    { id: 'm' },
  ],
  ['not charged by tokens at all: unpriced', { prices: { audio_hours: 1 } }, { id: 'm' }],
  [
    'unpriced from a day on: unpriced, since another price would be taken for it',
    {
      prices: [
        { prices: { input_mtok: 1 } },
        { constraint: { start_date: '2026-03-13' }, prices: { audio_hours: 2 } },
      ],
    },
    { id: 'm' },
  ],
];
for (const [why, model, line] of lines) {
  test(`published: ${why}`, () => {
    assert.deepEqual(parsePublished(published(model), ['s'])[0]?.models, [line]);
  });
}

const wrong: readonly (readonly [why: string, list: unknown, message: RegExp])[] = [
  ['no list', { error: 404 }, /^It is not a list of services\.$/],
  ['an empty one', [], /^It has no models of "s"\.$/],
  ['a service without models', published({}, { models: [] }), /^It has no models of "s"\.$/],
  ['a model without a name', published({ id: '' }), /^\[0\]\.models\[0\]\.id is not a word\.$/],
  ['a rule nobody knows', published({ match: { sounds_like: 'x' } }), /match is not a rule about names\.$/],
  [
    'a rule that is two',
    published({ match: { equals: 'x', contains: 'y' } }),
    /match is not a rule about names\.$/,
  ],
  ['a pattern that is none', published({ match: { regex: '(' } }), /match\.regex is not a pattern\.$/],
  [
    'a price below nothing',
    published({ prices: { input_mtok: -1 } }),
    /prices\.input_mtok is not an amount of dollars\.$/,
  ],
  [
    'a price in words',
    published({ prices: { output_mtok: '1' } }),
    /output_mtok is not an amount of dollars\.$/,
  ],
  [
    'an absurd price',
    published({ prices: { input_mtok: 1e9 } }),
    /input_mtok is not an amount of dollars\.$/,
  ],
  [
    'a tier without a bound',
    published({ prices: { input_mtok: { base: 1, tiers: [{ price: 2 }] } } }),
    /tiers\[0\]\.start is not a number of tokens\.$/,
  ],
  [
    'a condition nobody knows',
    published({ prices: [{ constraint: { moon: 'full' }, prices: { input_mtok: 1 } }] }),
    /constraint is neither a day nor times of a day\.$/,
  ],
  [
    'half a token of window',
    published({ context_window: 0.5 }),
    /context_window is not a number of tokens\.$/,
  ],
];
for (const [why, list, message] of wrong) {
  test(`published: ${why} is refused with its place`, () => {
    assert.throws(
      () => parsePublished(list, ['s']),
      (error) => error instanceof PublishedError && message.test(error.message),
    );
  });
}

test('a sheet is read back as it was written, services one by one', () => {
  const services = parsePublished(published({ context_window: 8, match: { regex: '^a\\d`\\$x$' } }), ['s']);
  const source = { source: 'test', edition: '1', date: '2026-11-20' };
  const sheet = new Sheet(writeSheet(source, services));
  assert.deepEqual(sheet.source, source);
  assert.deepEqual(sheet.services, ['s']);
  assert.deepEqual(sheet.service('s'), services[0]);
  assert.equal(sheet.service('t'), undefined);
});

test('what was baked in is what the pinned package says', () => {
  const check = spawnSync(process.execPath, ['scripts/catalogue.js', '--check'], { encoding: 'utf8' });
  assert.equal(check.stderr, '');
  assert.equal(check.status, 0);
});

test('every name a provider has for its part of the catalogue is in it', () => {
  const { services } = new Sheet(sheetText);
  for (const { catalogue } of providers) {
    if (catalogue !== undefined) assert.ok(services.includes(catalogue as Json & string), catalogue);
  }
});
