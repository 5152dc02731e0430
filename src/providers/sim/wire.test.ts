// When the simulator speaks, and how it fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { WireFlow } from '../../canonical/wire.ts';
import { Cancel } from '../../lib/cancel.ts';
import { chatStream } from './folded.ts';
import { type Listener, Rehearsal, timers } from './rehearsal.ts';

const CHAT = '/v1/chat/completions';
const steady = { steady: { ttft_ms: 100, tokens_per_second: 100 } };
const instant = { instant: { ttft_ms: 0, tokens_per_second: 'instant' } };
const frozen = { frozen: { ttft_ms: 50, tokens_per_second: 0 } };

function chat(model: string, text: string, stream = true) {
  return { model, stream, messages: [{ role: 'user', content: text }] };
}

function failureOf(heard: Listener): string | undefined {
  return heard.end?.ok === false ? heard.end.error.code : undefined;
}

test('pace: the first token at its time, each further one an interval later, each event by itself', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:4]]'));
  await rehearsal.clock.pass(99);
  assert.equal(heard.pieces.length, 0);
  await rehearsal.clock.pass(1);
  assert.equal(heard.answer?.status, 200);
  await rehearsal.clock.pass(1000);
  // role, four tokens, finish, [DONE]
  assert.deepEqual(heard.times, [100, 100, 110, 120, 130, 130, 130]);
  for (const piece of heard.pieces) assert.match(piece.text, /^data: [^\n]*\n\n$/);
  assert.deepEqual(heard.end, { ok: true });
});

test('pace: a whole body takes the time of all its tokens', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:4]]', false));
  await rehearsal.clock.pass(1000);
  assert.deepEqual(heard.times, [130]);
  assert.equal(heard.answer?.headers['content-length'], String(Buffer.byteLength(heard.text)));
});

test('pace: jitter stretches and shrinks each wait by a share of it', async () => {
  const jumpy = { jumpy: { ttft_ms: 100, tokens_per_second: 100, jitter: 0.5 } };
  // ttft shrinks by half, then tokens wait 1.5, 0.5 and 1 intervals.
  const rehearsal = new Rehearsal(jumpy, [0, 0.9999999999, 0, 0.5]);
  const heard = rehearsal.call(CHAT, chat('jumpy', '[[tokens:4]]'));
  await rehearsal.clock.pass(1000);
  assert.deepEqual(heard.times.slice(0, 5), [50, 50, 65, 70, 80]);
});

test('pace: many replies share one alarm', async () => {
  const rehearsal = new Rehearsal(steady);
  const all = Array.from({ length: 50 }, () => rehearsal.call(CHAT, chat('steady', '[[tokens:4]]')));
  assert.equal(rehearsal.clock.pending, 1);
  await rehearsal.clock.pass(1000);
  assert.ok(all.every((heard) => heard.end?.ok === true));
  assert.equal(rehearsal.clock.set, 4);
  assert.equal(rehearsal.clock.pending, 0);
});

test('pace: instant means no timer, one piece, and never inside send', async () => {
  const rehearsal = new Rehearsal(instant);
  const heard = rehearsal.call(CHAT, chat('instant', '[[tokens:50]]'));
  assert.equal(heard.answer, undefined);
  await rehearsal.clock.pass(0);
  assert.equal(heard.pieces.length, 1);
  assert.equal(rehearsal.clock.set, 0);
  assert.deepEqual(heard.end, { ok: true });
  assert.match(chatStream(heard.text).text, /^\[simulated by sim\/instant\]/);
});

test('pace: without a token rate everything comes with the first token', async () => {
  const rehearsal = new Rehearsal(frozen);
  const heard = rehearsal.call(CHAT, chat('frozen', '[[tokens:50]]'));
  await rehearsal.clock.pass(1000);
  assert.deepEqual(heard.times, [50]);
});

test('cancel: stops at once, says so, leaves no alarm behind', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:9]]'));
  await rehearsal.clock.pass(110);
  heard.cancel.request('caller left');
  assert.equal(rehearsal.clock.pending, 0);
  await rehearsal.clock.pass(1000);
  assert.deepEqual(heard.times, [100, 100, 110]);
  assert.equal(failureOf(heard), 'client_gone');
  assert.equal(heard.end?.ok === false && heard.end.sent, true);
});

test('cancel: inside a piece ends before the next one', async () => {
  const rehearsal = new Rehearsal(steady);
  const cancel = new Cancel();
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:9]]'), { cancel }, () =>
    cancel.request('enough'),
  );
  await rehearsal.clock.pass(1000);
  assert.equal(heard.pieces.length, 1);
  assert.equal(failureOf(heard), 'client_gone');
});

