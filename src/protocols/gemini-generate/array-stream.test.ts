import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reframe } from './array-stream.ts';

const query = (text: string) => new URLSearchParams(text);

test('events are what is sent to who asks for them', () => {
  assert.equal(reframe(query('alt=sse')), undefined);
  assert.equal(reframe(query('key=x&alt=sse')), undefined);
});

describe('anybody else gets one array', () => {
  for (const [why, pieces, expected] of [
    [
      'of chunks, however they came',
      ['data: {"a":1}\r\n\r\ndata: {"b":2}\r\n\r\n', 'data: {"c":"é"}\n\n'],
      [{ a: 1 }, { b: 2 }, { c: 'é' }],
    ],
    ['without comments and empty events', [': alive\n\n', 'data: {"a":1}\n\n', 'data:\n\n'], [{ a: 1 }]],
    ['of nothing', [], []],
  ] as const) {
    test(why, () => {
      const framing = reframe(query(''));
      const text = pieces.map((piece) => framing?.events(Buffer.from(piece))).join('') + framing?.end();
      assert.deepEqual(JSON.parse(text), expected);
    });
  }
});
