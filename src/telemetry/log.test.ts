import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { asCallId, Secret } from '../canonical/ids.ts';
import { nanoDollars } from '../canonical/money.ts';
import { type Receipt, ReceiptDraft } from '../canonical/receipt.ts';
import { noUsage } from '../canonical/usage.ts';
import { createLog, type LogLevel, type LogOptions } from './log.ts';
import { createRedactor } from './redact.ts';

const wall = Date.UTC(2026, 0, 1, 12, 30, 5);

function rig(options: Partial<LogOptions> = {}) {
  const clock = new FakeClock(wall);
  const texts: string[] = [];
  const log = createLog({
    write: (text) => texts.push(text) > 0,
    level: 'info',
    format: 'json',
    clock,
    ticker: clock,
    redact: createRedactor([new Secret('hunter22')]),
    encode: (of) => `{"id":"${of.draft.id}"}`,
    ...options,
  });
  return { clock, texts, log };
}

function receipt(parts: Partial<Receipt> = {}, draftParts: Partial<ReceiptDraft> = {}): Receipt {
  const draft = new ReceiptDraft(asCallId('call-1'), 'plain', 'chat', 0, wall);
  Object.assign(draft, { status: 200, askedModel: 'fast', model: 'fast' }, draftParts);
  return {
    draft,
    endedAt: 532.4,
    outcome: 'ok',
    started: true,
    usage: { ...noUsage, fresh: 100, cacheRead: 20, output: 45 },
    cost: nanoDollars(21_000n),
    costState: 'priced',
    ...parts,
  };
}

test('a call is a line of JSON, a quarter of a second later at most', () => {
  const { clock, texts, log } = rig();
  log.take(receipt());
  clock.advance(249);
  assert.deepEqual(texts, []);
  clock.advance(1);
  assert.deepEqual(texts, ['{"level":"info","type":"call","id":"call-1"}\n']);
});

test('an event has its time, its fields and no secrets', () => {
  const { texts, log } = rig();
  log.event('error', 'Cannot reach "hunter22".', { upstream: 'here', port: 8080, note: undefined });
  log.flush();
  assert.deepEqual(texts, [
    '{"level":"error","type":"event","at":"2026-01-01T12:30:05.000Z","message":"Cannot reach \\"[redacted]\\".","upstream":"here","port":8080}\n',
  ]);
});

test('an event’s fields cannot take the place of its own', () => {
  const { texts, log } = rig();
  log.event('warn', 'Careful.', { level: 'debug', message: 'nothing' });
  log.flush();
  const line = JSON.parse(texts.join(''));
  assert.deepEqual([line.level, line.message], ['warn', 'Careful.']);
});

const levels: readonly (readonly [
  says: string,
  level: LogOptions['level'],
  outcome: Receipt['outcome'],
  written: LogLevel | undefined,
])[] = [
  ['a good call is information', 'info', 'ok', 'info'],
  ['which those who want warnings do not see', 'warn', 'ok', undefined],
  ['a caller’s mistake is a warning', 'warn', 'rate_limited', 'warn'],
  ['which those who want errors do not see', 'error', 'rate_limited', undefined],
  ['an upstream’s failure is an error', 'error', 'upstream_timeout', 'error'],
  ['so is ours', 'error', 'internal', 'error'],
  ['silence is silence', 'silent', 'internal', undefined],
];

for (const [says, level, outcome, written] of levels) {
  test(`levels: ${says}`, () => {
    const { texts, log } = rig({ level });
    log.take(receipt({ outcome }));
    log.event(written ?? 'debug', 'the same for events');
    log.flush();
    const lines = texts
      .join('')
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).level),
      written === undefined ? [] : [written, written],
    );
  });
}

test('the level can be changed while it runs', () => {
  const { texts, log } = rig({ level: 'silent' });
  log.event('error', 'unheard');
  log.setLevel('warn');
  log.event('warn', 'heard');
  log.event('info', 'too quiet');
  log.setLevel('silent');
  log.event('error', 'unheard again');
  log.flush();
  assert.deepEqual(
    texts
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message),
    ['heard'],
  );
});

test('closing flushes and stops the ticker', () => {
  const { clock, texts, log } = rig();
  log.take(receipt());
  log.close();
  assert.equal(texts.length, 1);
  log.take(receipt());
  clock.advance(1000);
  assert.equal(texts.length, 1);
});

test('lines that were dropped are a warning', () => {
  let stuck = true;
  const texts: string[] = [];
  const { log } = rig({ write: (text) => !stuck && texts.push(text) > 0 });
  log.event('info', 'x'.repeat(2 * 1024 * 1024));
  log.event('info', 'lost too');
  stuck = false;
  log.flush();
  const line = JSON.parse(texts.join(''));
  assert.deepEqual([line.level, line.count], ['warn', 2]);
});

function plain(text: string): string {
  return text.replaceAll('\x1b', '').replace(/\[\d+m/g, '');
}

function time(): string {
  return new Date(wall).toTimeString().slice(0, 8);
}

const pretty: readonly (readonly [says: string, receipt: Receipt, line: string])[] = [
  [
    'a good call',
    receipt({}, { upstream: 'here', upstreamModel: 'small', cache: 'miss' }),
    '200  plain  fast → here/small  miss  120+45 tok  532 ms  $0.000021\n',
  ],
  [
    'a call without a price, its tokens estimated',
    receipt({ cost: undefined, costState: 'unpriced', usage: { ...noUsage, output: 3, estimated: true } }),
    '200  plain  fast  0+3~ tok  532 ms  unpriced\n',
  ],
  [
    'a call of which one attempt has no price',
    receipt({ costState: 'unpriced' }),
    '200  plain  fast  120+45 tok  532 ms  at least $0.000021\n',
  ],
  [
    'speech, which is counted in characters',
    receipt({
      cost: undefined,
      costState: 'unpriced',
      usage: { ...noUsage, fresh: 9, units: { characters: 30 } },
    }),
    '200  plain  fast  30 characters  532 ms  unpriced\n',
  ],
  [
    'sound of unknown length',
    receipt({ cost: undefined, costState: 'unpriced', usage: { ...noUsage, units: {} } }),
    '200  plain  fast  ? units  532 ms  unpriced\n',
  ],
  [
    'a refused call, whose caller cannot paint our terminal',
    receipt(
      { outcome: 'model_not_found', message: 'No model "\x1b[2J".', usage: noUsage, cost: nanoDollars(0n) },
      { status: 404, model: undefined, askedModel: '\x1b[2J' },
    ),
    '404  plain  ?[2J  0+0 tok  532 ms  $0.00  model_not_found: No model "?[2J".\n',
  ],
];

for (const [says, of, line] of pretty) {
  test(`for people: ${says}`, () => {
    const { texts, log } = rig({ format: 'pretty' });
    log.take(of);
    log.flush();
    assert.equal(plain(texts.join('')), `${time()}  ${line}`);
  });
}

test('for people: an event', () => {
  const { texts, log } = rig({ format: 'pretty' });
  log.event('warn', 'Slow\nstart.', { ms: 12, why: undefined });
  log.flush();
  assert.equal(plain(texts.join('')), `${time()}  warn  Slow?start.  ms=12\n`);
});

test('for people: colours tell good from bad', () => {
  const { texts, log } = rig({ format: 'pretty' });
  log.take(receipt());
  log.take(receipt({ outcome: 'internal' }, { status: 500 }));
  log.flush();
  assert.ok(texts.join('').includes('\x1b[32m200\x1b[0m'));
  assert.ok(texts.join('').includes('\x1b[31m500\x1b[0m'));
});
