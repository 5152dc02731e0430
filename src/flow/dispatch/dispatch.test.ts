import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FakeClock,
  fakeDispatch,
  fakePlanned,
  fakeProvider,
  fakeTarget,
  fakeUpstream,
  RecordingReceiver,
  settled,
} from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { perMillion } from '../../canonical/money.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import type { Signer } from '../../canonical/provider.ts';
import { TokenRatios } from '../../canonical/token-ratios.ts';
import { noUsage } from '../../canonical/usage.ts';
import type { WireCall, WireEnd, WireHeaders, WireReceiver } from '../../canonical/wire.ts';
import { anthropicMessages } from '../../protocols/anthropic-messages/index.ts';
import { openaiChat } from '../../protocols/openai-chat/index.ts';
import type { Target } from '../stage.ts';
import { dispatch } from './dispatch.ts';

type Play = (to: WireReceiver, wire: WireCall) => WireEnd | Promise<WireEnd>;

const done: WireEnd = { ok: true };
const flow = { pause: () => {}, resume: () => {} };
const sse = { 'content-type': 'text/event-stream' };
const role = 'data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n';
const word = (text: string): string =>
  `data: {"id":"1","choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`;
const stop = 'data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const usage = 'data: {"id":"1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n';
const end = 'data: [DONE]\n\n';

function says(status: number, headers: WireHeaders, ...pieces: readonly string[]): Play {
  return (to) => {
    to.head({ status, headers });
    for (const piece of pieces) to.data(Buffer.from(piece), flow);
    return done;
  };
}

const streams = (...pieces: readonly string[]): Play => says(200, sse, ...pieces);
const good = streams(role, word('hello'), stop, usage, end);
const breaks =
  (code: 'upstream_refused' | 'upstream_reset', ...pieces: readonly string[]): Play =>
  async (to, wire) => {
    if (pieces.length > 0) await streams(...pieces)(to, wire);
    return { ok: false, error: new GatewayError(code, 'It broke.'), sent: pieces.length > 0 };
  };

function rig(
  plays: readonly Play[],
  options: { protocols?: readonly Protocol[]; face?: Protocol; body?: object; signer?: Signer } = {},
) {
  const clock = new FakeClock();
  const wires: WireCall[] = [];
  const targets: Target[] = plays.map((play, at) => {
    const upstream = fakeUpstream({
      name: `up${at}`,
      protocols: options.protocols ?? [openaiChat],
      signer: options.signer,
      models: [
        {
          id: 'm',
          price: {
            input: perMillion(1),
            output: perMillion(1),
            cacheRead: perMillion(0),
            cacheWrite: perMillion(0),
          },
        },
      ],
      transport: {
        close: () => {},
        send: async (wire, to) => {
          wires.push(wire);
          return play(to, wire);
        },
      },
    });
    return fakeTarget('m', { upstream });
  });
  const body = options.body ?? { model: 'fast', stream: true, messages: [{ role: 'user', content: 'hi' }] };
  const call = fakePlanned({ face: options.face ?? openaiChat, body: JSON.stringify(body), targets });
  const to = new RecordingReceiver();
  const handle = dispatch(fakeDispatch(clock));
  return { call, to, wires, targets, run: () => handle(call, to) };
}

const bodyOf = (wire: WireCall | undefined): string =>
  Buffer.concat((wire?.body ?? []) as Buffer[]).toString();

test('one target, one answer: frames as they came, the usage apart, the end last', async () => {
  const { run, to, call, wires, targets } = rig([good]);
  const result = await run();
  assert.deepEqual(result, {
    ok: true,
    usage: { fresh: 7, cacheRead: 0, cacheWrite: 0, output: 3, reasoning: 0, estimated: false },
  });
  assert.equal(to.text, role + word('hello') + stop + usage + end);
  assert.deepEqual(
    to.frames.map((frame) => frame.kind),
    ['prelude', 'content', 'content', 'usage', 'terminal'],
  );
  assert.equal(call.receipt.upstream, 'up0');
  assert.equal(call.receipt.attempts[0]?.outcome, 'ok');
  assert.equal(targets[0]?.upstream.load.inflight, 0);
  assert.equal(
    bodyOf(wires[0]),
    '{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}],"stream_options":{"include_usage":true}}',
  );
});

const failovers: readonly (readonly [why: string, play: Play, code: string])[] = [
  ['refused', breaks('upstream_refused'), 'upstream_refused'],
  ['reset before a byte', breaks('upstream_reset'), 'upstream_reset'],
  ['reset after the opening', breaks('upstream_reset', role), 'upstream_reset'],
  ['500', says(500, {}, '{"error":{"message":"boom"}}'), 'upstream_fault'],
  ['503', says(503, {}, 'busy'), 'upstream_overloaded'],
  ['429', says(429, { 'retry-after': '7' }, '{}'), 'upstream_rate_limited'],
  ['401', says(401, {}, '{}'), 'upstream_auth'],
  ['404 for the model', says(404, {}, '{"error":{"message":"no model"}}'), 'upstream_model_missing'],
  ['a redirect', says(302, { location: 'http://127.0.0.1:1/' }), 'upstream_fault'],
  ['a compressed reply', says(200, { ...sse, 'content-encoding': 'gzip' }, 'xx'), 'upstream_garbled'],
  ['an error inside a 200', streams('data: {"error":{"message":"out of memory"}}\n\n'), 'upstream_fault'],
  [
    'an error after the opening',
    streams(role, 'data: {"error":{"message":"x","code":429}}\n\n'),
    'upstream_rate_limited',
  ],
  ['an HTML page', says(200, { 'content-type': 'text/html' }, '<html>'), 'upstream_garbled'],
  ['an empty stream', streams(), 'upstream_truncated'],
  ['an end without an answer begun', streams(role), 'upstream_truncated'],
  ['an event that is no JSON', streams('data: {oops\n\n'), 'upstream_garbled'],
  [
    'an endless opening',
    streams(...Array.from({ length: 300 }, () => `data: {"choices":[],"pad":"${'x'.repeat(1000)}"}\n\n`)),
    'upstream_garbled',
  ],
];

for (const [why, play, code] of failovers) {
  test(`before the answer begins, the next target takes over: ${why}`, async () => {
    const { run, to, call, targets } = rig([play, good]);
    const result = await run();
    assert.equal(result.ok, true);
    assert.equal(to.heads.length, 1);
    assert.equal(to.text, role + word('hello') + stop + usage + end);
    assert.deepEqual(
      call.receipt.attempts.map((attempt) => attempt.outcome),
      [code, 'ok'],
    );
    for (const target of targets) assert.equal(target.upstream.load.inflight, 0);
  });
}

test('after the answer has begun, nobody else is tried and nothing is said twice', async () => {
  const { run, to, wires } = rig([breaks('upstream_reset', role, word('hel')), good]);
  const result = await run();
  assert.ok(!result.ok && result.started && result.error.code === 'upstream_reset');
  assert.equal(to.text, role + word('hel'));
  assert.equal(wires.length, 1);
});

test('half an event never leaves: the cut tail stays behind', async () => {
  const { run, to } = rig([streams(role, word('a'), word('b').slice(0, 30))]);
  const result = await run();
  assert.ok(!result.ok && result.started);
  assert.equal(to.text, role + word('a'));
});

test('a stream that said why it stopped and then closed is complete; its end marker is added', async () => {
  const { run, to } = rig([streams(role, word('a'), stop)]);
  assert.equal((await run()).ok, true);
  assert.equal(to.frames.at(-1)?.text, end);
});

test('no usage told: an estimate that says so', async () => {
  const { run } = rig([streams(role, word('a'), word('b'), stop, end)]);
  const result = await run();
  assert.ok(result.ok && result.usage.estimated && result.usage.output > 0 && result.usage.fresh > 0);
});

test("a caller's mistake is not tried elsewhere, and keeps its words", async () => {
  const { run, wires } = rig([says(400, {}, '{"error":{"message":"bad tool","param":"tools[0]"}}'), good]);
  const result = await run();
  assert.ok(!result.ok && result.error.code === 'bad_request' && result.error.message.includes('bad tool'));
  assert.equal(wires.length, 1);
});

test('when all fail, the error says what happened where', async () => {
  const { run } = rig([breaks('upstream_refused'), says(503, {}, 'busy')]);
  const result = await run();
  assert.ok(!result.ok && !result.started);
  assert.equal(result.error.code, 'upstream_overloaded');
  assert.match(result.error.message, /All 2 targets failed\. up0\/m: It broke\. up1\/m: /);
});

/** Nobody was told the usage: the input is estimated as a limit on tokens does it. */
const guess = Math.ceil(
  '{"model":"fast","stream":true,"messages":[{"role":"user","content":"hi"}]}'.length / 4,
);

const losses: readonly {
  readonly says: string;
  readonly play: Play;
  readonly fresh: number;
  readonly output?: number;
  readonly stated?: true;
}[] = [
  { says: 'a call that never went out used nothing', play: fails('upstream_refused', false), fresh: 0 },
  { says: 'a call that timed out before it went out, too', play: fails('upstream_timeout', false), fresh: 0 },
  { says: 'one that went out and was reset was read', play: fails('upstream_reset', true), fresh: guess },
  { says: 'one that went out and timed out, too', play: fails('upstream_timeout', true), fresh: guess },
  {
    says: 'a refusal with a status used nothing',
    play: says(500, {}, '{"error":{"message":"boom"}}'),
    fresh: 0,
  },
  {
    says: 'even if its body breaks off',
    play: fails('upstream_reset', true, says(503, {}, 'bu')),
    fresh: 0,
  },
  {
    says: 'nor does one inside a 200, while no answer has begun',
    play: streams(role, 'data: {"error":{"message":"no"}}\n\n'),
    fresh: 0,
  },
  {
    says: 'once it has, what was seen counts',
    play: streams(role, word('a'), 'data: {"error":{"message":"no"}}\n\n'),
    fresh: guess,
    output: 1,
  },
  { says: 'an opening is no output', play: fails('upstream_reset', true, streams(role)), fresh: guess },
  {
    says: 'each event of an answer that broke off counts as a token',
    play: fails('upstream_reset', true, streams(role, word('a'), word('b'), word('c'))),
    fresh: guess,
    output: 3,
  },
  {
    says: 'what the upstream stated is believed',
    play: fails('upstream_reset', true, streams(role, word('a'), stop, usage)),
    fresh: 7,
    output: 3,
    stated: true,
  },
  {
    says: 'half a body is as many tokens as a fourth of its bytes',
    play: fails('upstream_reset', true, says(200, { 'content-type': 'application/json' }, '{"choices":[')),
    fresh: guess,
    output: 3,
  },
  {
    says: 'a page that is no reply has no output',
    play: says(200, { 'content-type': 'application/json' }, '<html>'.repeat(100)),
    fresh: guess,
  },
  { says: 'a compressed reply was paid for', play: says(200, { 'content-encoding': 'gzip' }), fresh: guess },
];

function fails(
  code: 'upstream_refused' | 'upstream_reset' | 'upstream_timeout',
  sent: boolean,
  first?: Play,
): Play {
  return async (to, wire) => {
    await first?.(to, wire);
    return { ok: false, error: new GatewayError(code, 'It broke.'), sent };
  };
}

for (const { says: sentence, play, fresh, output = 0, stated } of losses) {
  test(`what a failed attempt used: ${sentence}`, async () => {
    const { run, call } = rig([play]);
    const result = await run();
    const used =
      fresh + output === 0 ? noUsage : { ...noUsage, fresh, output, estimated: stated === undefined };
    assert.ok(!result.ok);
    assert.deepEqual(result.usage, used);
    assert.deepEqual(call.receipt.attempts[0]?.usage, used === noUsage ? undefined : used);
    assert.equal(call.receipt.attempts[0]?.price?.input, perMillion(1));
  });
}

test('what failed attempts used is added to what the answer used', async () => {
  const lost = fails('upstream_reset', true);
  const answered = await rig([lost, lost, good]).run();
  assert.deepEqual(answered.usage, { ...noUsage, fresh: 2 * guess + 7, output: 3, estimated: true });
  const none = await rig([lost, fails('upstream_refused', false), lost]).run();
  assert.deepEqual(none.usage, { ...noUsage, fresh: 2 * guess, estimated: true });
});

test('a count that is lost on its way uses nothing: counting is free', async () => {
  const upstream = fakeUpstream({
    provider: fakeProvider({ also: { [anthropicMessages.id]: ['count'] } }),
    protocols: [anthropicMessages],
    transport: {
      close: () => {},
      send: async () => ({ ok: false, error: new GatewayError('upstream_reset', 'It broke.'), sent: true }),
    },
  });
  const call = fakePlanned({
    face: anthropicMessages,
    operation: 'count',
    body: '{"model":"fast","messages":[{"role":"user","content":"hi"}]}',
    targets: [fakeTarget('m', { upstream })],
  });
  const result = await dispatch(fakeDispatch())(call, new RecordingReceiver());
  assert.ok(!result.ok && call.receipt.attempts.length === 1);
  assert.equal(result.usage, noUsage);
});

test('no more than the allowed attempts', async () => {
  const { run, wires } = rig(Array.from({ length: 5 }, () => breaks('upstream_refused')));
  await run();
  assert.equal(wires.length, 3);
});

test('a caller who leaves cancels the attempt in the same tick, and no other follows', async () => {
  let cancelled = false;
  const waits: Play = (_to, wire) =>
    new Promise((resolve) => {
      wire.cancel.onRequest(() => {
        cancelled = true;
        resolve({ ok: false, error: new GatewayError('client_gone', 'gone'), sent: true });
      });
    });
  const { run, to, wires } = rig([waits, good]);
  const running = run();
  await settled();
  to.cancel.request('the caller left');
  assert.equal(cancelled, true);
  const result = await running;
  assert.ok(!result.ok && result.error.code === 'client_gone');
  assert.ok(result.usage.fresh > 0 && result.usage.estimated, 'the upstream has read the call');
  assert.equal(wires.length, 1);
});

test('no other target is tried for a caller who has left, whatever became of the attempt', async () => {
  const { run, to, wires } = rig([
    () => {
      to.cancel.request('the caller left');
      return { ok: false, error: new GatewayError('upstream_refused', 'It broke.'), sent: false };
    },
    good,
  ]);
  const result = await run();
  assert.ok(!result.ok);
  assert.equal(wires.length, 1);
});

test('of an error body only the beginning is kept, however long it goes on', async () => {
  let kept = 0;
  const reader: Protocol = {
    ...openaiChat,
    decodeError: (status, headers, body) => {
      kept = body.length;
      return openaiChat.decodeError(status, headers, body);
    },
  };
  const endless = says(500, {}, ...Array.from({ length: 64 }, () => 'x'.repeat(8 * 1024)));
  const { run } = rig([endless], { protocols: [reader] });
  const result = await run();
  assert.ok(!result.ok && result.error.code === 'upstream_fault');
  assert.equal(kept, 64 * 1024);
});

const leavesNothing: readonly (readonly [why: string, play: Play, strict: boolean])[] = [
  ['an answer', good, false],
  ['a failure', breaks('upstream_refused'), false],
  ['a refusal before anything was sent', good, true],
];

for (const [why, play, strict] of leavesNothing) {
  test(`once an attempt is over it no longer listens for the caller: ${why}`, async () => {
    const body = { model: 'fast', stream: true, seed: 1, messages: [{ role: 'user', content: 'hi' }] };
    const protocols = strict ? [anthropicMessages] : [openaiChat];
    const { call, to, wires } = rig([play], { body, protocols });
    const listening = new Set<() => void>();
    const { cancel } = to;
    const [listen, forget] = [cancel.onRequest.bind(cancel), cancel.forget.bind(cancel)];
    cancel.onRequest = (listener) => {
      listening.add(listener);
      listen(listener);
    };
    cancel.forget = (listener) => {
      listening.delete(listener);
      forget(listener);
    };
    await dispatch(fakeDispatch())({ ...call, strict }, to);
    assert.equal(wires.length, strict ? 0 : 1);
    assert.equal(listening.size, 0);
  });
}

const beginnings: readonly (readonly [
  why: string,
  headers: WireHeaders,
  status: number,
  pieces: readonly string[],
  at: number,
])[] = [
  ['a stream with its first content', sse, 200, [': ping\n\n', role, word('a'), stop, end], 2],
  ['a body with its first byte', { 'content-type': 'application/json' }, 200, ['{"choices"', ':[]}'], 0],
  ['an error with its first byte', {}, 500, ['{}'], 0],
];
for (const [why, headers, status, pieces, expected] of beginnings) {
  test(`the transport learns that an answer begins: ${why}`, async () => {
    const told: number[] = [];
    const { run } = rig([
      (to) => {
        to.head({ status, headers });
        for (const [at, piece] of pieces.entries())
          to.data(Buffer.from(piece), { ...flow, answering: () => told.push(at) });
        return done;
      },
    ]);
    await run();
    assert.equal(told[0], expected);
  });
}

test('a slow reader pauses the upstream until it has drained', async () => {
  const moves: string[] = [];
  const slow: Play = async (to) => {
    to.head({ status: 200, headers: sse });
    to.data(Buffer.from(role + word('a')), {
      pause: () => moves.push('pause'),
      resume: () => moves.push('resume'),
    });
    await settled();
    moves.push('more');
    to.data(Buffer.from(stop + end), flow);
    return done;
  };
  const { run, to } = rig([slow]);
  to.hold();
  const running = run();
  await settled();
  assert.deepEqual(moves.slice(0, 1), ['pause']);
  assert.ok(!moves.includes('resume'));
  to.release();
  await running;
  assert.ok(moves.includes('resume'));
});

test('a translated call carries its ledger; strict refuses before anything is sent', async () => {
  const body = { model: 'fast', max_tokens: 5, seed: 1, messages: [{ role: 'user', content: 'hi' }] };
  const lenient = rig([says(200, {}, '{}')], { protocols: [anthropicMessages], body });
  await lenient.run();
  assert.ok(
    lenient.call.receipt.ledger?.some((entry) => entry.field === 'seed' && entry.outcome === 'dropped'),
  );
  const strict = rig([says(200, {}, '{}')], { protocols: [anthropicMessages], body });
  const call = { ...strict.call, strict: true };
  const result = await dispatch(fakeDispatch())(call, strict.to);
  assert.ok(!result.ok && result.error.code === 'translation_loss' && /seed/.test(result.error.message));
  assert.equal(strict.wires.length, 0);
});

test('strict refuses a loss among more fields than the ledger names', async () => {
  const strange = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`strange_${i}`, 1]));
  const body = { model: 'fast', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }], ...strange };
  const { call, to, wires } = rig([says(200, {}, '{}')], { protocols: [anthropicMessages], body });
  const result = await dispatch(fakeDispatch())({ ...call, strict: true }, to);
  assert.ok(!result.ok && result.error.code === 'translation_loss');
  assert.match(result.error.message, /strange_49, and 4950 more\.$/);
  assert.equal(wires.length, 0);
});

