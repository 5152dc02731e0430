import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeRandom } from '../../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import { Secret } from '../../../canonical/ids.ts';
import { Credentials } from './credentials.ts';

function rig(count: number, rest = true) {
  const clock = new FakeClock();
  const secrets = Array.from({ length: count }, (_, place) => new Secret(`secret-${place}`));
  const credentials = new Credentials(secrets, { clock, random: fakeRandom(1) }, rest);
  const pick = (model = 'm') => credentials.pick(model, new Set());
  return { clock, credentials, pick };
}

const tooMany = (retryAfter?: number) =>
  new GatewayError('upstream_rate_limited', 'Too many.', retryAfter === undefined ? {} : { retryAfter });

test('an upstream without secrets has one credential all the same', () => {
  assert.equal(rig(0).pick()?.secret, undefined);
  assert.equal(rig(0).pick()?.number, 1);
});

test('several are used in turn', () => {
  const { pick } = rig(3);
  assert.deepEqual(
    [pick(), pick(), pick(), pick()].map((one) => one?.number),
    [1, 2, 3, 1],
  );
});

test('after a 429 that secret alone cools, for as long as was stated, and for that model alone', () => {
  const { clock, credentials, pick } = rig(2);
  const first = pick();
  assert.ok(first !== undefined);
  credentials.failed(first, 'm', tooMany(30));
  assert.deepEqual(
    [pick(), pick(), pick()].map((one) => one?.number),
    [2, 2, 2],
  );
  assert.equal(credentials.rest(first, 'other'), undefined);
  clock.advance(29_999);
  assert.equal(credentials.rest(first, 'm')?.why, 'cooling');
  clock.advance(1);
  assert.equal(credentials.rest(first, 'm'), undefined);
});

test('where nothing was stated it cools a second, then twice as long, to a minute', () => {
  const { clock, credentials, pick } = rig(1);
  const only = pick();
  assert.ok(only !== undefined);
  for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
    credentials.failed(only, 'm', tooMany());
    assert.equal((credentials.rest(only, 'm')?.until ?? 0) - clock.now(), wait * 1_000);
    assert.equal(credentials.rest(only, 'm')?.stated, false);
    clock.advance(wait * 1_000);
  }
  credentials.succeeded(only, 'm');
  credentials.failed(only, 'm', tooMany());
  assert.equal((credentials.rest(only, 'm')?.until ?? 0) - clock.now(), 1_000);
});

test('nobody cools for longer than an hour', () => {
  const { clock, credentials, pick } = rig(1);
  const only = pick();
  assert.ok(only !== undefined);
  credentials.failed(only, 'm', tooMany(1e9));
  clock.advance(3_600_000);
  assert.equal(pick()?.number, 1);
});

for (const code of ['upstream_auth', 'upstream_billing'] as const) {
  test(`${code}: that secret rests for all models`, () => {
    const { clock, credentials, pick } = rig(2);
    const first = pick();
    assert.ok(first !== undefined);
    credentials.failed(first, 'm', new GatewayError(code, 'No.'));
    assert.equal(pick('other')?.number, 2);
    assert.equal(pick('other')?.number, 2);
    clock.advance(60_000);
    assert.deepEqual([pick()?.number, pick()?.number].sort(), [1, 2]);
  });
}

test('other failures say nothing of a secret', () => {
  const { credentials, pick } = rig(1);
  const only = pick();
  assert.ok(only !== undefined);
  credentials.failed(only, 'm', new GatewayError('upstream_fault', 'Broken.'));
  assert.equal(pick(), only);
});

test('when all rest, the soonest end is known', () => {
  const { credentials, pick } = rig(2);
  const [first, second] = [pick(), pick()];
  assert.ok(first !== undefined && second !== undefined);
  credentials.failed(first, 'm', tooMany(30));
  assert.equal(credentials.soonest('m'), undefined);
  credentials.failed(second, 'm', tooMany(10));
  assert.equal(pick(), undefined);
  assert.equal(credentials.soonest('m')?.until, 10_000);
});

test('where health is off nobody rests', () => {
  const { credentials, pick } = rig(1, false);
  const only = pick();
  assert.ok(only !== undefined);
  credentials.failed(only, 'm', tooMany(30));
  assert.equal(pick(), only);
});

test('made-up names of models do not fill the memory', () => {
  const { credentials, pick } = rig(1);
  const only = pick();
  assert.ok(only !== undefined);
  for (let one = 0; one < 500; one += 1) credentials.failed(only, `m${one}`, tooMany(30));
  assert.equal(credentials.rest(only, 'm499')?.why, 'cooling');
  assert.equal(credentials.rest(only, 'm0'), undefined);
});
