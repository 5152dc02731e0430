import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeClock, fakeUsage } from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { LimitRule } from '../stage.ts';
import { createLimiter, type LimitScope, type Permit } from './limiter.ts';

const perMinute = (amount: number, of: LimitRule['of'] = 'requests'): LimitRule => ({
  of,
  amount,
  window: 60_000,
});

function scope(rules: readonly LimitRule[], id = 'ci', kind: LimitScope['kind'] = 'key'): LimitScope {
  return { kind, id, name: id, rules };
}

function permit(taken: Permit | GatewayError): Permit {
  assert.ok(!(taken instanceof GatewayError), 'should have been let in');
  return taken;
}

function refusal(taken: Permit | GatewayError): GatewayError {
  assert.ok(taken instanceof GatewayError, 'should have been refused');
  return taken;
}

test('a limit lets exactly its amount in and the next one the millisecond a place is free', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const scopes = [scope([perMinute(3)])];
  for (let i = 0; i < 3; i += 1) permit(limiter.take(scopes, 1)).settle(noUsage);
  refusal(limiter.take(scopes, 1));
  clock.advance(19_999);
  refusal(limiter.take(scopes, 1));
  clock.advance(1);
  permit(limiter.take(scopes, 1));
  refusal(limiter.take(scopes, 1));
});

test('a refusal names whose limit it is, how much of it is used and when to try again', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const scopes = [scope([perMinute(2)])];
  limiter.take(scopes, 1);
  limiter.take(scopes, 1);
  clock.advance(500);
  const error = refusal(limiter.take(scopes, 1));
  assert.equal(error.code, 'rate_limited');
  assert.equal(
    error.text,
    'The key "ci" is limited to 2 requests per minute; 2 are used. Try again in 30 seconds.',
  );
  assert.equal(error.detail.retryAfter, 30);
});

test('what has nothing to do with tokens counts as a request, and waits for no debt of tokens', () => {
  const limiter = createLimiter(new FakeClock());
  const scopes = [scope([perMinute(10, 'tokens'), perMinute(3)])];
  permit(limiter.take(scopes, 10)).settle({ ...noUsage, output: 1_000 });
  refusal(limiter.take(scopes, 0));
  permit(limiter.take(scopes, undefined)).settle(noUsage);
  permit(limiter.take(scopes, undefined)).settle(noUsage);
  assert.match(refusal(limiter.take(scopes, undefined)).message, /limited to 3 requests/);
});

test('a refusal for tokens says how many the call needs', () => {
  const limiter = createLimiter(new FakeClock());
  const scopes = [scope([perMinute(600, 'tokens')], 'fast', 'model')];
  permit(limiter.take(scopes, 500));
  assert.equal(
    refusal(limiter.take(scopes, 110)).text,
    'The model "fast" is limited to 600 tokens per minute; 500 are used, and this call needs about 110. Try again in 1 second.',
  );
});

test('when one of several rules refuses, nothing is taken from the others', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const key = scope([perMinute(5), perMinute(1_000, 'tokens')]);
  const model = scope([perMinute(1)], 'fast', 'model');
  permit(limiter.take([key, model], 10));
  refusal(limiter.take([key, model], 10));
  assert.deepEqual(limiter.states([key])?.requests?.remaining, 4);
  assert.deepEqual(limiter.states([key])?.tokens?.remaining, 990);
});

test('of several refusing rules the one that takes longest speaks', () => {
  const limiter = createLimiter(new FakeClock());
  const scopes = [scope([perMinute(1), { of: 'requests', amount: 1, window: 3_600_000 }])];
  permit(limiter.take(scopes, 1));
  assert.match(refusal(limiter.take(scopes, 1)).text, /1 requests per hour.*in 3600 seconds/);
});

test('what was really used replaces the guess', () => {
  const limiter = createLimiter(new FakeClock());
  const scopes = [scope([perMinute(1_000, 'tokens')])];
  const remaining = () => limiter.states(scopes)?.tokens?.remaining;
  const taken = permit(limiter.take(scopes, 400));
  assert.equal(remaining(), 600);
  taken.settle(fakeUsage(100, 150));
  assert.equal(remaining(), 750);
});

