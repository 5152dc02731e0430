import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latency } from './latency.ts';

test('a few calls say nothing of the slow ones', () => {
  const latency = new Latency();
  for (let call = 0; call < 19; call += 1) latency.note(100);
  assert.equal(latency.quantile(0.95), undefined);
  latency.note(100);
  assert.notEqual(latency.quantile(0.95), undefined);
});

test('a quantile is right to a fifth', () => {
  const latency = new Latency();
  for (let call = 1; call <= 100; call += 1) latency.note(call * 10);
  for (const share of [0.1, 0.5, 0.9, 0.95]) {
    const found = latency.quantile(share) ?? 0;
    assert.ok(found >= share * 1_000 && found <= share * 1_000 * 1.2, `${share}: ${found}`);
  }
});

test('what was long ago is forgotten', () => {
  const latency = new Latency();
  for (let call = 0; call < 400; call += 1) latency.note(10_000);
  for (let call = 0; call < 2_000; call += 1) latency.note(10);
  assert.ok((latency.quantile(0.95) ?? 0) < 13);
});

test('times out of the ordinary have a place, too', () => {
  const latency = new Latency();
  for (let call = 0; call < 40; call += 1) latency.note(call % 2 === 0 ? 0 : 1e9);
  assert.equal(latency.quantile(0.2), 1);
  assert.ok((latency.quantile(0.9) ?? 0) > 300_000);
});