test('cancel: a call that was cancelled before is not sent', async () => {
  const rehearsal = new Rehearsal(instant);
  const cancel = new Cancel();
  cancel.request('left early');
  const heard = rehearsal.call(CHAT, chat('instant', 'x'), { cancel });
  await rehearsal.clock.pass(1000);
  assert.equal(heard.answer, undefined);
  assert.equal(heard.end?.ok === false && heard.end.sent, false);
});

test('cancel: a finished call listens no more', async () => {
  const listeners = new Set<() => void>();
  class WatchedCancel extends Cancel {
    override onRequest(listener: () => void): void {
      listeners.add(listener);
    }
    override forget(listener: () => void): void {
      listeners.delete(listener);
    }
  }
  const rehearsal = new Rehearsal(instant);
  const heard = rehearsal.call(CHAT, chat('instant', 'x'), { cancel: new WatchedCancel() });
  assert.equal(listeners.size, 1);
  await rehearsal.clock.pass(0);
  assert.deepEqual(heard.end, { ok: true });
  assert.equal(listeners.size, 0);
});

test('flow: nothing comes while paused, and the end waits too', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:4]]'), {}, (flow) => flow.pause());
  await rehearsal.clock.pass(5000);
  assert.deepEqual(heard.times, [100]);
  for (let i = 0; i < 6; i += 1) {
    assert.equal(heard.end, undefined);
    heard.flow?.resume();
    await rehearsal.clock.pass(0);
  }
  assert.equal(heard.pieces.length, 7);
  assert.equal(heard.end, undefined);
  heard.flow?.resume();
  await rehearsal.clock.pass(0);
  assert.deepEqual(heard.end, { ok: true });
});

test('flow: resumed early, it keeps its time', async () => {
  const rehearsal = new Rehearsal(steady);
  let held: WireFlow | undefined;
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:4]]'), {}, (flow) => {
    if (held === undefined) flow.pause();
    held = flow;
  });
  await rehearsal.clock.pass(115);
  held?.resume();
  await rehearsal.clock.pass(1000);
  assert.deepEqual(heard.times, [100, 115, 115, 120, 130, 130, 130]);
});

test('flow: resumed inside the same piece, nothing is doubled', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:4]]'), {}, (flow) => {
    flow.pause();
    flow.resume();
  });
  await rehearsal.clock.pass(1000);
  assert.deepEqual(heard.times, [100, 100, 110, 120, 130, 130, 130]);
  assert.deepEqual(heard.end, { ok: true });
});

test('timers: a first byte that comes too late never comes', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', 'x'), { timers: { ...timers, firstByte: 60 } });
  await rehearsal.clock.pass(60);
  assert.equal(failureOf(heard), 'upstream_timeout');
  assert.equal(heard.answer, undefined);
});

test("timers: a pause does not count as the upstream's silence", async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(
    CHAT,
    chat('steady', '[[tokens:4]]'),
    { timers: { ...timers, idle: 50 } },
    (flow) => {
      if (heard.pieces.length === 1) flow.pause();
    },
  );
  await rehearsal.clock.pass(500);
  assert.equal(heard.end, undefined);
  heard.flow?.resume();
  await rehearsal.clock.pass(500);
  assert.deepEqual(heard.end, { ok: true });
});

test('timers: after a pause the silence is measured anew', async () => {
  const rehearsal = new Rehearsal(steady);
  const wire = { timers: { ...timers, idle: 50 } };
  const heard = rehearsal.call(CHAT, chat('steady', '[[tokens:4]] [[fail:stall]]'), wire);
  await rehearsal.clock.pass(130);
  heard.flow?.pause();
  await rehearsal.clock.pass(370);
  heard.flow?.resume();
  await rehearsal.clock.pass(49);
  assert.equal(heard.end, undefined);
  await rehearsal.clock.pass(1);
  assert.equal(failureOf(heard), 'upstream_timeout');
});

test('close: what is under way ends', async () => {
  const rehearsal = new Rehearsal(steady);
  const heard = rehearsal.call(CHAT, chat('steady', 'x'));
  rehearsal.close();
  await rehearsal.clock.pass(1000);
  assert.equal(failureOf(heard), 'upstream_reset');
  assert.equal(rehearsal.clock.pending, 0);
});

test('a receiver that throws ends its own call and no other', async () => {
  const rehearsal = new Rehearsal(steady);
  const bad = rehearsal.call(CHAT, chat('steady', 'x'), {}, () => {
    throw new Error('mine');
  });
  const good = rehearsal.call(CHAT, chat('steady', 'x'));
  await rehearsal.clock.pass(50_000);
  assert.equal(failureOf(bad), 'internal');
  assert.deepEqual(good.end, { ok: true });
});

