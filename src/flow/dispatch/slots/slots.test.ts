import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scene } from '../../../../test/testkit/slots-scene.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import type { Slot } from './slots.ts';

test('while there is room a slot is taken in the same breath, and the receipt says nothing', () => {
  const { ask } = scene({ concurrency: 2 });
  const asked = ask('a');
  assert.ok(
    asked.now instanceof Object && !(asked.now instanceof Promise) && !(asked.now instanceof GatewayError),
  );
  assert.equal(asked.call.receipt.queued, undefined);
});

test('one tenant’s slot is the same thing each time: taking it makes nothing new', () => {
  const { ask } = scene({ concurrency: 2 });
  assert.equal(ask('a').now, ask('a').now);
});

test('beyond the limit calls wait, and a slot that is left goes to the next in the same tick', async () => {
  const { ask, reading } = scene({ concurrency: 1 });
  const [first, second] = [ask('a'), ask('a')];
  assert.ok(second.now instanceof Promise);
  assert.deepEqual(reading(), { upstream: 'gpu', used: 1, limit: 1, waiting: 1 });
  (first.now as Slot).leave(first.call);
  assert.deepEqual(reading(), { upstream: 'gpu', used: 1, limit: 1, waiting: 0 });
  const slot = await second.slot();
  slot.leave(second.call);
  assert.equal(reading()?.used, 0);
});

test('the receipt says where a call stood and how long', async () => {
  const { ask, clock } = scene({ concurrency: 1 });
  const first = ask('a');
  ask('b');
  const third = ask('b');
  clock.advance(1_500);
  (first.now as Slot).leave(first.call);
  assert.deepEqual(third.call.receipt.queued, [
    { target: 'gpu/m', startedAt: 0, outcome: 'waiting', position: 2 },
  ]);
  const second = ask('c');
  assert.equal(second.call.receipt.queued?.[0]?.position, 1, 'who holds none is before who holds one');
});

test('who has waited too long is told where he stood and when to come again', async () => {
  const { ask, clock } = scene({ concurrency: 1, queue: { length: 10, wait: 5_000 } });
  ask('a');
  const waiting = [ask('b'), ask('b'), ask('c')];
  clock.advance(4_000);
  const late = ask('d');
  clock.advance(1_000);
  const errors = await Promise.all(waiting.map((one) => one.error()));
  assert.equal(errors[1]?.status, 503);
  assert.equal(errors[1]?.code, 'overloaded');
  assert.equal(
    errors[0]?.text,
    'The upstream "gpu" had no room for this call for 5 seconds: it was at position 1 of 4 in the queue. Try again in 4 seconds.',
  );
  assert.deepEqual(waiting[0]?.call.receipt.queued, [
    { target: 'gpu/m', startedAt: 0, outcome: 'timed_out', position: 1, ms: 5_000 },
  ]);
  clock.advance(4_000);
  assert.equal((await late.error()).code, 'overloaded');
});

test('when to come again is told by the pace of the queue', async () => {
  const { ask, clock } = scene({ concurrency: 1, queue: { length: 3, wait: 600_000 } });
  let busy = ask('a');
  for (let i = 0; i < 3; i += 1) {
    const next = ask('a');
    clock.advance(20_000);
    (busy.now as Slot).leave(busy.call);
    busy = { ...next, now: await next.slot() };
  }
  for (let i = 0; i < 3; i += 1) ask('a');
  const error = await ask('a').error();
  assert.equal(error.detail.retryAfter, 60, 'three who take 20 seconds each');
  assert.equal(
    error.text,
    'The queue of the upstream "gpu" is full: 3 calls wait for its only slot. Try again in 60 seconds.',
  );
});

test('a crowd that fills the queue does not keep others out', async () => {
  const { ask, reading } = scene({ concurrency: 1, queue: { length: 3, wait: 60_000 } });
  ask('a');
  const crowd = [ask('a'), ask('a'), ask('a')];
  const other = ask('b');
  assert.ok(other.now instanceof Promise);
  assert.equal((await crowd[2]?.error())?.code, 'overloaded');
  assert.equal(crowd[2]?.call.receipt.queued?.[0]?.outcome, 'full');
  assert.equal(reading()?.waiting, 3);
  assert.equal((await ask('a').error()).code, 'overloaded');
});

test('a queue of none turns calls away at once', async () => {
  const { ask } = scene({ concurrency: 2, queue: { length: 0, wait: 60_000 } });
  ask('a');
  ask('a');
  const error = await ask('b').error();
  assert.match(error.message, /^The upstream "gpu" has no room for this call: 2 calls are under way\.$/);
});

test('a caller who leaves leaves the queue at once', async () => {
  const { ask, reading } = scene({ concurrency: 1 });
  ask('a');
  const leaving = ask('b');
  leaving.cancel.request('the caller left');
  assert.equal(reading()?.waiting, 0);
  assert.equal((await leaving.error()).code, 'client_gone');
  assert.equal(leaving.call.receipt.queued?.[0]?.outcome, 'left');
});

