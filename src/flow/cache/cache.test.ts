import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type AdmittedOptions,
  FakeClock,
  failedEnd,
  fakeAdmitted,
  fakeHead,
  fakeUsage,
  fakeVirtual,
  okEnd,
  type Played,
  RecordingReceiver,
  scripted,
  settled,
} from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { perMillion } from '../../canonical/money.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Admitted, End } from '../stage.ts';
import { Answering } from './answering.ts';
import { cache } from './cache.ts';
import { createExactStore } from './store.ts';
import { wishOf } from './wish.ts';

const virtual = fakeVirtual({ cache: { ttl: 60_000 } });
const price = {
  input: perMillion(1),
  output: perMillion(2),
  cacheRead: perMillion(0),
  cacheWrite: perMillion(0),
};

const ledger = [{ field: 'seed', outcome: 'dropped' }] as const;

interface Asked {
  readonly call: Admitted;
  readonly to: RecordingReceiver;
  readonly end: Promise<End>;
}

function setup(maxEntry = 10_000) {
  const clock = new FakeClock();
  const store = createExactStore({ clock, maxBytes: 1_000_000, maxEntry });
  const { next, played } = scripted<Admitted>();
  const answering = new Answering(clock, store, next);
  const ask = (options: AdmittedOptions = {}, to = new RecordingReceiver()): Asked => {
    const call = fakeAdmitted({ virtual, clock, ...options });
    return { call, to, end: answering.answer(call, to) };
  };
  return { clock, store, played, ask, answering };
}

function begin(flight: Played<Admitted>): void {
  flight.call.receipt.upstream = 'here';
  flight.call.receipt.upstreamModel = 'llama';
  flight.call.receipt.price = price;
  flight.call.receipt.ledger = ledger;
  flight.to.start(fakeHead({ stream: true, headers: { 'x-ratelimit-remaining-requests': '9' } }));
}

/** Plays a whole streamed answer: `ab`, a usage report, the end. */
function play(flight: Played<Admitted> | undefined, end: End = okEnd()): void {
  assert.ok(flight, 'the next stage was not asked');
  begin(flight);
  flight.to.frame(Buffer.from('a'), 'content');
  flight.to.frame(Buffer.from('b'), 'content');
  flight.to.frame(Buffer.from('u'), 'usage');
  flight.to.frame(Buffer.from('.'), 'terminal');
  flight.end(end);
}

const gone = (end: End) => !end.ok && end.error.code === 'client_gone';

// --- hits and misses ---

test('the second of two equal calls is answered without asking anybody', async () => {
  const { ask, played, clock, answering } = setup();
  const first = ask();
  assert.equal(answering.flights, 1);
  play(played[0]);
  assert.deepEqual(await first.end, okEnd());
  assert.equal(answering.flights, 0);
  assert.equal(first.call.receipt.cache, 'miss');
  assert.equal(first.to.text, 'abu.');

  clock.advance(250);
  const call = { id: 'call-2', clock };
  const second = ask(call);
  clock.advance(3);
  assert.deepEqual(await second.end, okEnd());
  assert.equal(played.length, 1);
  assert.equal(second.call.receipt.cache, 'hit');
  assert.deepEqual(second.to.frames, [
    { kind: 'content', text: 'ab' },
    { kind: 'usage', text: 'u' },
    { kind: 'terminal', text: '.' },
  ]);
});

test('a hit saves what the answer took, not what attempts before it have lost', async () => {
  const { ask, played } = setup();
  const first = ask();
  first.call.receipt.attempts.push(
    { target: 'there/llama', startedAt: 0, outcome: 'upstream_reset', usage: fakeUsage(7, 0) },
    { target: 'here/llama', startedAt: 1, outcome: 'ok', usage: fakeUsage(6, 3) },
  );
  play(played[0], okEnd(fakeUsage(13, 3)));
  assert.deepEqual(await first.end, okEnd(fakeUsage(13, 3)));
  assert.deepEqual(await ask().end, okEnd(fakeUsage(6, 3)));
});

