import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakeDispatch,
  fakePlanned,
  fakeProtocol,
  fakeTarget,
  fakeUpstream,
  RecordingReceiver,
} from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Transport } from '../../canonical/wire.ts';
import { dispatch } from './dispatch.ts';

/** Asks nothing when its body says so. */
const face = fakeProtocol({
  id: 'own',
  idleReply: (wire, { created }) => (wire.value('idle') === true ? `ready at ${created}` : undefined),
  decodeCall: () => ({ extras: {} }) as never,
});
const other = fakeProtocol({ id: 'other', encodeCall: () => ({ body: {}, headers: {} }) });

async function ask(spoken: Protocol, body: string) {
  let sent = 0;
  const transport: Transport = {
    send: () => {
      sent += 1;
      const error = new GatewayError('upstream_refused', 'Nobody there.');
      return Promise.resolve({ ok: false, error, sent: false });
    },
    close: () => undefined,
  };
  const target = fakeTarget('m', { upstream: fakeUpstream({ protocols: [spoken], transport }) });
  const to = new RecordingReceiver();
  const clock = new FakeClock();
  const call = fakePlanned({ targets: [target], face, body, clock });
  const end = await dispatch({ ...fakeDispatch(clock), attempts: 1 })(call, to);
  return { sent, end, to, call };
}

test('a call that asks nothing is answered without asking an upstream of another dialect', async () => {
  const { sent, end, to, call } = await ask(other, '{"model":"m","stream":true,"idle":true}');
  assert.equal(sent, 0);
  assert.deepEqual(end, { ok: true, usage: noUsage });
  const [head] = to.heads;
  assert.deepEqual([head?.protocol.id, head?.stream, head?.rewritten], ['own', true, false]);
  assert.deepEqual(to.frames, [{ text: `ready at ${Date.UTC(2026, 0, 1) / 1000}`, kind: 'terminal' }]);
  assert.deepEqual(call.receipt.attempts, []);
});

test('one of its own dialect is asked, for it can do something about it', async () => {
  assert.equal((await ask(face, '{"model":"m","idle":true}')).sent, 1);
});

test('a call that asks something is none of these', async () => {
  assert.equal((await ask(other, '{"model":"m"}')).sent, 1);
});
