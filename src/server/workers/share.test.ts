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

const slots: readonly (readonly [stated: string, workers: number, share: unknown])[] = [
  ['32', 4, 8],
  ['9', 2, 4],
  ['2', 4, 1],
  ['adaptive', 4, { min: 1, max: 16 }],
  ['{ min: 8, max: 24 }', 4, { min: 2, max: 6 }],
  ['discovered', 4, 'discovered'],
  ['none', 4, 'none'],
];

for (const [stated, workers, share] of slots) {
  test(`of concurrency ${stated}, each of ${workers} workers has ${JSON.stringify(share)}`, () => {
    const text = `upstreams: { gpu: { provider: llamacpp, url: "http://gpu:8000", concurrency: ${stated} } }`;
    const parsed = parseConfig(text, { file: 'test', env: {} });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(shareOf(parsed.config, workers).upstreams[0]?.concurrency, share);
  });
}