test('a hit tells where the answer came from and what it would have cost, and tries nobody', async () => {
  const { ask, played } = setup();
  const first = ask();
  play(played[0], okEnd(fakeUsage(7, 3)));
  await first.end;
  const { call, to, end } = ask();
  assert.deepEqual(await end, okEnd(fakeUsage(7, 3)));
  const { upstream, upstreamModel, attempts, firstContentAt } = call.receipt;
  assert.deepEqual([upstream, upstreamModel, attempts, firstContentAt], ['here', 'llama', [], 0]);
  assert.equal(call.receipt.price, price);
  assert.equal(call.receipt.ledger, ledger);
  assert.deepEqual(to.heads, [{ ...fakeHead({ stream: true }), headers: {} }]);
});

test('a streamed answer serves an unstreamed call: the head says what the frames are', async () => {
  const { ask, played } = setup();
  ask({ body: { model: 'fast', stream: true } });
  play(played[0]);
  await settled();
  const { to, end } = ask({ body: { model: 'fast' } });
  await end;
  assert.equal(to.heads[0]?.stream, true);
  assert.equal(played.length, 1);
});

const bypasses: readonly [why: string, options: AdmittedOptions, outcome: string][] = [
  ['the model has no cache', { virtual: fakeVirtual() }, 'off'],
  ['the call is a count', { operation: 'count' }, 'off'],
  ['the caller skips it', { headers: { 'x-signalbox-cache': 'skip' } }, 'skip'],
  ['the caller wants nothing stored', { headers: { 'cache-control': 'no-store' } }, 'skip'],
];

for (const [why, options, outcome] of bypasses) {
  test(`nothing is read, joined or kept when ${why}`, async () => {
    const { ask, played, store } = setup();
    const one = ask(options);
    const two = ask(options);
    assert.equal(played.length, 2);
    assert.equal(played[0]?.to, one.to, 'the receiver itself goes on, unwrapped');
    for (const flight of played) play(flight);
    await Promise.all([one.end, two.end]);
    assert.equal(store.size, 0);
    assert.equal(one.call.receipt.cache, outcome);
  });
}

test('the stage hands the call on and back', async () => {
  const clock = new FakeClock();
  const store = createExactStore({ clock, maxBytes: 1_000, maxEntry: 1_000 });
  const { next, played } = scripted<Admitted>();
  const to = new RecordingReceiver();
  const end = cache({ clock, store })(next)(fakeAdmitted({ virtual }), to);
  play(played[0]);
  assert.deepEqual(await end, okEnd());
  assert.equal(to.text, 'abu.');
});

test('refresh asks anew, joins nobody and replaces what was kept', async () => {
  const { ask, played } = setup();
  const refresh = { headers: { 'x-signalbox-cache': 'refresh' } };
  ask();
  const anew = ask(refresh);
  assert.equal(played.length, 2);
  play(played[0]);
  await settled();
  const flight = played[1];
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('new'), 'terminal');
  flight.end(okEnd());
  await anew.end;
  assert.equal(anew.call.receipt.cache, 'miss');
  const { to, end } = ask();
  await end;
  assert.equal(to.text, 'new');
});

const wishes: readonly [headers: Record<string, string>, wish: string][] = [
  [{}, 'use'],
  [{ 'x-signalbox-cache': 'skip' }, 'skip'],
  [{ 'x-signalbox-cache': 'refresh' }, 'refresh'],
  [{ 'x-signalbox-cache': 'something' }, 'use'],
  [{ 'cache-control': 'no-cache' }, 'refresh'],
  [{ 'cache-control': 'max-age=0, No-Store' }, 'skip'],
  [{ 'cache-control': 'no-cache,no-store' }, 'skip'],
  [{ 'cache-control': 'max-age=0' }, 'use'],
  [{ 'x-signalbox-cache': 'refresh', 'cache-control': 'no-store' }, 'refresh'],
];

