import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineFramer } from './line-framer.ts';

interface Cut {
  readonly lines: string[];
  readonly rest: string | undefined;
  readonly overflows: number;
}

function cut(chunks: readonly Buffer[], bound = 1024): Cut {
  const lines: string[] = [];
  let overflows = 0;
  const framer = new LineFramer(bound, {
    lines: (bytes) => lines.push(bytes.toString()),
    overflow: () => {
      overflows += 1;
    },
  });
  for (const chunk of chunks) framer.push(chunk);
  return { lines, rest: framer.rest()?.toString(), overflows };
}

const rows: readonly (readonly [
  why: string,
  chunks: readonly string[],
  lines: readonly string[],
  rest: string | undefined,
])[] = [
  ['a line is a line', ['a\n'], ['a\n'], undefined],
  ['lines of one read stay together', ['a\nb\n'], ['a\nb\n'], undefined],
  ['half a line waits', ['a\nb', 'c\n'], ['a\n', 'bc\n'], undefined],
  ['the end may come alone', ['a', '\n'], ['a\n'], undefined],
  ['a CR stays where it is, even when cut off', ['a\r', '\nb\r\n'], ['a\r\nb\r\n'], undefined],
  ['a CR alone ends nothing', ['a\rb'], [], 'a\rb'],
  ['the rest is told at the end', ['a\nb'], ['a\n'], 'b'],
  ['nothing is nothing', ['', '\n', ''], ['\n'], undefined],
];

for (const [why, chunks, lines, rest] of rows) {
  test(`lines: ${why}`, () => {
    const got = cut(chunks.map((chunk) => Buffer.from(chunk)));
    assert.deepEqual(got, { lines, rest, overflows: 0 });
  });
}

test('lines: cut at any byte they are the same', () => {
  const whole = Buffer.from('{"a":"é"}\n\r\n{"b":"\u{1f600}"}\r\nrest');
  for (let at = 0; at <= whole.length; at += 1) {
    const { lines, rest } = cut([whole.subarray(0, at), whole.subarray(at)]);
    assert.equal(lines.join('') + (rest ?? ''), whole.toString());
    assert.ok(lines.every((line) => line.endsWith('\n')));
  }
});

test('lines: one that grows beyond the bound is told once, and then there is silence', () => {
  const { lines, rest, overflows } = cut(
    [Buffer.from('a\n'), Buffer.from('1234'), Buffer.from('56789'), Buffer.from('b\n')],
    8,
  );
  assert.deepEqual({ lines, rest, overflows }, { lines: ['a\n'], rest: undefined, overflows: 1 });
});
