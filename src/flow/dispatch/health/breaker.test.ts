import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeRandom } from '../../../../test/testkit/flow-doubles.ts';
import type { HealthRules } from '../../stage.ts';
import { Breaker, type BreakerState, defaultRules, neverOut } from './breaker.ts';

function rig(rules: Partial<HealthRules> = {}, dice: readonly number[] = [0.5]) {
  const clock = new FakeClock();
  const states: BreakerState[] = [];
  const parts = { clock, random: fakeRandom(...dice) };
  const breaker = new Breaker({ ...defaultRules, ...rules }, parts, (state) => states.push(state));
  const fail = (times = 1) => {
    for (let time = 0; time < times; time += 1) breaker.report('unreachable');
  };
  return { breaker, clock, states, fail };
}

test('four failures in a row are bad luck, five put it out', () => {
  const { breaker, fail } = rig();
  fail(4);
  assert.equal(breaker.allows(), true);
  fail();
  assert.equal(breaker.allows(), false);
  assert.equal(breaker.fault, 'unreachable');
});

test('one success begins the count anew', () => {
  const { breaker, fail } = rig();
  fail(4);
  breaker.report('ok');
  fail(4);
  assert.equal(breaker.allows(), true);
});

test('half of twenty calls failing puts it out, however they are mixed', () => {
  const { breaker } = rig();
  for (let call = 0; call < 9; call += 1) {
    breaker.report('ok');
    breaker.report('faulty');
  }
  breaker.report('ok');
  assert.equal(breaker.state, 'up', 'nineteen calls say nothing yet');
  breaker.report('faulty');
  assert.equal(breaker.state, 'out');
});

test('failures of long ago do not count', () => {
  const { breaker, clock } = rig();
  for (let call = 0; call < 10; call += 1) breaker.report(call % 3 === 2 ? 'ok' : 'faulty');
  clock.advance(20_000);
  for (let call = 0; call < 19; call += 1) breaker.report(call % 4 === 3 ? 'faulty' : 'ok');
  breaker.report('faulty');
  assert.equal(breaker.state, 'up');
});

test('one probe at a time, once its time out is over', () => {
  const { breaker, clock, fail } = rig();
  fail(5);
  clock.advance(4_999);
  assert.equal(breaker.allows(), false);
  clock.advance(1);
  assert.equal(breaker.allows(), 'probe');
  assert.equal(breaker.state, 'probing');
  assert.equal(breaker.allows(), false);
});

test('a probe that fails doubles the time out, up to a bound', () => {
  const { breaker, clock, fail } = rig({ mostOut: 15_000 });
  fail(5);
  for (const wait of [5_000, 10_000, 15_000, 15_000]) {
    assert.equal(breaker.until - clock.now(), wait);
    clock.advance(wait);
    assert.equal(breaker.allows(), 'probe');
    fail();
    assert.equal(breaker.state, 'out');
  }
});

test('dice spread the time out by a tenth', () => {
  for (const [die, wait] of [
    [0, 4_500],
    [1, 5_500],
  ] as const) {
    const { breaker, fail } = rig({}, [die]);
    fail(5);
    assert.equal(breaker.until, wait);
  }
});

test('a probe that comes to nothing leaves the place to the next call', () => {
  const { breaker, clock, fail } = rig();
  fail(5);
  clock.advance(5_000);
  assert.equal(breaker.allows(), 'probe');
  breaker.release();
  assert.equal(breaker.allows(), 'probe');
});

test('who is back gets a tenth at first, then more, then all', () => {
  const shares: readonly (readonly [after: number, share: number])[] = [
    [0, 0.1],
    [5_000, 0.55],
    [9_000, 0.91],
  ];
  for (const [after, share] of shares) {
    for (const [die, allowed] of [
      [share - 0.01, true],
      [share + 0.01, false],
    ] as const) {
      const { breaker, clock, fail } = rig({}, [0.5, die]);
      fail(5);
      clock.advance(5_000);
      breaker.allows();
      breaker.report('ok');
      assert.equal(breaker.state, 'ramping');
      clock.advance(after);
      assert.equal(breaker.allows(), allowed, `${after} ms, die ${die}`);
    }
  }
});

test('a success after the ramp makes it well, and forgets how often it was out', () => {
  const { breaker, clock, fail, states } = rig();
  fail(5);
  clock.advance(5_000);
  breaker.allows();
  breaker.report('ok');
  clock.advance(10_000);
  breaker.report('ok');
  assert.deepEqual(states, ['out', 'probing', 'ramping', 'up']);
  fail(5);
  assert.equal(breaker.until - clock.now(), 5_000);
});

test('one failure on the ramp puts it out again, for longer', () => {
  const { breaker, clock, fail } = rig();
  fail(5);
  clock.advance(5_000);
  breaker.allows();
  breaker.report('ok');
  fail();
  assert.equal(breaker.state, 'out');
  assert.equal(breaker.until - clock.now(), 10_000);
});

test('failures of calls that began before it was put out change nothing', () => {
  const { breaker, clock, fail } = rig();
  fail(5);
  fail(5);
  assert.equal(breaker.until - clock.now(), 5_000);
});

test('who tells that it lives is probed at once', () => {
  const { breaker, fail } = rig();
  fail(5);
  breaker.wake();
  assert.equal(breaker.allows(), 'probe');
});

test('failures of calls that had nowhere else to go change nothing; a success ends its time out', () => {
  const { breaker, fail, states } = rig();
  fail(5);
  fail(20);
  assert.equal(breaker.until, 5_000);
  assert.deepEqual(states, ['out']);
  breaker.report('ok');
  assert.equal(breaker.state, 'ramping');
});

test('the first words of an answer to a probe are enough', () => {
  const { breaker, clock, fail } = rig({}, [0.5, 0]);
  fail(5);
  clock.advance(5_000);
  assert.equal(breaker.allows(), 'probe');
  assert.equal(breaker.allows(), false);
  breaker.answered();
  assert.equal(breaker.allows(), true);
});

test('a target that is never put out bears any number of failures', () => {
  const { breaker, fail } = rig(neverOut);
  fail(1_000);
  assert.equal(breaker.allows(), true);
});