for (const [headers, wish] of wishes) {
  test(`headers ${JSON.stringify(headers)} mean ${wish}`, () => assert.equal(wishOf(headers), wish));
}

const unkept: readonly [why: string, run: (flight: Played<Admitted>) => void][] = [
  ['it failed before it began', (flight) => flight.end(failedEnd(new GatewayError('no_target', 'None.')))],
  [
    'it broke off',
    (flight) => {
      begin(flight);
      flight.to.frame(Buffer.from('a'), 'content');
      flight.end(failedEnd(new GatewayError('upstream_reset', 'Cut.'), true));
    },
  ],
  [
    'its end never came',
    (flight) => {
      begin(flight);
      flight.to.frame(Buffer.from('a'), 'content');
      flight.end(okEnd());
    },
  ],
  [
    'its status is not that of a plain success',
    (flight) => {
      flight.to.start(fakeHead({ status: 206 }));
      flight.to.frame(Buffer.from('a'), 'terminal');
      flight.end(okEnd());
    },
  ],
  [
    'it is too large',
    (flight) => {
      begin(flight);
      flight.to.frame(Buffer.alloc(10_001, 'x'), 'terminal');
      flight.end(okEnd());
    },
  ],
];

for (const [why, run] of unkept) {
  test(`an answer is not kept when ${why}`, async () => {
    const { ask, played, store, answering } = setup();
    const { end } = ask();
    const [flight] = played;
    assert.ok(flight);
    run(flight);
    await end;
    assert.deepEqual([store.size, answering.flights], [0, 0]);
    ask();
    assert.equal(played.length, 2);
  });
}

test('a slow caller gets a kept answer at its own pace', async () => {
  const { ask, played } = setup();
  ask();
  play(played[0]);
  await settled();
  const slow = new RecordingReceiver();
  slow.hold();
  const { end } = ask({}, slow);
  await settled();
  assert.equal(slow.text, 'ab');
  slow.release();
  assert.deepEqual(await end, okEnd());
  assert.equal(slow.text, 'abu.');
});

test('a caller who leaves in the middle of a kept answer is let go', async () => {
  const { ask, played } = setup();
  ask();
  play(played[0]);
  await settled();
  const slow = new RecordingReceiver();
  slow.hold();
  const { end } = ask({}, slow);
  await settled();
  slow.cancel.request('the socket closed');
  assert.ok(gone(await end));
  assert.equal(slow.text, 'ab');
});

test('a kept answer is given when its last piece is handed over, drained or not', async () => {
  const { ask, played } = setup();
  ask();
  play(played[0]);
  await settled();
  const slow = new RecordingReceiver();
  const frame = slow.frame.bind(slow);
  slow.frame = (bytes, kind) => {
    if (kind === 'terminal') slow.hold();
    return frame(bytes, kind);
  };
  assert.deepEqual(await ask({}, slow).end, okEnd());
});

// --- flights ---

test('a thousand identical calls at once are one call upstream', async () => {
  const { ask, played } = setup();
  const asked = Array.from({ length: 1_000 }, (_, i) => ask({ id: `call-${i}` }));
  assert.equal(played.length, 1);
  play(played[0], okEnd(fakeUsage(7, 3)));
  const ends = await Promise.all(asked.map(({ end }) => end));
  assert.ok(ends.every((end) => end.ok && end.usage.fresh === 7));
  assert.ok(asked.every(({ to }) => to.text === 'abu.'));
  const outcomes = asked.map(({ call }) => call.receipt.cache);
  assert.equal(outcomes.filter((outcome) => outcome === 'miss').length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === 'joined').length, 999);
});

