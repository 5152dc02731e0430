import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countPieces, cutPieces } from './pieces.ts';

const rows: readonly [string, string, readonly string[]][] = [
  ['nothing is no piece', '', []],
  ['white space goes with the word after it', 'a  b\nc', ['a', '  b', '\nc']],
  ['white space at the end is a piece', 'a \n', ['a', ' \n']],
  ['signs stand alone', '{"a":1}', ['{', '"', 'a', '"', ':', '1', '}']],
  ['long words are cut', 'simulation_rooms', ['simulati', 'on_rooms']],
  ['an emoji is never cut in two', '1234567😀8', ['1234567😀', '8']],
  ['foreign letters are letters', 'Öl und 水', ['Öl', ' und', ' 水']],
  ['a lone surrogate harms nobody', 'a\ud83d', ['a\ud83d']],
];

for (const [sentence, text, pieces] of rows) {
  test(`pieces: ${sentence}`, () => {
    assert.deepEqual(cutPieces(text), pieces);
    assert.equal(countPieces(text), pieces.length);
    assert.equal(cutPieces(text).join(''), text);
  });
}
