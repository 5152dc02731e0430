import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FakeClock,
  fakeAdmitted,
  fakeRandom,
  fakeTarget,
  fakeUpstream,
  fakeVirtual,
  okEnd,
  RecordingReceiver,
} from '../../../test/testkit/flow-doubles.ts';
import type { Random } from '../../ports.ts';
import type { Admitted, Planned, Target, VirtualModel } from '../stage.ts';
import { choose } from './choose.ts';

function target(name: string, weight = 1, inflight = 0): Target {
  return fakeTarget('m', { upstream: fakeUpstream({ name, inflight }), weight });
}

function setup(random: Random = fakeRandom(0)) {
  const seen: Planned[] = [];
  const stage = choose({ random, clock: new FakeClock() })((call) => {
    seen.push(call);
    return Promise.resolve(okEnd());
  });
  const ask = async (virtual: VirtualModel, call: Admitted = fakeAdmitted({ virtual })) => {
    const end = await stage(call, new RecordingReceiver());
    return { call, end, order: seen.at(-1)?.targets.map((one) => one.upstream.name) ?? [] };
  };
  return { ask, seen };
}

async function firsts(virtual: VirtualModel, count: number, random?: Random): Promise<readonly string[]> {
  const { ask } = setup(random);
  const names: string[] = [];
  for (let i = 0; i < count; i += 1) names.push((await ask(virtual)).order[0] ?? '');
  return names;
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

test('priority keeps the operator’s order, call after call, whatever the weights', async () => {
  const virtual = fakeVirtual({
    targets: [target('a', 1), target('b', 9), target('c', 5)],
    select: 'priority',
  });
  const { ask } = setup();
  assert.deepEqual((await ask(virtual)).order, ['a', 'b', 'c']);
  assert.deepEqual((await ask(virtual)).order, ['a', 'b', 'c']);
});

test('round-robin gives everybody a turn, and the others follow in order', async () => {
  const virtual = fakeVirtual({ targets: [target('a'), target('b'), target('c')], select: 'round-robin' });
  const { ask } = setup();
  const orders: string[] = [];
  for (let i = 0; i < 4; i += 1) orders.push((await ask(virtual)).order.join(''));
  assert.deepEqual(orders, ['abc', 'bca', 'cab', 'abc']);
});

test('round-robin begins anywhere, so that processes do not march in step', async () => {
  const virtual = fakeVirtual({ targets: [target('a'), target('b'), target('c')], select: 'round-robin' });
  assert.deepEqual(await firsts(virtual, 3, fakeRandom(0.99)), ['c', 'a', 'b']);
  assert.deepEqual(await firsts(virtual, 3, fakeRandom(0.34)), ['b', 'c', 'a']);
});

const splits: readonly [weights: readonly number[], counts: Record<string, number>][] = [
  [[1, 1], { a: 500, b: 500 }],
  [[7, 2, 1], { a: 700, b: 200, c: 100 }],
  [[999, 1], { a: 999, b: 1 }],
  [[1, 0, 3], { a: 250, c: 750 }],
  [[0.5, 1.5], { a: 250, b: 750 }],
];

for (const [weights, counts] of splits) {
  for (const start of [0, 0.123, 0.999]) {
    test(`1,000 calls over weights ${weights.join(':')} split exactly, begun at ${start}`, async () => {
      const targets = weights.map((weight, at) => target('abc'[at] ?? '', weight));
      const virtual = fakeVirtual({ targets, select: 'weighted' });
      assert.deepEqual(tally(await firsts(virtual, 1_000, fakeRandom(start))), counts);
    });
  }
}

test('weights are spread evenly: five to one to one is not five in a row', async () => {
  const virtual = fakeVirtual({
    targets: [target('a', 5), target('b', 1), target('c', 1)],
    select: 'weighted',
  });
  assert.equal((await firsts(virtual, 7)).join(''), 'aabacaa');
});

test('the random beginning moves the sequence, it does not change it', async () => {
  const virtual = fakeVirtual({
    targets: [target('a', 5), target('b', 1), target('c', 1)],
    select: 'weighted',
  });
  assert.equal((await firsts(virtual, 7, fakeRandom(0.43))).join(''), 'acaaaab');
});

test('after the first, who is owed most comes next; weight zero is the last resort', async () => {
  const virtual = fakeVirtual({
    targets: [target('zero', 0), target('a', 1), target('b', 3), target('c', 2)],
    select: 'weighted',
  });
  const { ask } = setup();
  assert.deepEqual((await ask(virtual)).order, ['b', 'c', 'a', 'zero']);
  assert.deepEqual((await ask(virtual)).order, ['c', 'a', 'b', 'zero']);
});

test('with no weight at all the operator’s order stands', async () => {
  const virtual = fakeVirtual({ targets: [target('a', 0), target('b', 0)], select: 'weighted' });
  const { ask } = setup();
  assert.deepEqual((await ask(virtual)).order, ['a', 'b']);
});

test('the turn of one model is not the turn of another', async () => {
  const targets = [target('a'), target('b')];
  const one = fakeVirtual({ name: 'one', targets, select: 'round-robin' });
  const two = fakeVirtual({ name: 'two', targets, select: 'round-robin' });
  const { ask } = setup();
  assert.equal((await ask(one)).order[0], 'a');
  assert.equal((await ask(two)).order[0], 'a');
  assert.equal((await ask(one)).order[0], 'b');
});

const loads: readonly [why: string, targets: readonly Target[], order: readonly string[]][] = [
  ['the idle one first', [target('a', 1, 2), target('b', 1, 0), target('c', 1, 1)], ['b', 'c', 'a']],
  ['equal loads in order', [target('a', 1, 1), target('b', 1, 1)], ['a', 'b']],
  ['load counts per weight', [target('a', 1, 2), target('b', 4, 4)], ['b', 'a']],
  [
    'weight zero last, however idle',
    [target('a', 0, 0), target('b', 1, 9), target('c', 0, 0)],
    ['b', 'a', 'c'],
  ],
];

for (const [why, targets, order] of loads) {
  test(`least-load: ${why}`, async () => {
    const { ask } = setup();
    assert.deepEqual((await ask(fakeVirtual({ targets, select: 'least-load' }))).order, order);
  });
}

test('least-load looks anew at each call', async () => {
  const targets = [target('a'), target('b')];
  const virtual = fakeVirtual({ targets, select: 'least-load' });
  const { ask } = setup();
  assert.equal((await ask(virtual)).order[0], 'a');
  const load = targets[0]?.upstream.load;
  assert.ok(load);
  load.inflight = 1;
  assert.equal((await ask(virtual)).order[0], 'b');
});

test('the receipt lists every target in order with its reason', async () => {
  const virtual = fakeVirtual({
    targets: [target('a', 1), target('b', 3), target('z', 0)],
    select: 'weighted',
  });
  const { ask } = setup();
  const { call } = await ask(virtual);
  assert.deepEqual(call.receipt.choices, [
    { target: 'b/m', reason: 'weight 3 of 4' },
    { target: 'a/m', reason: 'weight 1 of 4, later' },
    { target: 'z/m', reason: 'weight 0, last resort' },
  ]);
});

test('a single target needs no strategy', async () => {
  for (const select of ['priority', 'weighted', 'round-robin', 'least-load'] as const) {
    const { ask } = setup();
    const { call, order } = await ask(fakeVirtual({ targets: [target('a', 0)], select }));
    assert.deepEqual(order, ['a']);
    assert.deepEqual(call.receipt.choices, [{ target: 'a/m', reason: 'the only target' }]);
  }
});

test('a model that leads nowhere is an answer, not an exception', async () => {
  const { ask, seen } = setup();
  const { end } = await ask(fakeVirtual({ targets: [] }));
  assert.ok(!end.ok);
  assert.equal(end.error.code, 'no_target');
  assert.match(end.error.text, /^The model "fast" leads to no target\. /);
  assert.deepEqual(seen, []);
});

test('every field of the call arrives', async () => {
  const virtual = fakeVirtual({ targets: [target('a')] });
  const call = fakeAdmitted({ virtual, strict: true, headers: { a: 'b' } });
  const { ask, seen } = setup();
  await ask(virtual, call);
  for (const name of Object.keys(call) as (keyof Admitted)[]) assert.equal(seen[0]?.[name], call[name], name);
});
