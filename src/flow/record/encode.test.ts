import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failedEnd, fakeCaller, fakeProtocol, fakeUsage, okEnd } from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asCallId } from '../../canonical/ids.ts';
import { perMillion } from '../../canonical/money.ts';
import { ReceiptDraft } from '../../canonical/receipt.ts';
import type { End } from '../stage.ts';
import { closeReceipt } from './close.ts';
import { createReceiptEncoder } from './encode.ts';

const arrivedWall = Date.UTC(2026, 10, 20, 7, 8, 9, 45);

function draft(): ReceiptDraft {
  return new ReceiptDraft(asCallId('call-1'), 'plain', 'chat', 100, arrivedWall);
}

function lineOf(of: ReceiptDraft, end: End = okEnd(), redact = (text: string) => text): string {
  const reach = { face: fakeProtocol(), status: 200, passed: 10, waiting: 5, started: true };
  return createReceiptEncoder(redact)(closeReceipt(of, end, reach, 1334.5678));
}

test('a full receipt, field by field and in this order', () => {
  const of = draft();
  of.askedModel = 'fast';
  of.model = 'quick';
  of.stream = true;
  of.bytesIn = 250;
  of.caller = fakeCaller();
  of.changed = ['temperature'];
  of.cache = 'miss';
  of.choices = [{ target: 'here/small', reason: 'first by priority' }];
  const price = {
    input: perMillion(1),
    output: perMillion(2),
    cacheRead: perMillion(0),
    cacheWrite: perMillion(0),
  };
  of.attempts.push(
    { target: 'here/huge', startedAt: 0, endedAt: 0.1, outcome: 'upstream_refused', price },
    {
      target: 'here/big',
      startedAt: 0.1,
      endedAt: 3,
      outcome: 'upstream_timeout',
      usage: { ...fakeUsage(8, 0), estimated: true },
      price,
    },
    {
      target: 'here/small',
      startedAt: 3.456,
      firstContentAt: 12,
      endedAt: 20.999,
      outcome: 'ok',
      status: 200,
      usage: fakeUsage(10, 5),
      price,
    },
  );
  of.upstream = 'here';
  of.upstreamModel = 'small';
  of.ledger = [{ field: 'seed', outcome: 'dropped', note: 'was 7' }];
  of.replyLedger = [{ field: 'logprobs', outcome: 'approximated' }];
  of.price = price;
  of.firstContentAt = 12;
  assert.equal(
    lineOf(of, okEnd({ ...fakeUsage(18, 5), estimated: true })),
    '{"id":"call-1","at":"2026-11-20T07:08:09.045Z","tenant":"acme","project":"demo","user":"ada","key":"key-1",' +
      '"face":"plain","op":"chat","asked":"fast","model":"quick","upstream":"here","upstream_model":"small",' +
      '"stream":true,"status":200,"outcome":"ok","started":true,"cache":"miss","attempts":[' +
      '{"target":"here/huge","start_ms":0.00,"end_ms":0.10,"outcome":"upstream_refused"},' +
      '{"target":"here/big","start_ms":0.10,"end_ms":3.00,"outcome":"upstream_timeout",' +
      '"tokens":{"fresh":8,"cache_read":0,"cache_write":0,"output":0,"reasoning":0,"estimated":true},"cost_nano":"8000"},' +
      '{"target":"here/small","start_ms":3.46,"first_content_ms":12.00,"end_ms":21.00,"outcome":"ok","status":200,' +
      '"tokens":{"fresh":10,"cache_read":0,"cache_write":0,"output":5,"reasoning":0,"estimated":false},"cost_nano":"20000"}],' +
      '"choices":[{"target":"here/small","reason":"first by priority"}],"changed":["temperature"],' +
      '"ledger":["dropped:seed","approximated:logprobs"],' +
      '"tokens":{"fresh":18,"cache_read":0,"cache_write":0,"output":5,"reasoning":0,"estimated":true},' +
      '"cost_nano":"28000","cost_state":"priced","ms":{"total":1234.57,"first_content":12.00},' +
      '"bytes":{"in":250,"out":15}}',
  );
});

test('what is not counted in tokens is said beside them', () => {
  const { tokens, units } = JSON.parse(
    lineOf(draft(), okEnd({ ...fakeUsage(0, 0), units: { images: 2, seconds: 0.5 } })),
  );
  assert.equal(tokens.fresh, 0);
  assert.deepEqual(units, { images: 2, seconds: 0.5 });
  assert.deepEqual(JSON.parse(lineOf(draft(), okEnd({ ...fakeUsage(0, 0), units: {} }))).units, {});
});

