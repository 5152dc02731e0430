import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  failedEnd,
  fakeCall,
  fakeHead,
  fakeUsage,
  okEnd,
  RecordingReceiver,
  scripted,
  settled,
} from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Receipt } from '../../canonical/receipt.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { Journal } from '../../ports.ts';
import type { Call, End, Receiver } from '../stage.ts';
import { CALLER_LEFT, CALLER_STALLED } from '../stage.ts';
import { record } from './record.ts';

interface Append {
  readonly receipt: Receipt;
  resolve(): void;
  reject(cause: unknown): void;
}

/** A journal that writes when the test says so. */
class SlowJournal implements Journal {
  readonly appends: Append[] = [];

  append(receipt: Receipt): Promise<void> {
    return new Promise((resolve, reject) => this.appends.push({ receipt, resolve, reject }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function rig(options: { readonly journal?: Journal } = {}) {
  const clock = new FakeClock();
  const journal = new SlowJournal();
  const taken: Receipt[] = [];
  const bugs: { cause: unknown; id: string }[] = [];
  const inner = scripted<Call>();
  const handle = record({
    clock,
    journal: options.journal ?? journal,
    sinks: [
      {
        take() {
          throw new Error('a sink with a fault');
        },
      },
      { take: (receipt) => taken.push(receipt) },
    ],
    onBug: (cause, id) => bugs.push({ cause, id }),
  })(inner.next);
  const to = new RecordingReceiver();
  return { clock, journal, taken, bugs, inner, handle, to };
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

function error(end: End): GatewayError {
  assert.ok(!end.ok, 'the call was expected to fail');
  return end.error;
}

test('a call is over only when its receipt is in the journal', async () => {
  const { clock, journal, taken, inner, handle, to } = rig();
  const call = fakeCall({ body: { model: 'fast', stream: true }, clock });
  let end: End | undefined;
  void handle(call, to).then((value) => {
    end = value;
  });
  const played = inner.played[0]!;
  played.to.start(fakeHead({ stream: true }));
  assert.equal(played.to.frame(bytes('one '), 'content'), true);
  clock.advance(40);
  played.to.frame(bytes('usage '), 'usage');
  assert.equal(played.to.frame(bytes('end'), 'terminal'), true);
  played.end(okEnd());
  await settled();
  assert.equal(end, undefined);
  assert.equal(taken.length, 0);

  journal.appends[0]!.resolve();
  await settled();
  assert.deepEqual(
    to.frames.map((frame) => [frame.text, frame.kind]),
    [
      ['one ', 'content'],
      ['usage ', 'usage'],
      ['end', 'terminal'],
    ],
  );
  assert.equal(to.heads.length, 1);
  assert.deepEqual(end, okEnd());
  assert.equal(journal.appends.length, 1);
  assert.deepEqual(
    taken,
    [journal.appends[0]!.receipt],
    'sinks get the receipt, whatever their neighbours do',
  );
  const { receipt } = journal.appends[0]!;
  assert.equal(receipt.outcome, 'ok');
  assert.equal(receipt.started, true);
  assert.equal(receipt.endedAt, 40);
  assert.equal(receipt.draft.status, 200);
  assert.equal(receipt.draft.bytesOut, 13);
});

test('the status of the answer is in the receipt', async () => {
  const { journal, inner, handle, to } = rig();
  const done = handle(fakeCall(), to);
  inner.played[0]!.to.start(fakeHead({ status: 203 }));
  inner.played[0]!.to.frame(bytes('{}'), 'terminal');
  inner.played[0]!.end(okEnd());
  await settled();
  journal.appends[0]!.resolve();
  await done;
  assert.equal(journal.appends[0]!.receipt.draft.status, 203);
});

test('backpressure and cancellation pass through', async () => {
  const { inner, handle, to } = rig();
  void handle(fakeCall(), to);
  const inside = inner.played[0]!.to;
  inside.start(fakeHead());
  to.hold();
  assert.equal(inside.frame(bytes('slow'), 'content'), false);
  let drained = false;
  void inside.drained().then(() => {
    drained = true;
  });
  await settled();
  assert.equal(drained, false);
  to.release();
  await settled();
  assert.equal(drained, true);
  assert.equal(inside.cancel, to.cancel);
});

const fault = new GatewayError('upstream_timeout', 'No answer in time.');

interface Path {
  readonly says: string;
  readonly play: (to: Receiver, end: (end: End) => void, fail: (cause: unknown) => void) => void;
  readonly outcome: string;
  readonly status: number;
  readonly started: boolean;
  readonly text: string;
  readonly bytesOut: number;
  /** Bugs beside the one of the faulty sink. */
  readonly bugs: number;
}

const paths: readonly Path[] = [
  {
    says: 'a failure before anything was sent has its own status',
    play: (_to, end) => end(failedEnd(fault)),
    outcome: 'upstream_timeout',
    status: 504,
    started: false,
    text: '',
    bytesOut: 0,
    bugs: 0,
  },
  {
    says: 'a failure after content keeps the status that was sent',
    play(to, end) {
      to.start(fakeHead({ stream: true }));
      to.frame(bytes('half'), 'content');
      end(failedEnd(fault, true, fakeUsage(3, 1)));
    },
    outcome: 'upstream_timeout',
    status: 200,
    started: true,
    text: 'half',
    bytesOut: 4,
    bugs: 0,
  },
  {
    says: 'a failure after the head alone can still be a clean error',
    play(to, end) {
      to.start(fakeHead());
      end(failedEnd(fault, true));
    },
    outcome: 'upstream_timeout',
    status: 504,
    started: false,
    text: '',
    bytesOut: 0,
    bugs: 0,
  },
  {
    says: 'the end of an answer that failed after all does not count as sent',
    play(to, end) {
      to.start(fakeHead());
      to.frame(bytes('half'), 'content');
      to.frame(bytes('end'), 'terminal');
      end(failedEnd(fault, true));
    },
    outcome: 'upstream_timeout',
    status: 200,
    started: true,
    text: 'halfend',
    bytesOut: 4,
    bugs: 0,
  },
  {
    says: 'a thrown gateway error is an ordinary end',
    play: (_to, _end, fail) => fail(new GatewayError('invalid_key', 'This key is not known.')),
    outcome: 'invalid_key',
    status: 401,
    started: false,
    text: '',
    bytesOut: 0,
    bugs: 0,
  },
  {
    says: 'anything else that is thrown is a bug and internal',
    play: (_to, _end, fail) => fail(new TypeError('x is not a function')),
    outcome: 'internal',
    status: 500,
    started: false,
    text: '',
    bytesOut: 0,
    bugs: 1,
  },
  {
    says: 'a bug after content knows that the answer had begun',
    play(to, _end, fail) {
      to.start(fakeHead());
      to.frame(bytes('half'), 'content');
      fail('thrown text');
    },
    outcome: 'internal',
    status: 200,
    started: true,
    text: 'half',
    bytesOut: 4,
    bugs: 1,
  },
  {
    says: 'a caller who left before the end had no answer',
    play(to, end) {
      to.start(fakeHead());
      to.frame(bytes('half'), 'content');
      to.frame(bytes('end'), 'terminal');
      to.cancel.request(CALLER_LEFT);
      end(okEnd());
    },
    outcome: 'client_gone',
    status: 200,
    started: true,
    text: 'halfend',
    bytesOut: 4,
    bugs: 0,
  },
  {
    says: 'a caller who left before anything was sent',
    play(to, end) {
      to.cancel.request(CALLER_LEFT);
      end(failedEnd(new GatewayError('client_gone', 'The caller left.')));
    },
    outcome: 'client_gone',
    status: 499,
    started: false,
    text: '',
    bytesOut: 0,
    bugs: 0,
  },
  {
    says: 'a caller who stopped reading is as good as gone',
    play(to, end) {
      to.start(fakeHead());
      to.frame(bytes('half'), 'content');
      to.cancel.request(CALLER_STALLED);
      end(failedEnd(new GatewayError('client_gone', 'Cancelled.')));
    },
    outcome: 'client_gone',
    status: 200,
    started: true,
    text: 'half',
    bytesOut: 4,
    bugs: 0,
  },
];

for (const path of paths) {
  test(`one receipt: ${path.says}`, async () => {
    const { journal, taken, bugs, inner, handle, to } = rig();
    const done = handle(fakeCall({ id: 'call-9' }), to);
    const played = inner.played[0]!;
    path.play(played.to, played.end, played.fail);
    await settled();
    assert.equal(journal.appends.length, 1);
    journal.appends[0]!.resolve();
    const end = await done;
    const { receipt } = journal.appends[0]!;
    assert.deepEqual(
      {
        outcome: receipt.outcome,
        status: receipt.draft.status,
        started: receipt.started,
        text: to.text,
        bytesOut: receipt.draft.bytesOut,
        bugs: bugs.length - 1,
      },
      {
        outcome: path.outcome,
        status: path.status,
        started: path.started,
        text: path.text,
        bytesOut: path.bytesOut,
        bugs: path.bugs,
      },
    );
    assert.equal(error(end).code, path.outcome);
    assert.equal(!end.ok && end.started, path.started);
    assert.equal(journal.appends.length, 1);
    assert.deepEqual(taken, [receipt]);
    assert.ok(bugs.every((bug) => bug.id === 'call-9'));
  });
}

test('an internal error says nothing of its cause, which goes to whoever watches for bugs', async () => {
  const { journal, bugs, inner, handle, to } = rig();
  const cause = new Error('password is hunter2');
  const done = handle(fakeCall(), to);
  inner.played[0]!.fail(cause);
  await settled();
  journal.appends[0]!.resolve();
  const told = error(await done);
  assert.ok(!told.text.includes('hunter2'));
  assert.ok(!JSON.stringify(journal.appends[0]!.receipt.message).includes('hunter2'));
  assert.equal(bugs[0]!.cause, cause);
});

test('frames that come after the end are dropped', async () => {
  const { journal, inner, handle, to } = rig();
  const done = handle(fakeCall(), to);
  const played = inner.played[0]!;
  played.end(failedEnd(fault));
  await settled();
  played.to.start(fakeHead());
  assert.equal(played.to.frame(bytes('late'), 'content'), true);
  journal.appends[0]!.resolve();
  await done;
  assert.deepEqual([to.heads.length, to.frames.length], [0, 0]);
});

test('a head that comes after the end is no answer', async () => {
  const { journal, inner, handle, to } = rig();
  const done = handle(fakeCall(), to);
  inner.played[0]!.end(okEnd());
  await settled();
  inner.played[0]!.to.start(fakeHead());
  journal.appends[0]!.resolve();
  await done;
  assert.equal(to.heads.length, 0);
});

const refusals: readonly {
  readonly says: string;
  readonly early: readonly string[];
  readonly started: boolean;
}[] = [
  { says: 'a body that came whole becomes a clean error', early: [], started: false },
  { says: 'a stream that had begun ends in an error', early: ['half'], started: true },
];

for (const { says, early, started } of refusals) {
  test(`when the journal refuses, ${says}, and the end never leaves`, async () => {
    const { journal, taken, bugs, inner, handle, to } = rig();
    const done = handle(fakeCall(), to);
    const played = inner.played[0]!;
    played.to.start(fakeHead());
    for (const text of early) played.to.frame(bytes(text), 'content');
    played.to.frame(bytes('end'), 'terminal');
    played.end(okEnd(fakeUsage(7, 2)));
    await settled();
    const full = new Error('ENOSPC: no space left on device');
    journal.appends[0]!.reject(full);
    const end = await done;
    assert.equal(error(end).code, 'overloaded');
    assert.equal(error(end).status, 503);
    assert.ok(!error(end).text.includes('ENOSPC'));
    assert.equal(!end.ok && end.started, started);
    assert.deepEqual(end.usage, fakeUsage(7, 2));
    assert.equal(journal.appends.length, 1, 'nobody appends twice');
    assert.equal(taken.length, 1);
    assert.equal(taken[0]!.outcome, 'overloaded', 'sinks hear what the caller heard');
    assert.equal(taken[0]!.draft.status, started ? 200 : 503);
    assert.equal(bugs[0]!.cause, full);
  });
}

test('when the journal refuses the receipt of a failed call, the caller still hears of that failure', async () => {
  const { journal, taken, inner, handle, to } = rig();
  const done = handle(fakeCall(), to);
  inner.played[0]!.end(failedEnd(fault));
  await settled();
  journal.appends[0]!.reject(new Error('full'));
  assert.equal(error(await done).code, 'upstream_timeout');
  assert.deepEqual(taken, [journal.appends[0]!.receipt]);
});

test('a call we stopped ourselves is not one whose caller left', async () => {
  const { journal, inner, handle, to } = rig();
  const done = handle(fakeCall(), to);
  to.cancel.request('the gateway is shutting down');
  inner.played[0]!.end(failedEnd(new GatewayError('client_gone', 'Cancelled.')));
  await settled();
  journal.appends[0]!.resolve();
  assert.equal(error(await done).code, 'draining');
  assert.equal(journal.appends[0]!.receipt.outcome, 'draining');
});

test('a stage that throws before its first promise is caught as well', async () => {
  const { journal, to } = rig();
  const handle = record({ clock: new FakeClock(), journal, sinks: [], onBug: () => {} })(() => {
    throw new Error('at once');
  });
  const done = handle(fakeCall(), to);
  await settled();
  journal.appends[0]!.resolve();
  const end = await done;
  assert.equal(error(end).code, 'internal');
  assert.deepEqual(end.usage, noUsage);
});