test('who joins late gets what was said so far, then the rest as it comes', async () => {
  const { ask, played, clock } = setup();
  const leader = ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('a'), 'content');
  clock.advance(40);
  const late = ask();
  assert.equal(late.to.heads.length, 1);
  assert.equal(late.to.text, 'a');
  flight.to.frame(Buffer.from('b'), 'content');
  assert.equal(late.to.text, 'ab');
  flight.to.frame(Buffer.from('.'), 'terminal');
  flight.end(okEnd());
  assert.deepEqual([await leader.end, await late.end], [okEnd(), okEnd()]);
  assert.deepEqual([leader.to.heads.length, late.to.heads.length], [1, 1]);
  assert.equal(late.call.receipt.firstContentAt, 0);
});

test('who joins before the first word has it when it comes', async () => {
  const { ask, played, clock } = setup();
  ask();
  const follower = ask();
  clock.advance(25);
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('p'), 'prelude');
  assert.equal(follower.call.receipt.firstContentAt, undefined);
  clock.advance(5);
  flight.to.frame(Buffer.from('a'), 'content');
  clock.advance(5);
  flight.to.frame(Buffer.from('b'), 'content');
  assert.equal(follower.call.receipt.firstContentAt, 30);
});

test('a follower knows where the answer comes from when it begins, not only when it ends', () => {
  const { ask, played } = setup();
  ask();
  const { call } = ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  assert.deepEqual([call.receipt.upstream, call.receipt.upstreamModel], ['here', 'llama']);
  assert.equal(call.receipt.price, price);
});

test('the leader leaves: the answer goes on for those who joined, and the leader pays for it', async () => {
  const { ask, played, store } = setup();
  const leader = ask();
  const follower = ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('a'), 'content');
  leader.to.cancel.request('the socket closed');
  assert.equal(flight.to.cancel.requested, false);
  flight.to.frame(Buffer.from('b'), 'content');
  flight.to.frame(Buffer.from('.'), 'terminal');
  flight.end(okEnd(fakeUsage(7, 3)));
  assert.deepEqual(await follower.end, okEnd(fakeUsage(7, 3)));
  const end = await leader.end;
  assert.ok(gone(end));
  assert.deepEqual(end.usage, fakeUsage(7, 3));
  assert.equal(leader.to.text, 'a');
  assert.equal(follower.to.text, 'ab.');
  assert.equal(store.size, 1);
});

test('a follower leaves: its call ends at once, free of charge, and the others notice nothing', async () => {
  const { ask, played } = setup();
  const leader = ask();
  const follower = ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  follower.to.cancel.request('the socket closed');
  const end = await follower.end;
  assert.ok(gone(end));
  assert.equal(end.usage, noUsage);
  flight.to.frame(Buffer.from('.'), 'terminal');
  flight.end(okEnd());
  assert.deepEqual(await leader.end, okEnd());
  assert.equal(follower.to.text, '');
});

test('the last caller leaves: the upstream is let go in the same tick, and nobody joins any more', async () => {
  const { ask, played } = setup();
  const leader = ask();
  const follower = ask();
  const [flight] = played;
  assert.ok(flight);
  leader.to.cancel.request('the socket closed');
  assert.equal(flight.to.cancel.requested, false);
  follower.to.cancel.request('the phone went dark');
  assert.equal(flight.to.cancel.reason, 'the phone went dark');
  const next = ask();
  assert.equal(played.length, 2);
  flight.end(failedEnd(new GatewayError('client_gone', 'Left.'), false, fakeUsage(2, 1)));
  const end = await leader.end;
  assert.ok(!end.ok);
  assert.deepEqual(end.usage, fakeUsage(2, 1));
  ask();
  assert.equal(played.length, 2, 'the old flight took nothing of the new one along');
  play(played[1]);
  assert.deepEqual(await next.end, okEnd());
});

test('a caller who is gone before the call begins still lets the next stage end it', async () => {
  const { ask, played } = setup();
  const to = new RecordingReceiver();
  to.cancel.request('the socket closed');
  const { end } = ask({}, to);
  assert.equal(played[0]?.to.cancel.requested, true);
  played[0]?.end(failedEnd(new GatewayError('client_gone', 'Left.')));
  assert.ok(gone(await end));
});

