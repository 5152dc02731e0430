import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../test/testkit/flow-doubles.ts';
import { type Episode, type Holder, OverloadGuard } from './guard.ts';

const MB = 2 ** 20;

/** A guard whose figures the test sets; `late` lets ticks come so much later than they should. */
function rig() {
  const clock = new FakeClock();
  const now = { heap: 0, afterCollecting: undefined as number | undefined, fds: 20, open: 0 };
  const seen = { episodes: [] as Episode[], savings: 0, collected: 0, room: 0 };
  let tick = (): void => {};
  const guard = new OverloadGuard({
    bounds: { lag: 200, calls: 3, bytes: 10 * MB },
    clock,
    ticker: {
      every(_, run) {
        tick = run;
        return () => {
          tick = () => {};
        };
      },
    },
    figures: {
      heap: () => ({ used: now.heap * 1000 * MB, limit: 1000 * MB }),
      descriptors: () => ({ open: now.fds, most: 160 }),
      collect() {
        seen.collected += 1;
        now.heap = now.afterCollecting ?? now.heap;
      },
    },
    open: () => now.open,
    onEpisode: (episode) => seen.episodes.push(episode),
    onSaving: () => {
      seen.savings += 1;
    },
    onRoom: (room) => {
      seen.room = room;
    },
  });
  return {
    guard,
    now,
    seen,
    ticks(count: number, late = 0) {
      for (let i = 0; i < count; i += 1) {
        clock.advance(50 + late);
        tick();
      }
    },
  };
}

test('one late tick turns nobody away, the second one does, and the first that is in time ends it', () => {
  const { guard, ticks } = rig();
  ticks(1, 900);
  assert.equal(guard.refuses(), undefined);
  ticks(1, 201);
  assert.equal(guard.refuses(), 'lag');
  ticks(1, 101);
  assert.equal(guard.refuses(), 'lag', 'half the bound is not yet in time');
  ticks(1, 100);
  assert.equal(guard.refuses(), undefined);
});

test('lag at the bound is borne', () => {
  const { guard, ticks } = rig();
  ticks(10, 200);
  assert.equal(guard.refuses(), undefined);
});

const heaps: readonly (readonly [
  says: string,
  shares: readonly number[],
  saving: boolean,
  refused: boolean,
])[] = [
  ['below all bounds nothing happens', [0.91], false, false],
  ['at 92 % connections are closed', [0.92], true, false],
  ['and still are at 90 %', [0.92, 0.9], true, false],
  ['below that they live again', [0.92, 0.89], false, false],
  ['at 95 % calls are turned away', [0.95], true, true],
  ['and still are at 92 %', [0.95, 0.92], true, true],
  ['below that they are let in', [0.95, 0.91], true, false],
];

for (const [says, shares, saving, refused] of heaps) {
  test(`heap: ${says}`, () => {
    const { guard, now, ticks } = rig();
    for (const share of shares) {
      now.heap = share;
      ticks(1);
    }
    assert.deepEqual([guard.saving, guard.refuses()], [saving, refused ? 'heap' : undefined]);
  });
}

test('garbage alone turns nobody away: the heap is collected before it is believed', () => {
  const { guard, now, seen, ticks } = rig();
  now.heap = 0.99;
  now.afterCollecting = 0.3;
  ticks(1);
  assert.deepEqual([guard.refuses(), seen.collected], [undefined, 1]);
});

test('a heap that stays full is collected again, but not all the time', () => {
  const { now, seen, ticks } = rig();
  now.heap = 0.99;
  ticks(40);
  assert.equal(seen.collected, 1);
  ticks(1);
  assert.equal(seen.collected, 2);
});

test('idle connections are closed once, when saving begins', () => {
  const { now, seen, ticks } = rig();
  now.heap = 0.93;
  ticks(5);
  assert.equal(seen.savings, 1);
});

test('descriptors: near the limit calls are turned away, and so many connections are let in that some stay', () => {
  const { guard, now, seen, ticks } = rig();
  ticks(1);
  assert.deepEqual([guard.refuses(), seen.room], [undefined, 64]);
  now.fds = 148;
  ticks(5);
  assert.deepEqual([guard.refuses(), guard.saving, seen.room], ['descriptors', true, 6]);
  now.fds = 155;
  ticks(5);
  assert.deepEqual([guard.refuses(), seen.room], ['descriptors', 0]);
  now.fds = 142;
  ticks(5);
  assert.equal(guard.refuses(), 'descriptors', 'not before there is room for some');
  now.fds = 141;
  ticks(5);
  assert.deepEqual([guard.refuses(), guard.saving], [undefined, false]);
});

