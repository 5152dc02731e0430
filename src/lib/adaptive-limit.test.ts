import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdaptiveLimit } from './adaptive-limit.ts';

interface Engine {
  /** So many calls at a time run undisturbed; beyond that first tokens wait. */
  readonly slots: number;
  /** Of prefill, per token. */
  readonly perToken: number;
}

/** Rounds of full load: as many calls as the limit lets, all answered, each by what the engine would take. */
function drive(
  limit: AdaptiveLimit,
  rounds: number,
  engine: Engine,
  tokensOf: (call: number) => number,
  start = 0,
): number {
  let now = start;
  let call = 0;
  for (let round = 0; round < rounds; round += 1) {
    const batch = limit.limit;
    const began = now;
    for (let used = 1; used <= batch; used += 1) limit.using(used, began);
    now += 1_000;
    const crowd = Math.max(1, batch / engine.slots);
    for (let i = 0; i < batch; i += 1) {
      const tokens = tokensOf(call);
      call += 1;
      limit.answered(
        { began, firstContent: (50 + tokens * engine.perToken) * crowd ** 2, size: tokens },
        now,
      );
    }
    now += 1;
  }
  return now;
}

/** The idle hours in which it is learned how long prompts take by themselves. */
function learned(engine: Engine, bounds = { min: 1, max: 64 }): AdaptiveLimit {
  const limit = new AdaptiveLimit(bounds);
  for (let size = 0; size <= 34; size += 1) {
    const tokens = Math.round(2 ** (size / 2));
    for (let i = 0; i < 4; i += 1) {
      const now = -1_000_000 + size * 1_000 + i * 100;
      limit.using(1, now);
      limit.answered({ began: now, firstContent: 50 + tokens * engine.perToken, size: tokens }, now + 50);
    }
  }
  return limit;
}

const engine = { slots: 20, perToken: 0.1 };

test('it begins at eight, or as near as its bounds let it', () => {
  assert.equal(new AdaptiveLimit({ min: 1, max: 64 }).limit, 8);
  assert.equal(new AdaptiveLimit({ min: 1, max: 4 }).limit, 4);
  assert.equal(new AdaptiveLimit({ min: 16, max: 64 }).limit, 16);
});

test('it settles where the engine still answers in time', () => {
  const limit = learned(engine);
  drive(limit, 200, engine, () => 500);
  // Twice as late is (limit / 20)² = 2: at 28.
  assert.ok(limit.limit >= 20 && limit.limit <= 32, String(limit.limit));
});

test('it finds an engine of two slots from above', () => {
  const limit = learned({ ...engine, slots: 2 });
  drive(limit, 50, { ...engine, slots: 2 }, () => 500);
  assert.ok(limit.limit >= 2 && limit.limit <= 4, String(limit.limit));
});

test('it does not rise for want of calls', () => {
  const limit = learned(engine);
  for (let now = 0; now < 100_000; now += 100) {
    limit.using(4, now);
    limit.answered({ began: now, firstContent: 100, size: 500 }, now + 50);
  }
  assert.equal(limit.limit, 8);
});

const prompts: readonly (readonly [why: string, tokensOf: (call: number) => number])[] = [
  ['all have become a thousand times as long', (call) => (call < 200 ? 100 : 100_000)],
  ['long and short ones come in turn', (call) => (call % 2 === 0 ? 20 : 100_000)],
  ['they grow from call to call', (call) => Math.min(100_000, 20 + call * 50)],
];

for (const [why, tokensOf] of prompts) {
  test(`prompt sizes alone do not lower it: ${why}`, () => {
    const idle = { slots: 1_000, perToken: 1 };
    const limit = learned(idle);
    let lowest = limit.limit;
    let now = 0;
    for (let round = 0; round < 60; round += 1) {
      now = drive(limit, 1, idle, (call) => tokensOf(round * 20 + call), now);
      lowest = Math.min(lowest, limit.limit);
    }
    assert.equal(lowest, 8);
    assert.equal(limit.limit, 64);
  });
}

test('a crowd does not become the measure: hours of lateness keep it down', () => {
  const slow = { slots: 4, perToken: 0.1 };
  const limit = learned(slow, { min: 2, max: 64 });
  drive(limit, 2_000, slow, () => 500);
  assert.ok(limit.limit <= 8, String(limit.limit));
});

test('an engine that has become slow by itself is learned anew at the lowest limit, which comes back', () => {
  const limit = learned(engine);
  const now = drive(limit, 40, { slots: 20, perToken: 10 }, () => 500);
  drive(limit, 400, { slots: 20, perToken: 10 }, () => 500, now);
  assert.ok(limit.limit >= 10, String(limit.limit));
});

test('a refusal halves it, and those who began together count once', () => {
  const limit = new AdaptiveLimit({ min: 1, max: 64 });
  limit.refused(100, 200);
  assert.equal(limit.limit, 4);
  for (let i = 0; i < 5; i += 1) limit.refused(150, 210);
  assert.equal(limit.limit, 4);
  limit.refused(205, 300);
  assert.equal(limit.limit, 2);
});

test('it keeps within its bounds, also within new ones', () => {
  const limit = new AdaptiveLimit({ min: 3, max: 64 });
  for (let now = 1; now < 10; now += 1) limit.refused(now, now);
  assert.equal(limit.limit, 3);
  limit.rebound({ min: 10, max: 12 });
  assert.equal(limit.limit, 10);
});

test('whole answers win back what refusals took, and no more', () => {
  const limit = new AdaptiveLimit({ min: 1, max: 64 });
  limit.refused(0, 1);
  const whole = { began: 2, firstContent: undefined, size: 10 };
  for (let i = 0; i < 1_000; i += 1) limit.answered(whole, 3);
  assert.equal(limit.limit, 8);
});
