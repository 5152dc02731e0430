// The one claim: it accepts exactly what scanObject accepts, wherever in a longer text the object lies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatStream, messagesStream } from '../../test/testkit/replies.ts';
import { scanObject } from './json-scan.ts';
import { isObjectText } from './json-shape.ts';

const DEPTH = 6;

function scans(bytes: Buffer, maxDepth = DEPTH): boolean {
  try {
    scanObject(bytes, maxDepth);
    return true;
  } catch {
    return false;
  }
}

/** Alone, and among neighbours that would complete, close or continue what is cut. */
function assertAgrees(bytes: Buffer, maxDepth = DEPTH): boolean {
  const expected = scans(bytes, maxDepth);
  const text = bytes.toString('latin1');
  for (const [before, after] of [
    ['', ''],
    ['data: ', '\n\n'],
    ['data: {"a":"', '\n\ndata: {"b":1}\n\n'],
    ['{', '}'],
    ['[1,', ',"x":[1]}'],
    ['\\', '0"}]}'],
  ] as const) {
    const whole = before + text + after;
    const seen = isObjectText(whole, before.length, before.length + text.length, maxDepth);
    assert.equal(seen, expected, JSON.stringify([before, text, after]));
  }
  return expected;
}

const reply = {
  reasoning: 'Erst 1 → 2 🤔',
  text: ['Grüße, ', 'Wélt! 👋🏽', ' "quoted" \\ and\nnew line\\'],
  tools: [{ id: 'call_1', name: 'look_up', input: { place: 'Zürich', note: '😀 "x"', deep: [[1.5e3], {}] } }],
};
const seeds = [
  ...`${chatStream(reply)}${messagesStream(reply)}`
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => line.slice('data: '.length)),
  ' {"a":1 , "b" : [1,{"a":"}"}], "c":"x\\"y\\\\", "d":{}, "e":[], "f":null,"g":-1.5e+3,"h":[true,false,0] } ',
  '{"a":[[[[{}]]]]}',
  '{}',
].map((text) => Buffer.from(text));

test('events as they come are accepted', () => {
  for (const bytes of seeds) assert.equal(assertAgrees(bytes, 64), true, bytes.toString());
});

test('cut anywhere, an event is refused', () => {
  for (const bytes of seeds) {
    const whole = bytes.toString('latin1').trimEnd().length;
    for (let end = 0; end < whole; end += 1) assert.equal(assertAgrees(bytes.subarray(0, end), 64), false);
  }
});

test('nested to the bound and not one level further', () => {
  for (const [opening, closing] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    for (let levels = 0; levels < DEPTH + 3; levels += 1) {
      const inside = `${opening.repeat(levels)}1${closing.repeat(levels)}`;
      assert.equal(assertAgrees(Buffer.from(`{"a":${inside}}`)), levels < DEPTH);
    }
  }
  assert.equal(isObjectText(`{"a":${'['.repeat(1_000_000)}`, 0, 1_000_005, 512), false);
});

/** Marsaglia's xorshift: the same sequence in every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const ALPHABET = Buffer.from('{}[]"":,\\\\ \n\r\t0123-+.eEtrufalsn\u00e9\x00\ufeff', 'utf8');

function mutated(bytes: Buffer, roll: (below: number) => number): Buffer {
  const at = roll(bytes.length + 1);
  const letter = ALPHABET.subarray(roll(ALPHABET.length)).subarray(0, 1);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (roll(5)) {
    case 0:
      return Buffer.concat([head, letter, tail]);
    case 1:
      return Buffer.concat([head, letter, tail.subarray(1)]);
    case 2:
      return Buffer.concat([head, tail.subarray(1 + roll(4))]);
    case 3:
      return Buffer.concat([head, bytes.subarray(at, at + 1 + roll(6)), tail]);
    default:
      return Buffer.concat([head, tail.subarray(0, 2), letter, tail.subarray(2)]);
  }
}

test('however an event is mutilated, the two agree', () => {
  const roll = dice(0x5eed);
  let accepted = 0;
  const rounds = 20_000;
  for (let round = 0; round < rounds; round += 1) {
    let bytes = seeds[roll(seeds.length)] as Buffer;
    for (let times = roll(3); times >= 0; times -= 1) bytes = mutated(bytes, roll);
    if (assertAgrees(bytes)) accepted += 1;
  }
  assert.ok(accepted > rounds / 20 && accepted < (rounds * 19) / 20, `${accepted} were accepted`);
});

test('numbers of every shape, right and wrong', () => {
  const parts = ['', '-', '+', '0', '1', '01', '10', '.', '.5', '5.', 'e', 'E', 'e1', 'e+', 'E-2', 'x'];
  for (const a of parts)
    for (const b of parts) for (const c of parts) assertAgrees(Buffer.from(`{"a":${a}${b}${c}}`));
});
