import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../config/parse.ts';
import { shareOf } from './share.ts';

const rows: readonly (readonly [limit: string, workers: number, amount: number, window: number])[] = [
  ['60 requests/min', 4, 15, 60_000],
  ['10 requests/min', 4, 2, 60_000],
  ['1 requests/min', 4, 1, 240_000],
  ['2 requests/min', 3, 1, 90_000],
  ['100k tokens/day', 2, 50_000, 86_400_000],
];

for (const [limit, workers, amount, window] of rows) {
  test(`of ${limit}, each of ${workers} workers has ${amount} in ${window} ms`, () => {
    const text = `keys: [{ name: a, secret: aaaaaaaaaaaaaaaaaaaaaaaa, limits: [${limit}] }]\ncache: { max_bytes: 10mb }`;
    const parsed = parseConfig(text, { file: 'test', env: {} });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    const share = shareOf(parsed.config, workers);
    const [rule] = share.keys[0]?.limits ?? [];
    assert.deepEqual([rule?.amount, rule?.window], [amount, window]);
    assert.equal(share.cache.maxBytes, Math.floor((10 * 2 ** 20) / workers));
  });
}
