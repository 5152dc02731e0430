import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settled } from '../../../test/testkit/flow-doubles.ts';
import { Fleet, type WorkerEvents, type WorkerProcess } from './fleet.ts';
import type { Facts, ToWorker } from './messages.ts';

interface Fake extends WorkerProcess {
  readonly events: WorkerEvents;
  readonly heard: ToWorker[];
  isKilled: boolean;
}

const facts = { url: 'http://here' } as Facts;

function rig(count: number, memory?: number) {
  const clock = new FakeClock();
  const workers: Fake[] = [];
  const events: string[] = [];
  const timers = new Set<() => void>();
  const fleet = new Fleet({
    count,
    memory,
    clock,
    ticker: {
      every(milliseconds, tick) {
        const stop = clock.every(milliseconds, tick);
        timers.add(stop);
        return () => {
          timers.delete(stop);
          stop();
        };
      },
    },
    log: { event: (_, message) => events.push(message) },
    spawn(own) {
      const heard: ToWorker[] = [];
      const fake: Fake = {
        pid: workers.length,
        events: own,
        heard,
        isKilled: false,
        send: (message) => heard.push(message),
        kill() {
          fake.isKilled = true;
        },
      };
      workers.push(fake);
      return fake;
    },
  });
  const nth = (at: number): Fake => {
    const found = workers[at];
    if (found === undefined) throw new Error(`There is no worker ${at}.`);
    return found;
  };
  const ready = async (...ats: readonly number[]): Promise<void> => {
    for (const at of ats) {
      nth(at).events.said({ say: 'ready', facts });
      await settled();
    }
  };
  const words = (at: number): string[] => nth(at).heard.map(({ say }) => say);
  const figures = (at: number, text: string): void => {
    const asked = nth(at).heard.findLast((message) => message.say === 'figures?');
    assert.ok(asked?.say === 'figures?');
    nth(at).events.said({ say: 'figures', nth: asked.nth, text });
  };
  const whole = async () => {
    const started = fleet.start();
    await ready(...Array.from({ length: count }, (_, at) => at));
    return started;
  };
  return { clock, workers, events, timers, fleet, nth, ready, words, figures, whole };
}

const COUNTED = (value: number): string => `# HELP calls Calls.\n# TYPE calls counter\ncalls ${value}\n`;

test('the first one starts alone, since what it finds out is told; then the others', async () => {
  const { workers, fleet, ready } = rig(3);
  const started = fleet.start();
  assert.equal(workers.length, 1);
  await ready(0);
  assert.equal(workers.length, 3);
  await ready(1, 2);
  assert.equal((await started).url, 'http://here');
});

test('a first one that cannot start fails the start in its own words, and nobody takes its place', async () => {
  const { workers, clock, fleet, nth } = rig(2);
  const started = fleet.start();
  nth(0).events.said({ say: 'failed', why: 'No such port.' });
  nth(0).events.exited('exit code 1');
  await assert.rejects(started, /No such port/);
  clock.advance(60_000);
  assert.equal(workers.length, 1);
});

test('one that dies after a life is replaced at once; those that die at birth after longer and longer waits', async () => {
  const { workers, clock, whole, nth, events } = rig(2);
  await whole();
  clock.advance(10_000);
  nth(0).events.exited('SIGSEGV');
  assert.equal(workers.length, 3);
  assert.deepEqual(events, ['A worker has ended.']);
  for (const [at, wait] of [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000].entries()) {
    nth(2 + at).events.exited('exit code 1');
    clock.advance(wait - 1);
    assert.equal(workers.length, 3 + at, `not before ${wait}`);
    clock.advance(1);
    assert.equal(workers.length, 4 + at);
  }
});

test('in turn each gets a successor, and leaves only when that one is there', async () => {
  const { workers, fleet, whole, ready, words, nth, figures } = rig(2);
  await whole();
  const rolled = fleet.roll();
  await settled();
  assert.equal(workers.length, 3);
  assert.deepEqual(words(0), []);
  await ready(2);
  assert.deepEqual(words(0), ['figures?']);
  figures(0, COUNTED(1));
  await settled();
  assert.deepEqual(words(0), ['figures?', 'stop']);
  assert.equal(workers.length, 3, 'one after the other');
  nth(0).events.exited('exit code 0');
  await settled();
  await ready(3);
  figures(1, COUNTED(1));
  await settled();
  nth(1).events.exited('exit code 0');
  await rolled;
  assert.equal(workers.length, 4);
});

test('one that is still starting is replaced as well, once it is there', async () => {
  const { workers, clock, fleet, whole, ready, nth, figures, words } = rig(1);
  await whole();
  clock.advance(10_000);
  nth(0).events.exited('SIGKILL');
  const rolled = fleet.roll();
  await settled();
  assert.equal(workers.length, 2);
  await ready(1);
  assert.equal(workers.length, 3);
  await ready(2);
  figures(1, COUNTED(1));
  await settled();
  assert.deepEqual(words(1), ['figures?', 'stop']);
  nth(1).events.exited('exit code 0');
  await rolled;
});

test('one without a successor stays', async () => {
  const { workers, clock, fleet, whole, words, nth, events } = rig(2);
  await whole();
  const rolled = fleet.roll();
  for (const at of [2, 3]) {
    await settled();
    nth(at).events.exited('exit code 1');
  }
  await rolled;
  clock.advance(20_000);
  assert.deepEqual([words(0), words(1), workers.length], [[], [], 4]);
  assert.ok(events.includes('A worker could not be replaced; the old one stays.'));
});

