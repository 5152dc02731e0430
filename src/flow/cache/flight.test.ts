import assert from 'node:assert/strict';
import test from 'node:test';
import {
  FakeClock,
  fakeAdmitted,
  fakeHead,
  okEnd,
  RecordingReceiver,
  settled,
} from '../../../test/testkit/flow-doubles.ts';
import { Flight } from './flight.ts';

/** Takes one frame per `release`, then holds again. */
class OneAtATime extends RecordingReceiver {
  constructor() {
    super();
    this.hold();
  }

  override release(): void {
    super.release();
    this.hold();
  }
}

function setup(bound: number) {
  const clock = new FakeClock();
  const call = fakeAdmitted({ clock });
  const flight = new Flight(call, bound, clock);
  flight.start(fakeHead());
  const give = (size: number) => flight.frame(Buffer.alloc(size, 'x'), 'content');
  return { flight, call, give };
}

test('the upstream may go on while no more than the bound is held, and not with one byte more', () => {
  const { flight, call, give } = setup(100);
  const slow = new OneAtATime();
  void flight.lead(call, slow);
  assert.equal(give(10), true);
  assert.equal(give(101), false);
  const exact = setup(100);
  void exact.flight.lead(exact.call, new OneAtATime());
  assert.equal(exact.give(10), true);
  assert.equal(exact.give(60), true);
  assert.equal(exact.give(40), true, '110 bytes came, 10 of them are taken: 100 are held');
  assert.equal(exact.give(1), false);
});

test('nobody waits for a flight that holds little', async () => {
  const { flight, call, give } = setup(100);
  void flight.lead(call, new OneAtATime());
  give(10);
  give(80);
  await flight.drained();
  const past = setup(100);
  void past.flight.lead(past.call, new OneAtATime());
  past.give(60);
  past.give(50);
  await past.flight.drained();
});

test('the upstream goes on when half the bound is free, not sooner', async () => {
  const { flight, call, give } = setup(100);
  const slow = new OneAtATime();
  void flight.lead(call, slow);
  give(10);
  for (let i = 0; i < 3; i += 1) give(30);
  assert.equal(give(20), false);
  let drained = 0;
  for (let i = 0; i < 2; i += 1) {
    void flight.drained().then(() => {
      drained += 1;
    });
  }
  slow.release();
  await settled();
  assert.deepEqual([slow.frames.length, drained], [2, 0], '80 bytes are held still');
  slow.release();
  await settled();
  assert.deepEqual([slow.frames.length, drained], [3, 2], '50 bytes are half');
});

test('what nobody needs any more is let go past the bound, and only then', () => {
  const { flight, call, give } = setup(100);
  void flight.lead(call, new RecordingReceiver());
  give(100);
  assert.equal(flight.frameAt(0)?.bytes.length, 100);
  give(1);
  assert.equal(flight.frameAt(0), undefined);
  assert.equal(flight.frameAt(1), undefined);
});

test('frames that arrive after everybody has left are not held', () => {
  const { flight, call, give } = setup(100);
  const to = new RecordingReceiver();
  void flight.lead(call, to);
  to.cancel.request('the socket closed');
  assert.equal(give(10), true);
  assert.equal(flight.frameAt(0), undefined);
});

test('everybody leaving wakes an upstream that waits, so that it can end', async () => {
  const { flight, call, give } = setup(100);
  const slow = new OneAtATime();
  void flight.lead(call, slow);
  give(10);
  assert.equal(give(101), false);
  const waiting = flight.drained();
  slow.cancel.request('the socket closed');
  await waiting;
});

test('a flight that has landed cannot be joined, nor one that was cancelled or is past the bound', () => {
  const landed = setup(100).flight;
  assert.equal(landed.canBeJoined, true);
  landed.land(okEnd());
  assert.equal(landed.canBeJoined, false);
  const cancelled = setup(100).flight;
  cancelled.cancel.request('the last caller left');
  assert.equal(cancelled.canBeJoined, false);
  const long = setup(100);
  void long.flight.lead(long.call, new RecordingReceiver());
  long.give(101);
  assert.equal(long.flight.canBeJoined, false);
});

test('a caller who never drains is answered for when all was handed over, and leaving later cancels nothing', async () => {
  const { flight, call } = setup(100);
  const to = new OneAtATime();
  const end = flight.lead(call, to);
  flight.frame(Buffer.from('.'), 'terminal');
  flight.land(okEnd());
  assert.deepEqual(await end, okEnd());
  to.cancel.request('much later');
  assert.equal(flight.cancel.requested, false);
});

test('a slow caller who leaves after the landing ends its own call only', async () => {
  const { flight, call, give } = setup(100);
  const to = new OneAtATime();
  const end = flight.lead(call, to);
  give(1);
  give(1);
  flight.land(okEnd());
  to.cancel.request('the socket closed');
  assert.equal(flight.cancel.requested, false);
  const left = await end;
  assert.ok(!left.ok);
  assert.equal(left.error.code, 'client_gone');
  assert.deepEqual(left.usage, okEnd().usage);
});
