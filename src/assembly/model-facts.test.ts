import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { perMillion } from '../canonical/money.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { type ModelLine, Sheet, writeSheet } from '../catalogue/sheet.ts';
import { LookUp, ModelList } from './model-facts.ts';

function sheetOf(...models: readonly ModelLine[]): Sheet {
  return new Sheet(writeSheet({ source: 't', edition: '1', date: '2026-11-20' }, [{ service: 's', models }]));
}

function setting(...models: readonly ModelLine[]) {
  const catalogue = new Catalogue();
  catalogue.use(sheetOf(...models));
  const clock = new FakeClock(Date.parse('2026-03-12T23:59:00Z'));
  return { catalogue, clock, lookUp: new LookUp(catalogue, 's', clock) };
}

test('the config goes before the upstream, and that before the catalogue, field by field', () => {
  const { lookUp } = setting({ id: 'm', window: 1_000, prices: [{ input: 1, output: 1 }] });
  const list = new ModelList([{ id: 'm', maxOutput: 7 }], [], lookUp);
  assert.equal(list.facts('m')?.contextWindow, 1_000);
  assert.equal(list.facts('m')?.maxOutput, 7);
  assert.equal(list.facts('m')?.price?.input, perMillion(1));
  list.learn([{ id: 'm', contextWindow: 500, maxOutput: 1 }]);
  assert.equal(list.facts('m')?.contextWindow, 500);
  assert.equal(list.facts('m')?.maxOutput, 7);
  assert.deepEqual(
    list.known().map((facts) => facts.contextWindow),
    [500],
  );
});

test('a model only the catalogue knows has facts, and one that nobody knows has none', () => {
  const { lookUp } = setting({ id: 'm', window: 9 });
  const list = new ModelList([], [], lookUp);
  assert.deepEqual(list.facts('m'), { id: 'm', contextWindow: 9 });
  assert.equal(list.facts('n'), undefined);
  assert.deepEqual(list.known(), []);
});

test('what was looked up holds until the price changes or another sheet comes', () => {
  const { lookUp, clock, catalogue } = setting({
    id: 'm',
    prices: [{ input: 1 }, { from: '2026-03-13', input: 2 }],
  });
  const list = new ModelList([], [], lookUp);
  const before = list.facts('m');
  assert.equal(list.facts('m'), before, 'asked for every call: the very same object');
  clock.advance(60_000);
  assert.equal(list.facts('m')?.price?.input, perMillion(2));
  catalogue.use(sheetOf({ id: 'm', prices: [{ input: 3 }] }));
  assert.equal(list.facts('m')?.price?.input, perMillion(3));
});

test('names that callers make up are not remembered for ever', () => {
  const { lookUp } = setting({ id: 'm', window: 9, names: ['^m'] });
  const first = lookUp.facts('m', undefined);
  for (let at = 0; at < 500; at += 1) lookUp.facts(`m${at}`, undefined);
  assert.notEqual(lookUp.facts('m', undefined), first);
});