test('counting without a counter upstream is an estimate, named in the ledger', async () => {
  const call = fakePlanned({
    face: anthropicMessages,
    operation: 'count',
    body: '{"model":"fast","messages":[{"role":"user","content":"hi"}]}',
    targets: [fakeTarget('m')],
  });
  const to = new RecordingReceiver();
  const result = await dispatch(fakeDispatch())(call, to);
  assert.equal(result.ok, true);
  assert.match(to.text, /^\{"input_tokens":\d+\}$/);
  assert.equal(call.receipt.ledger?.[0]?.field, 'input_tokens');
});

const counting: readonly (readonly [
  why: string,
  parts: { readonly upstream?: number | 'fails'; readonly tokenizer?: number; readonly learned?: number },
  tokens: RegExp,
  how: string,
])[] = [
  ['its upstream knows exactly', { upstream: 41, tokenizer: 30 }, /^41$/, 'mapped: counted by the upstream'],
  ['else our tokenizer', { tokenizer: 30 }, /^30$/, 'approximated: counted by our tokenizer'],
  ['nothing is not counted', { tokenizer: 0 }, /^1$/, 'approximated: counted by our tokenizer'],
  [
    'an upstream that fails does not count',
    { upstream: 'fails', tokenizer: 30 },
    /^30$/,
    'approximated: counted by our tokenizer',
  ],
  ['else its size', {}, /^100\d$/, 'approximated: estimated from size'],
  ['as replies have taught it', { learned: 2 }, /^20[0-9]\d$/, 'approximated: estimated from size'],
];
for (const [why, { upstream: own, tokenizer, learned }, tokens, how] of counting) {
  test(`counting: ${why}`, async () => {
    const tokenRatios = new TokenRatios();
    if (learned !== undefined)
      tokenRatios.learn('m', Buffer.alloc(learned * 2_000), { ...noUsage, fresh: 2_000 });
    const count = (): Promise<number> =>
      own === 'fails' ? Promise.reject(new Error('no')) : Promise.resolve(own ?? 0);
    const upstream = { ...fakeUpstream(), tokenRatios, ...(own === undefined ? {} : { count }) };
    const call = fakePlanned({
      face: anthropicMessages,
      operation: 'count',
      body: { model: 'fast', messages: [{ role: 'user', content: 'a'.repeat(3_950) }] },
      targets: [fakeTarget('m', { upstream })],
    });
    const to = new RecordingReceiver();
    const counter = tokenizer === undefined ? undefined : { count: () => Promise.resolve(tokenizer) };
    await dispatch({ ...fakeDispatch(), tokenizer: counter })(call, to);
    assert.match(String(JSON.parse(to.text).input_tokens), tokens);
    const [entry] = call.receipt.ledger ?? [];
    assert.equal(`${entry?.outcome}: ${entry?.note}`, how);
  });
}

