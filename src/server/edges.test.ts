import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock, createRandom, createTicker } from './edges.ts';

test('the clock goes on, and knows the year', () => {
  const clock = createClock();
  const before = clock.now();
  assert.ok(clock.now() >= before);
  assert.ok(clock.wall() > Date.UTC(2026, 0, 1));
});

test('dice fall between 0 and 1', () => {
  const value = createRandom().next();
  assert.ok(value >= 0 && value < 1);
});

test('a ticker ticks until it is stopped', async () => {
  // Ticks alone do not keep a process alive.
  const alive = setInterval(() => {}, 1000);
  let ticks = 0;
  await new Promise<void>((resolve) => {
    const stop = createTicker().every(1, () => {
      ticks += 1;
      if (ticks < 3) return;
      stop();
      setImmediate(resolve);
    });
  });
  clearInterval(alive);
  assert.equal(ticks, 3);
});