test('calls: the bound is exact', () => {
  const { guard, now } = rig();
  now.open = 2;
  assert.equal(guard.refuses(), undefined);
  now.open = 3;
  assert.equal(guard.refuses(), 'calls');
});

/** A call of a key that may hold so much. */
function holder(key = { held: 0, most: Number.POSITIVE_INFINITY }): Holder {
  return { held: 0, key };
}

test('bytes: what is held is bounded, what is given back may be held again, and one alone always may', () => {
  const { guard } = rig();
  const [alone, first, second] = [holder(), holder(), holder()];
  assert.equal(guard.hold(30 * MB, alone), undefined);
  assert.equal(guard.hold(20 * MB, alone), undefined, 'piece by piece');
  assert.equal(guard.hold(1, first), 'bytes');
  guard.release(alone);
  assert.equal(guard.hold(6 * MB, first), undefined);
  assert.equal(guard.hold(5 * MB, second), 'bytes');
  assert.equal(guard.hold(5 * MB, first), undefined, 'what was not taken in keeps nobody from being alone');
  guard.release(first);
  assert.equal(guard.hold(6 * MB, first), undefined);
  assert.equal(guard.hold(4 * MB, second), undefined);
  assert.equal(guard.hold(1, first), 'bytes');
  assert.deepEqual([guard.held, first.held, second.held], [10 * MB, 6 * MB, 4 * MB]);
});

test('bytes: what is only announced is held by nobody, but not begun where it has no room', () => {
  const { guard } = rig();
  assert.equal(guard.refusesBody(50 * MB), undefined, 'alone');
  assert.equal(guard.held, 0);
  assert.equal(guard.hold(1, holder()), undefined);
  assert.equal(guard.refusesBody(10 * MB), 'bytes');
  assert.equal(guard.refusesBody(10 * MB - 1), undefined);
});

test('bytes: the calls of one key have their share and no more, until some is given back', () => {
  const { guard } = rig();
  const key = { held: 0, most: 3 * MB };
  const [first, second] = [holder(key), holder(key)];
  assert.equal(guard.hold(2 * MB, first), undefined);
  assert.equal(guard.hold(MB, second), undefined);
  assert.equal(guard.hold(1, second), 'bytes');
  assert.equal(guard.hold(7 * MB, holder()), undefined, 'others are not shut out');
  guard.release(first);
  assert.equal(guard.hold(2 * MB, second), undefined);
  assert.deepEqual([guard.held, key.held, first.held], [10 * MB, 3 * MB, 0]);
});

test('bytes: a large body for which the heap has no room once it is translated is not taken in', () => {
  const { guard, now } = rig();
  now.heap = 0.93;
  assert.equal(guard.refusesBody(5 * MB), 'heap');
  assert.equal(guard.refusesBody(MB / 8), undefined, 'small ones are not worth a look');
});

test('an episode is told once when it begins and once when it is over, however many calls it was', () => {
  const { guard, seen, ticks } = rig();
  for (let i = 0; i < 3; i += 1) {
    guard.shed('calls');
    guard.shed('calls');
    ticks(20);
  }
  ticks(120);
  assert.deepEqual(seen.episodes, [
    { reason: 'calls', over: false, turnedAway: 1, lasted: 0 },
    { reason: 'calls', over: true, turnedAway: 6, lasted: 2050 },
  ]);
  guard.shed('calls');
  ticks(200);
  assert.equal(seen.episodes.at(-1)?.turnedAway, 1, 'the next one counts anew');
  assert.deepEqual(guard.turnedAway()[3], ['calls', 7]);
});

test('only what is too much for long makes us unready, pauses of a moment included, and a second without it ready', () => {
  const { guard, now, ticks } = rig();
  now.open = 3;
  ticks(99);
  assert.equal(guard.overloaded, false);
  now.open = 2;
  ticks(2);
  now.open = 3;
  ticks(2);
  assert.equal(guard.overloaded, true);
  now.open = 0;
  ticks(19);
  assert.equal(guard.overloaded, true);
  ticks(2);
  assert.equal(guard.overloaded, false);
});

test('closed, it looks at nothing any more', () => {
  const { guard, now, ticks } = rig();
  guard.close();
  now.heap = 1;
  ticks(10);
  assert.equal(guard.refuses(), undefined);
});