interface Fate {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly text: RegExp;
}

const fates: readonly [string, boolean, Fate][] = [
  ['500', true, { status: 500, code: undefined, text: /"type":"server_error"/ }],
  ['429', false, { status: 429, code: undefined, text: /"code":"rate_limit_exceeded"/ }],
  ['reset', true, { status: undefined, code: 'upstream_reset', text: /^$/ }],
  ['cut', true, { status: 200, code: 'upstream_truncated', text: /^data: (?!.*DONE)/s }],
  ['cut', false, { status: 200, code: 'upstream_truncated', text: /^\{"id".*[^}]$/ }],
  ['eof', true, { status: 200, code: undefined, text: /^data: (?!.*(DONE|"stop"))/s }],
  ['eof', false, { status: 200, code: undefined, text: /^\{"id".*[^}]$/ }],
  ['garbage', true, { status: 200, code: undefined, text: /^data: .*simulated garbage/s }],
  ['garbage', false, { status: 200, code: undefined, text: /simulated garbage/ }],
  ['stall', true, { status: 200, code: 'upstream_timeout', text: /^data: (?!.*DONE)/s }],
  ['stall', false, { status: undefined, code: 'upstream_timeout', text: /^$/ }],
];

for (const [kind, stream, fate] of fates) {
  test(`failure: ${kind}, ${stream ? 'streamed' : 'whole'}`, async () => {
    const rehearsal = new Rehearsal();
    const heard = rehearsal.call(CHAT, chat('fast', `please [[fail:${kind}]]`, stream));
    await rehearsal.clock.pass(100_000);
    assert.equal(heard.answer?.status, fate.status);
    assert.equal(failureOf(heard), fate.code);
    assert.equal(heard.end?.ok, fate.code === undefined);
    assert.match(heard.text, fate.text);
    assert.equal(rehearsal.clock.pending, 0);
  });
}

test('failure: errors are in the dialect of the call, a rate limit says when to come back', async () => {
  const rehearsal = new Rehearsal();
  const body = { model: 'fast', max_tokens: 9, messages: [{ role: 'user', content: '[[fail:429]]' }] };
  const heard = rehearsal.call('/v1/messages', body);
  await rehearsal.clock.pass(1000);
  assert.equal(heard.answer?.headers['retry-after'], '1');
  const answer = JSON.parse(heard.text);
  assert.deepEqual([answer.type, answer.error.type], ['error', 'rate_limit_error']);
});

test('failure: an order for another model is not ours', async () => {
  const rehearsal = new Rehearsal();
  const mine = rehearsal.call(CHAT, chat('fast', '[[fail:500@fast]]'));
  const other = rehearsal.call(CHAT, chat('smart', '[[fail:500@fast]]'));
  const unknown = rehearsal.call(CHAT, chat('fast', '[[fail:nonsense]]'));
  await rehearsal.clock.pass(50_000);
  assert.deepEqual(
    [mine, other, unknown].map((heard) => heard.answer?.status),
    [500, 200, 200],
  );
});

test('failure: flaky fails below its rate and takes its kinds in turn', async () => {
  const rehearsal = new Rehearsal({}, [0.1, 0.2, 0.19, 0.5, 0, 0.1, 0.1, 0.1]);
  const seen: (string | number | undefined)[] = [];
  for (let i = 0; i < 8; i += 1) {
    const heard = rehearsal.call(CHAT, chat('flaky', 'x', false));
    await rehearsal.clock.pass(50_000);
    seen.push(failureOf(heard) ?? (heard.text.includes('garbage') ? 'garbage' : heard.answer?.status));
  }
  assert.deepEqual(seen, [500, 200, 429, 200, 'upstream_reset', 'upstream_truncated', 'garbage', 500]);
});

test('failure: fast never fails by chance', async () => {
  const rehearsal = new Rehearsal({}, [0]);
  const heard = await rehearsal.chat(chat('fast', 'x', false));
  assert.equal(heard.answer?.status, 200);
});

test('the body may come in pieces', async () => {
  const rehearsal = new Rehearsal(instant);
  const bytes = Buffer.from(JSON.stringify(chat('instant', 'x')));
  const heard = rehearsal.call(CHAT, '', { body: [bytes.subarray(0, 9), bytes.subarray(9)] });
  await rehearsal.clock.pass(0);
  assert.equal(heard.answer?.status, 200);
});

test('wrong options are an error with their place', () => {
  assert.throws(
    () => new Rehearsal({ fast: { ttft_ms: -1 } }),
    (error) => error instanceof GatewayError && error.detail.param === 'models.fast.ttft_ms',
  );
});
