import assert from 'node:assert/strict';
import test from 'node:test';
import { TokenBucket } from './token-bucket.ts';

test('a new bucket is full and gives out exactly its amount', () => {
  const bucket = new TokenBucket(3, 60_000, 0);
  for (let i = 0; i < 3; i += 1) {
    assert.equal(bucket.wait(1, 0), 0);
    bucket.charge(1, 0);
  }
  assert.equal(bucket.level(0), 0);
  assert.equal(bucket.wait(1, 0), 20_000);
});

test('refill is continuous and exact to the millisecond, however often the bucket is looked at', () => {
  const bucket = new TokenBucket(3, 60_000, 0);
  bucket.charge(3, 0);
  for (let now = 7; now < 20_000; now += 7) bucket.level(now);
  assert.equal(bucket.wait(1, 19_999), 1);
  assert.equal(bucket.wait(1, 20_000), 0);
});

test('a bucket never holds more than its amount', () => {
  const bucket = new TokenBucket(3, 60_000, 0);
  bucket.charge(1, 0);
  assert.equal(bucket.level(3_600_000), 3);
  bucket.charge(-5, 3_600_000);
  assert.equal(bucket.level(3_600_000), 3);
});

test('debt is paid off before anything can be taken', () => {
  const bucket = new TokenBucket(100, 1_000, 0);
  bucket.charge(250, 0);
  assert.equal(bucket.level(0), -150);
  assert.equal(bucket.wait(1, 0), 1_510);
  assert.equal(bucket.wait(1, 1_510), 0);
});

test('more than the bucket can hold waits for a full bucket instead of forever', () => {
  const bucket = new TokenBucket(100, 1_000, 0);
  assert.equal(bucket.wait(5_000, 0), 0);
  bucket.charge(1, 0);
  assert.equal(bucket.wait(5_000, 0), 10);
});

test('full again on the millisecond', () => {
  const bucket = new TokenBucket(4, 1_000, 0);
  bucket.charge(4, 0);
  assert.equal(bucket.isFull(999), false);
  assert.equal(bucket.isFull(1_000), true);
});

test('a clock that steps back gives nothing and takes nothing', () => {
  const bucket = new TokenBucket(4, 1_000, 500);
  bucket.charge(4, 500);
  assert.equal(bucket.level(400), 0);
  assert.equal(bucket.level(750), 1);
});
