import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../../test/testkit/flow-doubles.ts';
import { RetryBudget } from './retry-budget.ts';

/** How many second tries it gives, all of which fail. */
function tries(budget: RetryBudget, wanted: number): number {
  let given = 0;
  for (let one = 0; one < wanted; one += 1) {
    if (!budget.spend()) continue;
    given += 1;
    budget.report(false, true);
  }
  return given;
}

test('while an upstream answers, second tries are free', () => {
  const budget = new RetryBudget(new FakeClock());
  for (let one = 0; one < 100; one += 1) {
    assert.ok(budget.spend());
    budget.report(true, true);
  }
});

test('one that is down gets five, and a fifth of its calls', () => {
  const budget = new RetryBudget(new FakeClock());
  budget.report(false, false);
  assert.equal(tries(budget, 100), 5);
  for (let call = 0; call < 100; call += 1) {
    budget.earn();
    budget.report(false, false);
  }
  assert.equal(tries(budget, 100), 20);
});

test('credits are not hoarded', () => {
  const budget = new RetryBudget(new FakeClock());
  for (let call = 0; call < 10_000; call += 1) budget.earn();
  budget.report(false, false);
  assert.equal(tries(budget, 1_000), 50);
});

test('a few come back with time, for upstreams that get second tries only', () => {
  const clock = new FakeClock();
  const budget = new RetryBudget(clock);
  budget.report(false, false);
  assert.equal(tries(budget, 10), 5);
  clock.advance(2_000);
  assert.equal(tries(budget, 10), 1);
  clock.advance(60_000);
  assert.equal(tries(budget, 10), 5);
});

test('a try that helped gives its credit back', () => {
  const budget = new RetryBudget(new FakeClock());
  budget.report(false, false);
  assert.ok(budget.spend());
  budget.report(true, true);
  budget.report(false, false);
  assert.equal(tries(budget, 10), 5);
});