test('one that has grown too large is replaced, but not one that was so from the start', async () => {
  const { workers, clock, whole, nth } = rig(1, 1000);
  await whole();
  nth(0).events.said({ say: 'beat', memory: 2000 });
  await settled();
  assert.equal(workers.length, 1);
  clock.advance(20_000);
  nth(0).events.said({ say: 'beat', memory: 1000 });
  clock.advance(20_000);
  nth(0).events.said({ say: 'beat', memory: 1000 });
  clock.advance(20_000);
  nth(0).events.said({ say: 'beat', memory: 1001 });
  await settled();
  assert.equal(workers.length, 2);
});

test('one that says nothing for half a minute is killed', async () => {
  const { clock, whole, nth } = rig(2);
  await whole();
  clock.advance(20_000);
  nth(0).events.said({ say: 'beat', memory: 1 });
  clock.advance(10_000);
  assert.deepEqual([nth(0).isKilled, nth(1).isKilled], [false, true]);
});

test('one that falls silent while it leaves is killed, and the turn goes on to the next', async () => {
  const { clock, workers, fleet, whole, ready, words, nth, figures } = rig(2);
  await whole();
  const rolled = fleet.roll();
  await settled();
  await ready(2);
  figures(0, COUNTED(1));
  await settled();
  assert.deepEqual(words(0), ['figures?', 'stop']);
  const beat = (...ats: readonly number[]): void => {
    for (const at of ats) nth(at).events.said({ say: 'beat', memory: 1 });
  };
  clock.advance(29_000);
  beat(1, 2);
  assert.equal(nth(0).isKilled, false);
  clock.advance(1_000);
  assert.deepEqual([nth(0).isKilled, nth(1).isKilled, nth(2).isKilled], [true, false, false]);
  nth(0).events.exited('SIGKILL');
  await settled();
  assert.equal(workers.length, 4);
  await ready(3);
  figures(1, COUNTED(1));
  await settled();
  nth(1).events.exited('exit code 0');
  await rolled;
});

test('one that never gets ready is killed, after a longer time, and fails the start', async () => {
  const { clock, fleet, nth } = rig(1);
  const started = fleet.start();
  clock.advance(119_000);
  assert.equal(nth(0).isKilled, false);
  clock.advance(1_000);
  assert.equal(nth(0).isKilled, true);
  nth(0).events.exited('SIGKILL');
  await assert.rejects(started, /ended before it was ready/);
});

test('one that falls silent when all stop is killed, and told of once; then nobody looks any more', async () => {
  const { clock, timers, fleet, whole, nth, events } = rig(2);
  await whole();
  const stopped = fleet.stop();
  nth(0).events.exited('exit code 0');
  clock.advance(29_000);
  assert.equal(nth(1).isKilled, false);
  clock.advance(11_000);
  assert.equal(nth(1).isKilled, true);
  assert.deepEqual(events, ['A worker says nothing any more and is ended.']);
  nth(1).events.exited('SIGKILL');
  await stopped;
  assert.equal(timers.size, 0);
});

test('metrics are summed, those of the departed stay counted, and who is silent holds nobody up for long', async () => {
  const { clock, fleet, whole, figures, nth } = rig(2);
  await whole();
  const first = fleet.metrics();
  figures(0, COUNTED(3));
  figures(1, COUNTED(4));
  assert.match(await first, /^calls 7$/m);
  nth(0).events.exited('SIGKILL');
  const second = fleet.metrics();
  clock.advance(1_000);
  const text = await second;
  assert.match(text, /^calls 7$/m);
  assert.match(text, /^signalbox_workers\{state="ready"\} 1$/m);
});

test('a worker asked for metrics gets the sum; what one has seen sealed, the others learn', async () => {
  const { whole, figures, nth, words } = rig(2);
  await whole();
  nth(0).events.said({ say: 'sum?', nth: 9 });
  figures(0, COUNTED(1));
  figures(1, COUNTED(1));
  await settled();
  const sum = nth(0).heard.at(-1);
  assert.ok(sum?.say === 'sum' && sum.nth === 9 && sum.text.includes('calls 2'));
  const seal = { callId: 'a' } as never;
  nth(0).events.said({ say: 'sealed', seal });
  assert.deepEqual(nth(1).heard.at(-1), { say: 'sealed', seal });
  assert.ok(!words(0).includes('sealed'));
});

test('stopping tells all, waits for all, and replaces nobody', async () => {
  const { workers, clock, fleet, whole, nth, words } = rig(2);
  await whole();
  fleet.reload();
  let isOver = false;
  const stopped = fleet.stop().then(() => {
    isOver = true;
  });
  assert.deepEqual(
    [words(0), words(1)],
    [
      ['reload', 'stop'],
      ['reload', 'stop'],
    ],
  );
  nth(0).events.exited('exit code 0');
  await settled();
  assert.equal(isOver, false);
  nth(1).events.exited('SIGKILL');
  await stopped;
  clock.advance(60_000);
  assert.equal(workers.length, 2);
});

test('stopping does not wait for one that is still starting', async () => {
  const { clock, workers, fleet, whole, nth, words } = rig(1);
  await whole();
  clock.advance(10_000);
  nth(0).events.exited('SIGKILL');
  assert.equal(workers.length, 2);
  const stopped = fleet.stop();
  assert.deepEqual([nth(1).isKilled, words(1)], [true, []]);
  nth(1).events.exited('SIGKILL');
  await stopped;
});
