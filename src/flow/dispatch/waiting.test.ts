// Dispatch with slots: what happens around the wait.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakeDispatch,
  fakePlanned,
  fakeTarget,
  fakeUpstream,
  RecordingReceiver,
  settled,
} from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { WireEnd } from '../../canonical/wire.ts';
import { openaiChat } from '../../protocols/openai-chat/index.ts';
import { dispatch } from './dispatch.ts';
import { createSlots, type Slot } from './slots/slots.ts';

const BODY =
  '{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}]}';
const flow = { pause: () => {}, resume: () => {} };

/** Two targets with a slot each. */
function rig(breaks = false) {
  const clock = new FakeClock();
  const slots = createSlots({ clock, ticker: clock });
  const queue = { length: 10, wait: 60_000 };
  slots.arrange(['up0', 'up1'].map((upstream) => ({ upstream, place: 'here', concurrency: 1, queue })));
  const sent: string[] = [];
  const targets = ['up0', 'up1'].map((name) => {
    const send = (_: unknown, to: Parameters<ReturnType<typeof fakeUpstream>['transport']['send']>[1]) => {
      sent.push(name);
      if (breaks) throw new Error('A bug.');
      to.head({ status: 200, headers: { 'content-type': 'application/json' } });
      to.data(Buffer.from(BODY), flow);
      return Promise.resolve<WireEnd>({ ok: true });
    };
    const upstream = fakeUpstream({ name, protocols: [openaiChat], transport: { send, close: () => {} } });
    return fakeTarget('m', { upstream });
  });
  const body = { model: 'fast', messages: [{ role: 'user', content: 'hi' }] };
  const planned = () => fakePlanned({ face: openaiChat, body, targets, clock });
  const handle = dispatch({ ...fakeDispatch(clock), slots });
  const used = (): readonly number[] => slots.readings().map((reading) => reading.used);
  return { clock, slots, targets, sent, planned, handle, used };
}

function hold({ slots, targets, planned }: ReturnType<typeof rig>): () => void {
  const call = planned();
  const slot = slots.enter(call, targets[0]!, new RecordingReceiver().cancel) as Slot;
  return () => slot.leave(call);
}

test('an attempt holds its slot until it is over', async () => {
  const all = rig();
  const end = await all.handle(all.planned(), new RecordingReceiver());
  assert.equal(end.ok, true);
  assert.deepEqual(all.used(), [0, 0]);
});

test('whatever breaks, the slot is free again', async () => {
  const all = rig(true);
  await assert.rejects(async () => {
    const end = await all.handle(all.planned(), new RecordingReceiver());
    if (!end.ok) throw end.error;
  });
  assert.deepEqual(all.used(), [0, 0]);
});

test('a call that waits sends nothing, and is tried when it has a slot', async () => {
  const all = rig();
  const leave = hold(all);
  const running = all.handle(all.planned(), new RecordingReceiver());
  await settled();
  assert.deepEqual(all.sent, []);
  leave();
  assert.equal((await running).ok, true);
  assert.deepEqual(all.sent, ['up0']);
});

test('who waits for an upstream that is given up is tried at the next', async () => {
  const all = rig();
  hold(all);
  const call = all.planned();
  const running = all.handle(call, new RecordingReceiver());
  await settled();
  all.slots.dismiss('up0', new GatewayError('upstream_refused', 'Nobody listens there.'));
  assert.equal((await running).ok, true);
  assert.deepEqual(all.sent, ['up1']);
  assert.equal(call.receipt.attempts.length, 1);
});

for (const spill of [undefined, false]) {
  test(`who has waited in vain is ${spill === false ? 'refused where calls must not spill' : 'tried at the next'}`, async () => {
    const all = rig();
    hold(all);
    const call = all.planned();
    const running = all.handle({ ...call, virtual: { ...call.virtual, spill } }, new RecordingReceiver());
    await settled();
    all.clock.advance(60_000);
    const end = await running;
    assert.equal(end.ok, spill === undefined);
    assert.deepEqual(all.sent, spill === undefined ? ['up1'] : []);
  });
}

test('nobody waits longer than the call has time', async () => {
  const all = rig();
  hold(all);
  const call = all.planned();
  const running = all.handle(
    { ...call, virtual: { ...call.virtual, deadline: 1_000, spill: false } },
    new RecordingReceiver(),
  );
  await settled();
  all.clock.advance(1_100);
  const end = await running;
  assert.ok(!end.ok && end.error.code === 'upstream_timeout', JSON.stringify(end));
  assert.deepEqual(all.sent, []);
});

test('a caller who leaves while waiting is a caller who left', async () => {
  const all = rig();
  hold(all);
  const to = new RecordingReceiver();
  const running = all.handle(all.planned(), to);
  await settled();
  to.cancel.request('the caller left');
  const end = await running;
  assert.ok(!end.ok && end.error.code === 'client_gone');
  assert.deepEqual(all.sent, []);
});