test('a caller who has left already does not wait', async () => {
  const { ask, reading } = scene({ concurrency: 1 });
  ask('a');
  const gone = ask('b', { left: true });
  assert.equal(reading()?.waiting, 0);
  assert.equal((await gone.error()).code, 'client_gone');
});

test('who has been served and leaves then keeps the slot until the attempt is over', async () => {
  const { ask, reading } = scene({ concurrency: 1 });
  const first = ask('a');
  const second = ask('b');
  (first.now as Slot).leave(first.call);
  second.cancel.request('the caller left');
  assert.equal(reading()?.used, 1);
  (await second.slot()).leave(second.call);
  assert.equal(reading()?.used, 0);
});

const reloads: readonly (readonly [why: string, concurrency: number | 'none', served: number])[] = [
  ['a higher limit serves those who wait', 3, 2],
  ['no limit serves all of them', 'none', 4],
  ['a lower one leaves them waiting', 1, 0],
];

for (const [why, concurrency, served] of reloads) {
  test(`a reload keeps those who wait: ${why}`, () => {
    const { ask, reading, arrange, slots } = scene({ concurrency: 1 });
    ask('a');
    const waiting = [ask('a'), ask('b'), ask('b'), ask('c')];
    arrange({ concurrency });
    const outcomes = waiting.map((one) => one.call.receipt.queued?.[0]?.outcome);
    assert.equal(outcomes.filter((outcome) => outcome === 'served').length, served);
    if (concurrency !== 'none') assert.equal(reading()?.waiting, 4 - served);
    else assert.deepEqual(slots.readings(), []);
  });
}

test('a limit that has become lower lets nobody in until enough have left', () => {
  const { ask, reading, arrange } = scene({ concurrency: 3 });
  const held = [ask('a'), ask('a'), ask('a')];
  arrange({ concurrency: 1 });
  ask('b');
  for (const [left, used, waiting] of [
    [0, 2, 1],
    [1, 1, 1],
    [2, 1, 0],
  ] as const) {
    (held[left]!.now as Slot).leave(held[left]!.call);
    assert.deepEqual(reading(), { upstream: 'gpu', used, limit: 1, waiting });
  }
});

test('a changed wait holds for those who wait already', async () => {
  const { ask, arrange, clock } = scene({ concurrency: 1, queue: { length: 9, wait: 60_000 } });
  ask('a');
  const waiting = ask('b');
  clock.advance(3_000);
  arrange({ concurrency: 1, queue: { length: 9, wait: 2_000 } });
  clock.advance(50);
  assert.equal((await waiting.error()).code, 'overloaded');
});

test('an upstream that is gone from the config finishes what it has, and is forgotten then', () => {
  const { ask, slots, reading } = scene({ concurrency: 1 });
  const first = ask('a');
  const second = ask('b');
  slots.arrange([]);
  assert.deepEqual(slots.readings(), []);
  (first.now as Slot).leave(first.call);
  assert.equal(second.call.receipt.queued?.[0]?.outcome, 'served');
  assert.equal(reading(), undefined);
});

test('what the engine says is the limit; what it does not say is none', () => {
  const { ask, slots, reading } = scene({ concurrency: 'discovered' });
  for (let i = 0; i < 9; i += 1) assert.ok(!(ask('a').now instanceof Promise));
  slots.tell('gpu', 9);
  assert.deepEqual(reading(), { upstream: 'gpu', used: 9, limit: 9, waiting: 0 });
  assert.ok(ask('a').now instanceof Promise);
  slots.tell('gpu', 10);
  assert.deepEqual(reading(), { upstream: 'gpu', used: 10, limit: 10, waiting: 0 });
});

test('what another engine said is forgotten when the upstream moves', () => {
  const { slots, reading, arrange } = scene({ concurrency: 'discovered' });
  slots.tell('gpu', 2);
  arrange({ concurrency: 'discovered' });
  assert.equal(reading()?.limit, 2);
  arrange({ concurrency: 'discovered', place: 'elsewhere' });
  assert.equal(reading(), undefined);
});

test('an adaptive limit learns from streamed answers that begin late, and from refusals', () => {
  const { ask, reading, clock } = scene({ concurrency: { min: 1, max: 64 } });
  assert.equal(reading()?.limit, 8);
  const one = ask('a', { stream: true });
  clock.advance(10);
  const note = { target: 'gpu/m', startedAt: 0, outcome: 'upstream_overloaded' } as const;
  (one.now as Slot).leave(one.call, note);
  assert.equal(reading()?.limit, 4);
  for (let i = 0; i < 30; i += 1) {
    const calls = Array.from({ length: reading()!.limit }, () => ask('a', { stream: true }));
    const startedAt = clock.now();
    clock.advance(100);
    for (const { now, call } of calls) {
      const at = startedAt - call.receipt.arrived;
      (now as Slot).leave(call, { target: 'gpu/m', startedAt: at, firstContentAt: at + 50, outcome: 'ok' });
    }
  }
  assert.equal(reading()?.limit, 64);
});

