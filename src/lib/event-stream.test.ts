import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { EventStreamFramer, encodeHeaders, encodeMessage, readMessages } from './event-stream.ts';

const MOST = 1024;

/** Written by AWS's own codec. */
const RECORDED = Buffer.from(
  '00000099000000574c3b5e5f0d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070011636f6e74656e74426c6f636b44656c74610d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b2264656c7461223a7b2274657874223a224772c3bcc39f65227d2c22636f6e74656e74426c6f636b496e646578223a307dff2f9f7f',
  'hex',
);
/** One header of every type. */
const EVERY_TYPE = Buffer.from(
  '0000005d0000004dadcce93e016100016201016302010164030002016504000000030166060002787901670700046c617374016808000000e8d4a5100001690900000000000040008000000000000000017a070004456e64659a04ba73',
  'hex',
);

const headers = encodeHeaders({
  ':message-type': 'event',
  ':event-type': 'contentBlockDelta',
  ':content-type': 'application/json',
});

test('a message is written as the vendor writes it', () => {
  assert.deepEqual(encodeMessage(headers, '{"delta":{"text":"Grüße"},"contentBlockIndex":0}'), RECORDED);
});

test('a message is read again', () => {
  const [message] = readMessages(RECORDED);
  assert.equal(message?.headers.get(':event-type'), 'contentBlockDelta');
  assert.equal(message?.payload.toString(), '{"delta":{"text":"Grüße"},"contentBlockIndex":0}');
});

test('headers that are no text are stepped over', () => {
  const [message] = readMessages(EVERY_TYPE);
  assert.deepEqual(
    [...(message?.headers ?? [])],
    [
      ['g', 'last'],
      ['z', 'Ende'],
    ],
  );
  assert.equal(message?.payload.length, 0);
});

interface Cut {
  readonly messages: readonly string[];
  readonly broken: string | undefined;
  readonly pending: number;
}

function cut(pieces: readonly Buffer[]): Cut {
  const frames: Buffer[] = [];
  let broken: string | undefined;
  const framer = new EventStreamFramer(MOST, {
    messages: (bytes) => frames.push(bytes),
    broken: (why) => {
      assert.equal(broken, undefined, 'said once');
      broken = why;
    },
  });
  for (const piece of pieces) framer.push(piece);
  const messages = readMessages(Buffer.concat(frames)).map(({ payload }) => payload.toString());
  return { messages, broken, pending: framer.pending };
}

const texts = ['', '{}', '{"text":"→ 🤔"}', `"${'x'.repeat(300)}"`, 'last'];
const stream = Buffer.concat(texts.map((text) => encodeMessage(headers, text)));

function damaged(at: number): Buffer {
  const bytes = Buffer.from(stream);
  bytes[at] = (bytes[at] ?? 0) ^ 0x40;
  return bytes;
}

function startOf(index: number): number {
  return readMessages(stream)[index]!.start;
}

const streams: readonly (readonly [why: string, bytes: Buffer, whole: number, broken: RegExp | undefined])[] =
  [
    ['sound', stream, 5, undefined],
    ['cut short', stream.subarray(0, -1), 4, undefined],
    ['a length that was changed', damaged(startOf(2) + 3), 2, /checksum of a message length/],
    ['a length so large that it would be waited for', damaged(startOf(2)), 2, /checksum of a message length/],
    ['a header that was changed', damaged(startOf(2) + 20), 2, /checksum of a message is wrong/],
    ['a payload that was changed', damaged(startOf(3) - 5), 2, /checksum of a message is wrong/],
    ['a checksum that was changed', damaged(startOf(3) - 1), 2, /checksum of a message is wrong/],
    [
      'a message beyond the bound',
      Buffer.concat([stream, encodeMessage(headers, 'x'.repeat(MOST))]),
      5,
      /larger than/,
    ],
    ['text in its place', Buffer.from('data: {"not":"binary"}\n\n'), 0, /checksum of a message length/],
  ];

for (const [why, bytes, whole, broken] of streams) {
  test(`the same messages however it is cut: ${why}`, () => {
    const expected = cut([bytes]);
    assert.deepEqual(expected.messages, texts.slice(0, whole));
    if (broken === undefined) assert.equal(expected.broken, undefined);
    else assert.match(expected.broken ?? '', broken);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(cut([bytes.subarray(0, at), bytes.subarray(at)]), expected, `cut at ${at}`);
    }
    for (const size of [1, 2, 3, 7, 11, 64]) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      assert.deepEqual(cut(pieces), expected, `pieces of ${size}`);
    }
  });
}

for (const [total, ofHeaders] of [
  [15, 0],
  [100, 85],
  [MOST, MOST],
] as const) {
  test(`lengths that do not fit together are found though their checksum is right: ${total}, ${ofHeaders}`, () => {
    const bytes = Buffer.alloc(MOST);
    bytes.writeUInt32BE(total, 0);
    bytes.writeUInt32BE(ofHeaders, 4);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    assert.match(cut([bytes]).broken ?? '', /lengths of a message do not fit/);
  });
}

test('what goes out is not written over by what comes after', () => {
  const frames: Buffer[] = [];
  const framer = new EventStreamFramer(MOST, {
    messages: (bytes) => frames.push(bytes),
    broken: assert.fail,
  });
  const first = encodeMessage(headers, 'first');
  const second = encodeMessage(headers, 'other');
  for (const message of [first, second]) {
    framer.push(message.subarray(0, 20));
    framer.push(message.subarray(20));
  }
  assert.deepEqual(frames, [first, second]);
});
