import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenRatios } from './token-ratios.ts';
import { noUsage, type Usage } from './usage.ts';

const stated = (fresh: number, parts: Partial<Usage> = {}): Usage => ({ ...noUsage, fresh, ...parts });
const text = (bytes: number): Buffer => Buffer.alloc(bytes, 'a');

const rows: readonly (readonly [why: string, bytes: Buffer, usage: Usage, ratio: number])[] = [
  ['before the first reply it is four', text(0), stated(1), 4],
  ['the first reply says it', text(6_000), stated(2_000), 3],
  ['cached input is input', text(6_000), stated(1_000, { cacheRead: 700, cacheWrite: 300 }), 3],
  ['our own guess teaches nothing', text(6_000), stated(2_000, { estimated: true }), 4],
  ['a small call is mostly JSON', text(2_000), stated(100), 4],
  ['a reply without input teaches nothing', text(6_000), stated(0), 4],
  ['less than a byte a token is no text', text(6_000), stated(60_000), 4],
  ['more than twelve is no text', text(6_000), stated(100), 4],
  [
    'pictures are not counted by their bytes',
    Buffer.concat([text(6_000), Buffer.from('base64')]),
    stated(2_000),
    4,
  ],
];
for (const [why, bytes, usage, ratio] of rows) {
  test(`bytes a token: ${why}`, () => {
    const ratios = new TokenRatios();
    ratios.learn('m', bytes, usage);
    assert.equal(ratios.bytesPerToken('m'), ratio);
    assert.equal(ratios.bytesPerToken('other'), 4);
  });
}

test('later replies move it by a tenth', () => {
  const ratios = new TokenRatios();
  ratios.learn('m', text(6_000), stated(2_000));
  ratios.learn('m', text(6_000), stated(1_500));
  assert.equal(ratios.bytesPerToken('m'), 3.1);
});

test('models that callers make up are not remembered for ever', () => {
  const ratios = new TokenRatios();
  for (let at = 0; at <= 500; at += 1) ratios.learn(`m${at}`, text(6_000), stated(2_000));
  assert.equal(ratios.bytesPerToken('m0'), 4);
  assert.equal(ratios.bytesPerToken('m500'), 3);
});
