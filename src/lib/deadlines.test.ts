import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deadlines, type Timed } from './deadlines.ts';

function rig() {
  let now = 0;
  let tick: (() => void) | undefined;
  const deadlines = new Deadlines(
    { now: () => now },
    {
      every: (_milliseconds, run) => {
        tick = run;
        return () => {
          tick = undefined;
        };
      },
    },
  );
  const expired: string[] = [];
  const timed = (name: string, deadline: number): Timed => {
    const thing: Timed = {
      place: -1,
      deadline,
      expire: () => {
        expired.push(name);
        deadlines.remove(thing);
      },
    };
    deadlines.add(thing);
    return thing;
  };
  return {
    deadlines,
    expired,
    timed,
    ticking: () => tick !== undefined,
    at: (moment: number) => {
      now = moment;
      tick?.();
    },
  };
}

test('expires at the deadline, not before it', () => {
  const { timed, at, expired } = rig();
  timed('a', 100);
  at(99);
  assert.deepEqual(expired, []);
  at(100);
  assert.deepEqual(expired, ['a']);
});

test('a moved deadline counts', () => {
  const { timed, at, expired } = rig();
  timed('a', 100).deadline = 200;
  at(150);
  assert.deepEqual(expired, []);
  at(200);
  assert.deepEqual(expired, ['a']);
});

test('the timer runs only while there is something to wait for', () => {
  const { deadlines, timed, at, ticking } = rig();
  assert.equal(ticking(), false);
  const thing = timed('a', Number.POSITIVE_INFINITY);
  assert.equal(ticking(), true);
  deadlines.remove(thing);
  at(50);
  assert.equal(ticking(), false);
  timed('b', 60);
  assert.equal(ticking(), true);
});