test('a slow caller neither stalls the others nor the upstream', async () => {
  const { ask, played } = setup();
  const slow = ask();
  slow.to.hold();
  const quick = ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  for (const text of ['a', 'b', 'c']) assert.equal(flight.to.frame(Buffer.from(text), 'content'), true);
  flight.to.frame(Buffer.from('.'), 'terminal');
  flight.end(okEnd());
  assert.deepEqual(await quick.end, okEnd());
  assert.equal(quick.to.text, 'abc.');
  assert.equal(slow.to.text, 'a');
  slow.to.release();
  assert.deepEqual(await slow.end, okEnd());
  assert.equal(slow.to.text, 'abc.');
});

test('past the bound nobody joins, the slowest sets the pace, and no more than the bound is held', async () => {
  const { ask, played, store } = setup(100);
  const slow = ask();
  const quick = ask();
  slow.to.hold();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  const forty = Buffer.alloc(40, 'x');
  assert.equal(flight.to.frame(forty, 'content'), true);
  assert.equal(flight.to.frame(forty, 'content'), true);
  assert.equal(flight.to.frame(forty, 'content'), true, '80 bytes are held for the slow one: still within');
  assert.equal(flight.to.frame(forty, 'content'), false, '120 bytes are too many: please wait');
  ask();
  assert.equal(played.length, 2, 'a newcomer gets a flight of its own');

  let drained = false;
  const waiting = flight.to.drained().then(() => {
    drained = true;
  });
  await settled();
  assert.equal(drained, false);
  slow.to.release();
  await waiting;
  assert.equal(slow.to.frames.length, 4);
  assert.equal(flight.to.frame(Buffer.from('.'), 'terminal'), true);
  flight.end(okEnd());
  assert.deepEqual([await slow.end, await quick.end], [okEnd(), okEnd()]);
  assert.equal(slow.to.text, `${'x'.repeat(160)}.`);
  assert.equal(quick.to.text, slow.to.text);
  assert.equal(store.size, 0);
});

test('past the bound, the slow one leaving frees the upstream', async () => {
  const { ask, played } = setup(100);
  const slow = ask();
  ask();
  slow.to.hold();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.alloc(40), 'content');
  assert.equal(flight.to.frame(Buffer.alloc(150), 'content'), false);
  const waiting = flight.to.drained();
  slow.to.cancel.request('the socket closed');
  await waiting;
  assert.equal(flight.to.frame(Buffer.alloc(150), 'content'), true);
});

test('exactly at the bound an answer can still be joined and is kept', async () => {
  const { ask, played, store } = setup(100);
  ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.alloc(99), 'content');
  flight.to.frame(Buffer.from('.'), 'terminal');
  const late = ask();
  flight.end(okEnd());
  await late.end;
  assert.equal(late.call.receipt.cache, 'joined');
  assert.equal(store.size, 1);
});

test('an error before the answer began is everybody’s, and nobody stampedes', async () => {
  const { ask, played } = setup();
  const asked = Array.from({ length: 50 }, () => ask());
  const error = new GatewayError('upstream_overloaded', 'Full.');
  const [flight] = played;
  assert.ok(flight);
  flight.call.receipt.upstream = 'here';
  flight.end(failedEnd(error));
  for (const end of await Promise.all(asked.map((one) => one.end))) {
    assert.deepEqual(end, failedEnd(error));
  }
  assert.equal(played.length, 1);
  assert.ok(asked.every(({ to }) => to.heads.length === 0));
  assert.ok(asked.every(({ call }) => call.receipt.upstream === 'here'));
});

test('an error in the middle of the answer is everybody’s as well', async () => {
  const { ask, played } = setup();
  const asked = [ask(), ask()];
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('a'), 'content');
  const end = failedEnd(new GatewayError('upstream_reset', 'Cut.'), true, fakeUsage(5, 1));
  flight.end(end);
  for (const one of asked) assert.deepEqual(await one.end, end);
});