test('counting tokens takes no slot', () => {
  const { ask, reading } = scene({ concurrency: 1 });
  ask('a');
  const counting = ask('b', { operation: 'count' });
  assert.ok(!(counting.now instanceof Promise));
  (counting.now as Slot).leave(counting.call);
  assert.equal(reading()?.used, 1);
});

test('who waits for an upstream that is given up goes on', async () => {
  const { ask, slots, reading } = scene({ concurrency: 1 });
  ask('a');
  const waiting = [ask('a'), ask('b'), ask('b')];
  const error = new GatewayError('upstream_refused', 'Nobody listens there.');
  slots.dismiss('gpu', error);
  for (const one of waiting) assert.equal(await one.error(), error);
  assert.equal(waiting[0]?.call.receipt.queued?.[0]?.outcome, 'dismissed');
  assert.deepEqual(reading(), { upstream: 'gpu', used: 1, limit: 1, waiting: 0 });
});

type Said = 'high' | 'normal' | 'low' | undefined;
const priorities: readonly (readonly [key: Said, model: Said, order: string])[] = [
  [undefined, undefined, 'normal before it'],
  ['high', undefined, 'before normal'],
  ['low', undefined, 'after normal'],
  [undefined, 'high', 'before normal'],
  [undefined, 'low', 'after normal'],
  ['high', 'low', 'after normal'],
  ['low', 'high', 'after normal'],
  ['high', 'high', 'before normal'],
  ['normal', 'high', 'normal before it'],
];

for (const [key, model, order] of priorities) {
  test(`a key of ${key ?? 'no'} priority that calls a model of ${model ?? 'none'}: ${order}`, () => {
    const { ask } = scene({ concurrency: 1 });
    const first = ask('x');
    const ahead = ask('x', { priority: order === 'after normal' ? 'normal' : undefined });
    const it = ask('y', { priority: key, modelPriority: model });
    const low = ask('z', { priority: 'low' });
    (first.now as Slot).leave(first.call);
    const served = [ahead, it, low].map((one) => one.call.receipt.queued?.[0]?.outcome === 'served');
    assert.deepEqual(served, order === 'before normal' ? [false, true, false] : [true, false, false]);
  });
}

interface Going {
  readonly why: string;
  readonly select: 'priority' | 'round-robin';
  readonly spill?: boolean;
  /** Slots used, of one each; calls waiting. */
  readonly crowds: readonly (readonly [used: number, waiting: number])[];
  readonly goesTo: string;
  readonly noted?: readonly string[];
}

const goings: readonly Going[] = [
  {
    why: 'the first has room',
    select: 'priority',
    spill: true,
    crowds: [
      [0, 0],
      [0, 0],
    ],
    goesTo: 'up0',
  },
  {
    why: 'spilling, the next has room',
    select: 'priority',
    spill: true,
    crowds: [
      [1, 0],
      [0, 0],
    ],
    goesTo: 'up1',
    noted: ['up0/m'],
  },
  {
    why: 'in order, busy is not broken',
    select: 'priority',
    crowds: [
      [1, 0],
      [0, 0],
    ],
    goesTo: 'up0',
  },
  {
    why: 'spread over equals, the free one is right',
    select: 'round-robin',
    crowds: [
      [1, 0],
      [1, 2],
      [0, 0],
    ],
    goesTo: 'up2',
    noted: ['up0/m', 'up1/m'],
  },
  {
    why: 'unless told to wait',
    select: 'round-robin',
    spill: false,
    crowds: [
      [1, 0],
      [0, 0],
    ],
    goesTo: 'up0',
  },
  {
    why: 'with no room anywhere, the shortest queue',
    select: 'round-robin',
    crowds: [
      [1, 2],
      [1, 1],
    ],
    goesTo: 'up1',
  },
  {
    why: 'of equals the first',
    select: 'round-robin',
    crowds: [
      [1, 1],
      [1, 1],
    ],
    goesTo: 'up0',
  },
];

for (const { why, select, spill, crowds, goesTo, noted } of goings) {
  test(`where a call goes: ${why}`, () => {
    const names = crowds.map((_, at) => `up${at}`);
    const { ask, slots, targets } = scene({ concurrency: 1 }, names);
    for (const [at, [used, waiting]] of crowds.entries()) {
      for (let i = 0; i < used + waiting; i += 1) ask('x', { upstream: names[at]! });
    }
    const { call } = ask('y', { select, spill, upstream: 'nowhere' });
    const free = targets.find((target) => !slots.passes(call, target));
    const soonest = [...targets].sort((a, b) => slots.forecast(a) - slots.forecast(b))[0];
    assert.equal((free ?? soonest)?.upstream.name, goesTo);
    const passed = free === undefined ? targets.map((target) => target.label) : noted;
    assert.deepEqual(
      call.receipt.queued?.map((note) => [note.target, note.outcome]),
      passed?.map((target) => [target, 'no_room']),
    );
  });
}
