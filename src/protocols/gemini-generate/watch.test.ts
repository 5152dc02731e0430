import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FrameKind } from '../../canonical/protocol.ts';
import { chunk, decodeFrames, frame, told, watch } from './replay.ts';

const usageMetadata = { promptTokenCount: 9, candidatesTokenCount: 3 };
const usage = { fresh: 9, cacheRead: 0, cacheWrite: 0, output: 3, reasoning: 0, estimated: false };
const says = frame(chunk([{ text: 'a' }], {}, { usageMetadata }));
const ends = frame(chunk([{ text: '' }], { finishReason: 'STOP' }));
const alive = 'data: {}\r\n\r\n';

interface Row {
  readonly why: string;
  readonly reads: readonly string[];
  readonly kinds: readonly FrameKind[];
  readonly fault?: string;
}

const rows: readonly Row[] = [
  {
    why: 'an answer from first to last',
    reads: [says, says, ends],
    kinds: ['content', 'content', 'content', 'terminal'],
  },
  {
    why: 'signs of life before it begins are no content',
    reads: [alive, says, ends],
    kinds: ['prelude', 'content', 'content', 'terminal'],
  },
  {
    why: 'an opening without words is none either',
    reads: [frame(chunk([{ text: '' }])), says, ends],
    kinds: ['prelude', 'content', 'content', 'terminal'],
  },
  { why: 'an answer that is only a reason', reads: [ends], kinds: ['content', 'terminal'] },
  {
    why: 'usage behind the reason',
    reads: [says, ends, frame({ usageMetadata })],
    kinds: ['content', 'content', 'content', 'terminal'],
  },
  {
    why: 'a blocked prompt',
    reads: [frame({ promptFeedback: { blockReason: 'SAFETY' } })],
    kinds: ['content', 'terminal'],
  },
  {
    why: 'a stream without a reason was cut',
    reads: [says],
    kinds: ['content'],
    fault: 'upstream_truncated',
  },
  { why: 'and one without anything', reads: [], kinds: [], fault: 'upstream_truncated' },
  {
    why: 'a last event without its blank line counts',
    reads: [says, ends.trimEnd()],
    kinds: ['content', 'content', 'terminal'],
  },
  {
    why: 'half an event at the end does not',
    reads: [says, ends.slice(0, -9)],
    kinds: ['content'],
    fault: 'upstream_garbled',
  },
  {
    why: 'an error in the middle',
    reads: [says, frame({ error: { code: 503, message: 'x', status: 'UNAVAILABLE' } })],
    kinds: ['content'],
    fault: 'upstream_overloaded',
  },
  {
    why: 'garbage in the middle',
    reads: [says, 'data: {"candidates": [}\r\n\r\n', ends],
    kinds: ['content'],
    fault: 'upstream_garbled',
  },
  {
    why: 'a call that is malformed',
    reads: [says, frame(chunk([], { finishReason: 'MALFORMED_FUNCTION_CALL' }))],
    kinds: ['content'],
    fault: 'upstream_fault',
  },
  {
    why: 'lines that end as others end them',
    reads: [says.replaceAll('\r', ''), ends.replaceAll('\r\n', '\r')],
    kinds: ['content', 'content', 'terminal'],
  },
];

describe('a stream', () => {
  for (const { why, reads, kinds, fault } of rows) {
    test(why, () => {
      const watched = watch(reads);
      assert.deepEqual(watched.kinds, kinds);
      assert.equal(watched.fault?.code, fault);
    });
  }

  test('the last usage counts, also that of a read which nobody looked at', () => {
    const later = { promptTokenCount: 9, candidatesTokenCount: 5 };
    const plain = watch([says, says, frame(chunk([{ text: 'b' }], {}, { usageMetadata: later }))]);
    assert.deepEqual(plain.usage, { ...usage, output: 5 });
    assert.deepEqual(watch([says, ends]).usage, usage);
  });

  test('words inside strings are only words', () => {
    const tricky = frame(chunk([{ text: '"finishReason": "STOP", "error": {}' }]));
    assert.equal(watch([says, tricky]).fault?.code, 'upstream_truncated');
  });

  test('however it was cut, it says the same', () => {
    const bytes = Buffer.from([says, alive, frame(chunk([{ text: 'é👋', thought: true }])), ends].join(''));
    const whole = watch([bytes]);
    const check = (reads: readonly Buffer[], where: string): void => {
      const cut = watch(reads);
      assert.deepEqual(Buffer.concat(cut.frames), Buffer.concat(whole.frames), where);
      assert.deepEqual(told(decodeFrames(cut.frames)), told(decodeFrames(whole.frames)), where);
      assert.deepEqual([cut.usage, cut.pieces], [whole.usage, whole.pieces], where);
    };
    for (let at = 1; at < bytes.length; at += 1)
      check([bytes.subarray(0, at), bytes.subarray(at)], `cut at ${at}`);
    check(
      Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)),
      'byte by byte',
    );
  });

  test('ended at any byte before its reason, it is a fault', () => {
    const bytes = Buffer.from([says, says, ends].join(''));
    const reason = bytes.indexOf('"finishReason"');
    for (let at = 0; at < reason; at += 1) {
      const { fault, kinds } = watch([bytes.subarray(0, at)]);
      assert.notEqual(fault, undefined, `ended after ${at} bytes`);
      assert.ok(!kinds.includes('terminal'));
    }
  });
});

describe('a body', () => {
  for (const [why, body, kinds, fault] of [
    ['an answer', chunk([{ text: 'a' }], { finishReason: 'STOP' }), ['terminal'], undefined],
    ['a blocked prompt', { promptFeedback: { blockReason: 'OTHER' } }, ['terminal'], undefined],
    ['no candidates and no reason', { candidates: [], usageMetadata }, [], 'upstream_garbled'],
    ['an error', { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, [], 'upstream_rate_limited'],
    ['a broken call', chunk([], { finishReason: 'MALFORMED_FUNCTION_CALL' }), [], 'upstream_fault'],
    ['another kind of reply', { object: 'chat.completion', choices: [] }, [], 'upstream_garbled'],
  ] as const) {
    test(why, () => {
      const watched = watch([JSON.stringify(body)], false);
      assert.deepEqual(watched.kinds, kinds);
      assert.equal(watched.fault?.code, fault);
    });
  }

  test('a list of chunks, as streams come that nobody asked for, is none', () => {
    assert.equal(watch(['[{"candidates":[]}]'], false).fault?.code, 'upstream_garbled');
  });
});

test('a count is a number, or an error', () => {
  assert.deepEqual(watch(['{"totalTokens":7}'], false, 'count').kinds, ['terminal']);
  assert.equal(watch(['{"candidates":[]}'], false, 'count').fault?.code, 'upstream_garbled');
});