test('what is unknown is absent', () => {
  const of = draft();
  of.askedModel = 'nonesuch';
  const error = new GatewayError('model_not_found', 'There is no model "nonesuch".');
  assert.deepEqual(JSON.parse(lineOf(of, failedEnd(error))), {
    id: 'call-1',
    at: '2026-11-20T07:08:09.045Z',
    face: 'plain',
    op: 'chat',
    asked: 'nonesuch',
    stream: false,
    status: 200,
    outcome: 'model_not_found',
    started: true,
    cache: 'off',
    tokens: { fresh: 0, cache_read: 0, cache_write: 0, output: 0, reasoning: 0, estimated: false },
    cost_nano: '0',
    cost_state: 'free',
    ms: { total: 1234.57 },
    bytes: { in: 0, out: 10 },
    error: { code: 'model_not_found', message: 'There is no model "nonesuch".' },
  });
});

test('what was saved is said', () => {
  const of = draft();
  of.cache = 'hit';
  of.price = {
    input: perMillion(1),
    output: perMillion(2),
    cacheRead: perMillion(0),
    cacheWrite: perMillion(0),
  };
  const line = JSON.parse(lineOf(of));
  assert.deepEqual([line.cost_nano, line.cost_state, line.saved_nano], ['0', 'free', '20000']);
});

for (const [says, name] of [
  ['quotes and backslashes', 'a"b\\c'],
  ['line ends', 'a\r\nb\u2028c'],
  ['letters of the world', 'modèle 模型 🚦'],
  ['half a surrogate pair', 'a\ud800b'],
] as const) {
  test(`a line stays one line of ASCII: ${says}`, () => {
    const of = draft();
    of.askedModel = name;
    const line = lineOf(of);
    assert.match(line, /^[\x20-\x7e]+$/);
    assert.equal(JSON.parse(line).asked, name);
  });
}

test('what others wrote is redacted, then cut', () => {
  const of = draft();
  of.askedModel = `hunter2${'x'.repeat(1000)}`;
  const error = new GatewayError('not_found', `No hunter2 ${'y'.repeat(285)}hunter2.`);
  const line = lineOf(of, failedEnd(error), (text) => text.replaceAll('hunter2', '***'));
  assert.equal(JSON.parse(line).error.message, `No *** ${'y'.repeat(285)}***.`.slice(0, 300));
  assert.equal(JSON.parse(line).asked, `***${'x'.repeat(197)}`);
});

test('a receipt is encoded once, whoever asks', () => {
  let redactions = 0;
  const encode = createReceiptEncoder((text) => {
    redactions += 1;
    return text;
  });
  const closed = closeReceipt(
    draft(),
    okEnd(),
    { face: fakeProtocol(), status: 200, passed: 0, waiting: 0, started: true },
    1,
  );
  closed.draft.askedModel = 'fast';
  assert.equal(encode(closed), encode(closed));
  assert.equal(redactions, 1);
});

for (const [wall, at] of [
  [0, '1970-01-01T00:00:00.000Z'],
  [999.9, '1970-01-01T00:00:00.999Z'],
  [1010, '1970-01-01T00:00:01.010Z'],
  [951782400000, '2000-02-29T00:00:00.000Z'],
] as const) {
  test(`the time of ${wall} is ${at}, whatever was written before`, () => {
    const encode = createReceiptEncoder((text) => text);
    const reach = { face: fakeProtocol(), status: 200, passed: 0, waiting: 0, started: true };
    for (const time of [500, wall]) {
      const of = new ReceiptDraft(asCallId('call-1'), 'plain', 'chat', 0, time);
      const line = JSON.parse(encode(closeReceipt(of, okEnd(), reach, 1)));
      if (time === wall) assert.equal(line.at, at);
    }
  });
}

test('keepalives are counted where there were any', () => {
  const of = draft();
  assert.equal((JSON.parse(lineOf(of)) as { keepalives?: number }).keepalives, undefined);
  const other = draft();
  other.keepalives = 3;
  assert.equal((JSON.parse(lineOf(other)) as { keepalives?: number }).keepalives, 3);
});

test('waits come before the attempts they were for', () => {
  const of = draft();
  of.queued = [
    { target: 'busy/m', startedAt: 0.5, outcome: 'no_room' },
    { target: 'gpu/m', startedAt: 1, position: 7, ms: 1_200, outcome: 'served' },
  ];
  of.attempts.push({ target: 'gpu/m', startedAt: 1_201, outcome: 'ok' });
  assert.match(
    lineOf(of),
    /"queued":\[\{"target":"busy\/m","start_ms":0\.50,"outcome":"no_room"\},\{"target":"gpu\/m","start_ms":1\.00,"position":7,"ms":1200\.00,"outcome":"served"\}\],"attempts":\[\{"target":"gpu\/m",/,
  );
});