test('a reply teaches how its model cuts text, and later guesses go by it', async () => {
  const body = { model: 'fast', stream: true, messages: [{ role: 'user', content: 'a'.repeat(6_000) }] };
  const stated = 'data: {"id":"1","choices":[],"usage":{"prompt_tokens":2000,"completion_tokens":3}}\n\n';
  const { call, targets } = rig([streams(role, word('hello'), stop, stated, end)], { body });
  const tokenRatios = new TokenRatios();
  const [target] = targets as [Target];
  const taught = { ...call, targets: [{ ...target, upstream: { ...target.upstream, tokenRatios } }] };
  await dispatch(fakeDispatch())(taught, new RecordingReceiver());
  assert.equal(tokenRatios.learned('m'), call.wire.bytes.length / 2_000);
});

test('who leaves while a proof is fetched is let go at once', async () => {
  const never = new Promise<WireHeaders>(() => {});
  const { run, to, call, wires, targets } = rig([good], { signer: { sign: () => never } });
  const result = run();
  to.cancel.request('the caller left');
  const outcome = await result;
  assert.equal(!outcome.ok && outcome.error.code, 'client_gone');
  assert.equal(call.receipt.attempts[0]?.outcome, 'client_gone');
  assert.equal(targets[0]?.upstream.load.inflight, 0);
  assert.equal(wires.length, 0);
});

for (const [status, times] of [
  [401, 1],
  [403, 1],
  [400, 0],
  [500, 0],
] as const) {
  test(`a status of ${status} ${times === 1 ? 'says' : 'does not say'} that the proof is refused`, async () => {
    let refusals = 0;
    const signer: Signer = {
      sign: () => ({}),
      refused: () => {
        refusals += 1;
      },
    };
    await rig([says(status, { 'content-type': 'application/json' }, '{}')], { signer }).run();
    assert.equal(refusals, times);
  });
}
