import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents } from './sse.ts';
import { SseFramer } from './sse-framer.ts';

function frame(
  pieces: readonly Buffer[],
  bound = 1_000_000,
): { out: Buffer[]; rest: string; overflowed: boolean } {
  const out: Buffer[] = [];
  let overflowed = false;
  const framer = new SseFramer(bound, {
    events: (bytes) => out.push(Buffer.from(bytes)),
    overflow: () => {
      overflowed = true;
    },
  });
  for (const piece of pieces) framer.push(piece);
  return { out, rest: framer.rest()?.toString() ?? '', overflowed };
}

const streams: readonly (readonly [name: string, text: string])[] = [
  ['LF', 'data: {"a":"é😀"}\n\nevent: x\ndata: 1\n\n: comment\n\ndata: [DONE]\n\n'],
  ['CRLF', 'data: {"a":"é😀"}\r\n\r\nevent: x\r\ndata: 1\r\n\r\ndata: [DONE]\r\n\r\n'],
  ['CR', 'data: {"a":"é😀"}\r\revent: x\rdata: 1\r\rdata: [DONE]\r\r'],
  ['mixed', 'data: 1\n\r\ndata: 2\r\n\ndata: 3\n\n'],
  ['with BOM', '\ufeffdata: 1\n\ndata: two\n\n'],
];

for (const [name, text] of streams) {
  test(`${name}: any two cuts give the same events, none of them split`, () => {
    const bytes = Buffer.from(text);
    const whole = readEvents(bytes).map(({ name: event, data }) => ({ event, data }));
    for (let a = 0; a <= bytes.length; a += 1) {
      for (let b = a; b <= bytes.length; b += 3) {
        const { out, rest } = frame([bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]);
        assert.equal(Buffer.concat(out).toString() + rest, text);
        const events = out.flatMap((frames) =>
          readEvents(frames).map(({ name: event, data }) => ({ event, data })),
        );
        assert.deepEqual(events, whole, `cut at ${a} and ${b}`);
      }
    }
  });
}

test('byte by byte, a long event stays linear and whole', () => {
  const event = Buffer.from(`data: ${'x'.repeat(200_000)}\n\n`);
  const pieces = Array.from(event, (_byte, at) => event.subarray(at, at + 1));
  const { out } = frame(pieces);
  assert.deepEqual(Buffer.concat(out), event);
});

test('an event larger than the bound overflows once and is let go', () => {
  const { out, overflowed, rest } = frame(
    [Buffer.from('data: 1\n\n'), Buffer.alloc(90, 0x61), Buffer.alloc(20, 0x61)],
    100,
  );
  assert.equal(overflowed, true);
  assert.equal(Buffer.concat(out).toString(), 'data: 1\n\n');
  assert.equal(rest, '');
});

test('a frame that ends on a boundary is handed on without a copy', () => {
  const bytes = Buffer.from('data: 1\n\ndata: 2\n\n');
  const out: Buffer[] = [];
  new SseFramer(100, { events: (frames) => out.push(frames), overflow: () => undefined }).push(bytes);
  assert.equal(out[0], bytes);
});

test('readEvents gives byte spans, joins data lines and tolerates a missing space', () => {
  const bytes = Buffer.from('data:a\ndata: é\n\nevent:n\ndata: 2\n\n:only a comment\n\n');
  assert.deepEqual(readEvents(bytes), [
    { start: 0, end: 17, name: '', data: 'a\né' },
    { start: 17, end: 34, name: 'n', data: '2' },
  ]);
});

test('letters that are none leave every event in its place', () => {
  const wrong = Buffer.from('data: \xc3\xa9\xff\n\ndata: \xe2\x82!\n\ndata: \xc3\xa9\n\n', 'latin1');
  for (const mark of ['', '\ufeff']) {
    const bytes = Buffer.concat([Buffer.from(mark), wrong]);
    const events = readEvents(bytes);
    assert.deepEqual(
      events.map(({ data }) => data),
      ['é\ufffd', '\ufffd!', 'é'],
    );
    const from = Buffer.byteLength(mark);
    assert.deepEqual(
      events.map(({ start, end }) => [start - from, end - from]),
      [
        [0, 11],
        [11, 22],
        [22, 32],
      ],
    );
  }
});
