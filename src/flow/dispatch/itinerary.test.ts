import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakePlanned,
  fakeRandom,
  fakeTarget,
  fakeUpstream,
} from '../../../test/testkit/flow-doubles.ts';
import { type ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { Secret } from '../../canonical/ids.ts';
import { HealthBook } from './health/health-book.ts';
import { Itinerary, type Step } from './itinerary.ts';
import { createSlots } from './slots/slots.ts';

interface Rig {
  readonly names?: readonly string[];
  readonly secrets?: number;
  readonly attempts?: number;
}

function rig({ names = ['a', 'b', 'c'], secrets = 1, attempts = 9 }: Rig = {}) {
  const clock = new FakeClock();
  const random = fakeRandom(0.5);
  const health = new HealthBook({ clock, random });
  const slots = createSlots({ clock, ticker: clock });
  const targets = names.map((name) => {
    const held = Array.from({ length: secrets }, (_, place) => new Secret(`${name}${place}`));
    return fakeTarget('m', { upstream: fakeUpstream({ name, secrets: held }) });
  });
  const call = fakePlanned({ targets });
  const begin = () => new Itinerary(call, { clock, random, health, slots, attempts, patience: 5_000 });
  const healthOf = (name: string) => {
    const target = targets.find((one) => one.upstream.name === name);
    assert.ok(target !== undefined);
    return health.of(target);
  };
  const putOut = (name: string, fault: 'unreachable' | 'faulty') => {
    for (let time = 0; time < 5; time += 1) healthOf(name).breaker.report(fault);
  };
  return { clock, begin, healthOf, putOut };
}

function failure(code: ErrorCode, retryAfter?: number): GatewayError {
  return new GatewayError(code, 'It went wrong.', retryAfter === undefined ? {} : { retryAfter });
}

/** All fail in the same way; says where they went, and how long they waited. */
function walk(itinerary: Itinerary, error: GatewayError): readonly string[] {
  const visited: string[] = [];
  for (let step = itinerary.next(); step !== undefined; step = itinerary.next()) {
    visited.push(said(step));
    itinerary.ended(step, error, false);
  }
  return visited;
}

function said({ target, credential, wait }: Step): string {
  const which = credential.number > 1 ? credential.number : '';
  return `${target.upstream.name}${which}${wait > 0 ? ` after ${wait}` : ''}`;
}

test('each target once, in the order there is', () => {
  assert.deepEqual(walk(rig().begin(), failure('upstream_fault')), ['a', 'b', 'c']);
});

test('no more attempts than allowed', () => {
  assert.deepEqual(walk(rig({ attempts: 2 }).begin(), failure('upstream_fault')), ['a', 'b']);
});

test('one that is out is left out, and the receipt says so', () => {
  const { begin, putOut } = rig();
  putOut('a', 'unreachable');
  const itinerary = begin();
  assert.deepEqual(walk(itinerary, failure('upstream_fault')), ['b', 'c']);
  assert.deepEqual(itinerary.notes(), [{ target: 'a/m', reason: 'out, not reached, again in 5 s' }]);
  assert.match(
    itinerary.error().message,
    /^All 2 targets failed\. b\/m: .* a\/m was left out: out, not reached/,
  );
});

test('one that is only doubted is tried when nothing better is left', () => {
  const { begin, putOut } = rig();
  putOut('a', 'faulty');
  assert.deepEqual(walk(begin(), failure('upstream_fault')), ['b', 'c', 'a']);
});

test('never are all left out for doubts: the one that is due first is tried', () => {
  const { begin, putOut, clock } = rig({ names: ['a', 'b'] });
  putOut('b', 'faulty');
  clock.advance(1_000);
  putOut('a', 'faulty');
  assert.equal(begin().next()?.target.upstream.name, 'b');
});

test('where nobody can be reached, nobody is tried, and the caller learns when to come again', () => {
  const { begin, putOut } = rig({ names: ['a', 'b'] });
  putOut('a', 'unreachable');
  putOut('b', 'unreachable');
  const itinerary = begin();
  assert.equal(itinerary.next(), undefined);
  const error = itinerary.error();
  assert.equal(error.code, 'no_target');
  assert.equal(error.detail.retryAfter, 5);
  assert.match(error.message, /a\/m: out, not reached, again in 5 s\. b\/m: /);
});

for (const code of [
  'upstream_rate_limited',
  'upstream_auth',
  'upstream_quota',
  'upstream_billing',
] as const) {
  test(`${code}: the next secret of the same upstream comes before the next upstream`, () => {
    const { begin } = rig({ names: ['a', 'b'], secrets: 2 });
    assert.deepEqual(walk(begin(), failure(code)).slice(0, 4), ['a', 'a2', 'b', 'b2']);
  });
}

test('other failures are the upstream’s, whatever secret it is asked with', () => {
  const { begin } = rig({ names: ['a', 'b'], secrets: 2 });
  assert.deepEqual(walk(begin(), failure('upstream_fault')), ['a', 'b']);
});

test('a target that said when to come again is asked again then, once, when no other is left', () => {
  const { begin } = rig({ names: ['a', 'b'] });
  assert.deepEqual(walk(begin(), failure('upstream_overloaded', 2)), [
    'a',
    'b',
    'a after 2250',
    'b after 2250',
  ]);
});

test('not if it said nothing, nor if that is too long to wait', () => {
  for (const retryAfter of [undefined, 6]) {
    const { begin } = rig({ names: ['a'] });
    assert.deepEqual(walk(begin(), failure('upstream_overloaded', retryAfter)), ['a']);
  }
});

test('nor after a failure that time does not heal', () => {
  const { begin } = rig({ names: ['a'] });
  assert.deepEqual(walk(begin(), failure('upstream_fault', 1)), ['a']);
});

test('a call that comes while a stated moment is near waits for it', () => {
  const { begin, clock } = rig({ names: ['a'] });
  const first = begin();
  const step = first.next();
  assert.ok(step !== undefined);
  first.ended(step, failure('upstream_rate_limited', 30), false);
  clock.advance(10_000);
  const early = begin();
  assert.equal(early.next(), undefined);
  assert.equal(early.error().code, 'upstream_rate_limited');
  assert.equal(early.error().detail.retryAfter, 20);
  clock.advance(16_000);
  assert.equal(begin().next()?.wait, 4_500);
});

test('a 429 without a moment does not lock an only target', () => {
  const { begin } = rig({ names: ['a'] });
  assert.deepEqual(walk(begin(), failure('upstream_rate_limited')), ['a']);
  assert.equal(begin().next()?.target.upstream.name, 'a');
});

test('an only target whose secret was refused is not asked again and again', () => {
  const { begin } = rig({ names: ['a'] });
  assert.deepEqual(walk(begin(), failure('upstream_auth')), ['a']);
  const next = begin();
  assert.equal(next.next(), undefined);
  assert.equal(next.error().code, 'upstream_auth');
});

test('second tries at one that fails are bounded; first ones are not', () => {
  const { begin } = rig({ names: ['a', 'b'] });
  const visits = Array.from({ length: 100 }, () => walk(begin(), failure('client_gone')).join(''));
  assert.equal(visits.filter((visit) => visit.startsWith('a')).length, 100);
  const failing = rig({ names: ['a', 'b'] });
  const tried = Array.from({ length: 100 }, () =>
    walk(failing.begin(), failure('upstream_model_missing')).join(''),
  );
  assert.ok(tried.filter((visit) => visit.length === 2).length <= 30, tried.join());
});

test('a step that led to nothing is no attempt, and a probe’s place is free again', () => {
  const { begin, putOut, clock, healthOf } = rig({ names: ['a'], attempts: 1 });
  putOut('a', 'unreachable');
  clock.advance(6_000);
  const itinerary = begin();
  const step = itinerary.next();
  assert.ok(step !== undefined);
  assert.equal(healthOf('a').breaker.state, 'probing');
  itinerary.forgone(step);
  assert.equal(begin().next()?.target.upstream.name, 'a');
});

test('an upstream at another address, or with other secrets, begins anew; a reload alone heals nobody', () => {
  const clock = new FakeClock();
  const random = fakeRandom(0.5);
  const book = new HealthBook({ clock, random });
  const at = (port: number, secret: string) =>
    fakeTarget('m', {
      upstream: fakeUpstream({
        name: 'up',
        origin: { tls: false, host: 'h', port },
        secrets: [new Secret(secret)],
      }),
    });
  for (let time = 0; time < 5; time += 1) book.of(at(1, 's')).breaker.report('faulty');
  assert.equal(book.of(at(1, 's')).breaker.state, 'out');
  assert.equal(book.of(at(2, 's')).breaker.state, 'up');
  assert.equal(book.of(at(2, 't')).breaker.state, 'up');
});
