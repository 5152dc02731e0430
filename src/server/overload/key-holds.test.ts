import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asKeyId } from '../../canonical/ids.ts';
import { parseConfig } from '../../config/parse.ts';
import { KeyHolds } from './key-holds.ts';

const ONE = 'keys: [{ name: a, secret: aaaaaaaaaaaaaaaaaaaaaaaa }]';
const TWO =
  'keys: [{ name: a, secret: aaaaaaaaaaaaaaaaaaaaaaaa }, { name: b, secret: bbbbbbbbbbbbbbbbbbbbbbbb }]';
const MB = 2 ** 20;

function config(text: string) {
  const parsed = parseConfig(text, { file: 'test', env: {} });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
}

const rows: readonly (readonly [says: string, text: string, most: number])[] = [
  ['one of several holds a quarter', TWO, 64 * MB],
  ['or one body, if that is more', `${TWO}\noverload: { bytes: 40mb }`, 20 * MB],
  ['the only one holds all', ONE, Number.POSITIVE_INFINITY],
  ['so does that of this machine', '', Number.POSITIVE_INFINITY],
];

for (const [says, text, most] of rows) {
  test(`keys: ${says}`, () => {
    assert.deepEqual(new KeyHolds().of(asKeyId('a'), config(text)), { held: 0, most });
  });
}

test('each key has its own, and a reload changes what it may hold, not what it holds', () => {
  const holds = new KeyHolds();
  const before = holds.of(asKeyId('a'), config(ONE));
  before.held = 7;
  assert.equal(holds.of(asKeyId('b'), config(TWO)).held, 0);
  assert.equal(holds.of(asKeyId('a'), config(TWO)), before);
  assert.deepEqual(before, { held: 7, most: 64 * MB });
});