test('a call that used nothing gives its tokens back, and its place among the requests not', () => {
  const limiter = createLimiter(new FakeClock());
  const scopes = [scope([perMinute(10), perMinute(1_000, 'tokens')])];
  permit(limiter.take(scopes, 400)).settle(noUsage);
  assert.equal(limiter.states(scopes)?.tokens?.remaining, 1_000);
  assert.equal(limiter.states(scopes)?.requests?.remaining, 9);
});

test('a permit is settled once, however often it is asked', () => {
  const limiter = createLimiter(new FakeClock());
  const scopes = [scope([perMinute(1_000, 'tokens')])];
  const taken = permit(limiter.take(scopes, 0));
  taken.settle(fakeUsage(100, 0));
  taken.settle(fakeUsage(100, 0));
  assert.equal(limiter.states(scopes)?.tokens?.remaining, 900);
});

test('usage beyond the limit is a debt that later calls wait for', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const scopes = [scope([perMinute(600, 'tokens')])];
  permit(limiter.take(scopes, 10)).settle(fakeUsage(0, 1_200));
  assert.equal(limiter.states(scopes)?.tokens?.remaining, 0);
  clock.advance(60_999);
  refusal(limiter.take(scopes, 10));
  clock.advance(1);
  permit(limiter.take(scopes, 10));
});

test('a guess above the whole limit waits for a full bucket instead of forever', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const scopes = [scope([perMinute(600, 'tokens')])];
  permit(limiter.take(scopes, 1_000_000)).settle(fakeUsage(1, 0));
  clock.advance(99);
  refusal(limiter.take(scopes, 1_000_000));
  clock.advance(1);
  permit(limiter.take(scopes, 1_000_000));
});

test('states tell the tightest limit of each kind and when it is whole again', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const key = scope([perMinute(100), perMinute(1_000, 'tokens')]);
  const model = scope([perMinute(10)], 'fast', 'model');
  permit(limiter.take([key, model], 250));
  assert.deepEqual(limiter.states([key, model]), {
    requests: { limit: 10, remaining: 9, reset: 6_000 },
    tokens: { limit: 1_000, remaining: 750, reset: 15_000 },
  });
  assert.equal(limiter.states([scope([])]), undefined);
});

test('keys and models do not share buckets, even of one name', () => {
  const limiter = createLimiter(new FakeClock());
  permit(limiter.take([scope([perMinute(1)], 'same', 'key')], 1));
  permit(limiter.take([scope([perMinute(1)], 'same', 'model')], 1));
  permit(limiter.take([scope([perMinute(1)], 'other', 'key')], 1));
  refusal(limiter.take([scope([perMinute(1)], 'same', 'key')], 1));
});

test('rules that change keep the buckets of those that stay', () => {
  const limiter = createLimiter(new FakeClock());
  permit(limiter.take([scope([perMinute(5), perMinute(1_000, 'tokens')])], 300));
  const states = limiter.states([scope([perMinute(1_000, 'tokens'), perMinute(7)])]);
  assert.equal(states?.tokens?.remaining, 700);
  assert.equal(states?.requests?.remaining, 7);
});

test('a scope is forgotten when its buckets are full again and nobody is under way', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  const sizeAfterSweep = () => {
    limiter.sweep();
    return limiter.size;
  };
  const taken = permit(limiter.take([scope([perMinute(60)])], 1));
  clock.advance(999);
  assert.equal(sizeAfterSweep(), 1);
  clock.advance(1);
  assert.equal(sizeAfterSweep(), 1, 'a call is under way: it may still have something to settle');
  taken.settle(noUsage);
  assert.equal(sizeAfterSweep(), 0);
});

test('of ten thousand passing scopes few more are remembered than those still refilling', () => {
  const clock = new FakeClock();
  const limiter = createLimiter(clock);
  let most = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const kind = i % 2 === 0 ? 'key' : 'model';
    permit(limiter.take([scope([perMinute(60)], `scope-${i}`, kind)], 1)).settle(noUsage);
    clock.advance(1);
    most = Math.max(most, limiter.size);
  }
  assert.equal(most, 2 * 999, 'a sweep at twice of what the last one left, 999 being not full');
  limiter.sweep();
  assert.equal(limiter.size, 999);
});

test('no rules, no bookkeeping', () => {
  const limiter = createLimiter(new FakeClock());
  permit(limiter.take([], 1)).settle(fakeUsage(1, 1));
  permit(limiter.take([scope([])], 1)).settle(fakeUsage(1, 1));
  assert.equal(limiter.size, 0);
});
