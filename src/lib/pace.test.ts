import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

test('before the first step nothing is known', () => {
  const pace = new Pace();
  pace.begin(100);
  assert.equal(pace.perStep(500), undefined);
});

test('the newest step counts a fifth', () => {
  const pace = new Pace();
  pace.begin(0);
  pace.step(100);
  pace.step(300);
  assert.equal(pace.perStep(300), 120);
});

test('rest is not a slow step, but a stop that goes on is', () => {
  const pace = new Pace();
  pace.begin(0);
  pace.step(100);
  pace.begin(90_000);
  assert.equal(pace.perStep(90_050), 100);
  assert.equal(pace.perStep(90_500), 500);
});