test('a bug further in reaches everybody, and the next call starts afresh', async () => {
  const { ask, played, answering } = setup();
  const asked = [ask(), ask()];
  played[0]?.fail(new Error('bug'));
  for (const { end } of asked) await assert.rejects(end, /bug/);
  assert.equal(answering.flights, 0);
  ask();
  assert.equal(played.length, 2);
});

test('a bug further in reaches a leader who has left', async () => {
  const { ask, played } = setup();
  const leader = ask();
  ask().end.catch(() => {});
  leader.to.cancel.request('the socket closed');
  played[0]?.fail(new Error('bug'));
  await assert.rejects(leader.end, /bug/);
});

test('a caller whose receiver breaks takes nobody along', async () => {
  const { ask, played } = setup();
  const broken = new RecordingReceiver();
  broken.frame = () => {
    throw new Error('broken receiver');
  };
  const bad = ask({}, broken);
  const good = ask();
  play(played[0]);
  await assert.rejects(bad.end, /broken receiver/);
  assert.deepEqual(await good.end, okEnd());
});

test('a caller whose receiver breaks counts as gone', async () => {
  const { ask, played } = setup();
  const broken = new RecordingReceiver();
  broken.start = () => {
    throw new Error('broken receiver');
  };
  const { end } = ask({}, broken);
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  await assert.rejects(end, /broken receiver/);
  assert.equal(flight.to.cancel.reason, 'the caller failed');
});

test('a receiver that breaks while it drains is that caller’s affair too', async () => {
  const { ask, played } = setup();
  const broken = new RecordingReceiver();
  broken.hold();
  broken.drained = () => Promise.reject(new Error('broken receiver'));
  const bad = ask({}, broken);
  const good = ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('a'), 'content');
  await assert.rejects(bad.end, /broken receiver/);
  flight.to.frame(Buffer.from('.'), 'terminal');
  flight.end(okEnd());
  assert.deepEqual(await good.end, okEnd());
  assert.equal(broken.text, 'a');
});

test('a slow caller who has left is given nothing more, even when it drains after all', async () => {
  const { ask, played } = setup();
  const slow = ask();
  slow.to.hold();
  ask();
  const [flight] = played;
  assert.ok(flight);
  begin(flight);
  flight.to.frame(Buffer.from('a'), 'content');
  flight.to.frame(Buffer.from('b'), 'content');
  slow.to.cancel.request('the socket closed');
  slow.to.release();
  await settled();
  assert.equal(slow.to.text, 'a');
});

test('once an answer is kept, a call hits: there is no gap between flight and store', async () => {
  const { ask, played } = setup();
  const leader = ask();
  play(played[0]);
  const hit = leader.end.then(() => ask());
  assert.equal((await hit).call.receipt.cache, 'hit');
});

test('no listener stays behind on a caller’s cancel', async () => {
  const { ask, played } = setup();
  const receivers = [new RecordingReceiver(), new RecordingReceiver(), new RecordingReceiver()];
  const listening = receivers.map(({ cancel }) => {
    const listeners = new Set<() => void>();
    cancel.onRequest = (listener) => listeners.add(listener);
    cancel.forget = (listener) => listeners.delete(listener);
    return listeners;
  });
  const [leader, follower, late] = receivers;
  const ends = [ask({}, leader).end, ask({}, follower).end];
  assert.deepEqual(
    listening.map((listeners) => listeners.size),
    [1, 1, 0],
  );
  play(played[0]);
  await Promise.all(ends);
  late?.hold();
  const { end } = ask({}, late);
  assert.equal(listening[2]?.size, 1);
  late?.release();
  await end;
  assert.deepEqual(
    listening.map((listeners) => listeners.size),
    [0, 0, 0],
  );
});
