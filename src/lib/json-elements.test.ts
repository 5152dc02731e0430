import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementSpans } from './json-elements.ts';

const rows: readonly (readonly [why: string, text: string, elements: readonly string[]])[] = [
  ['an empty array', '[ ]', []],
  ['scalars', '[1, "a" ,null,true]', ['1', '"a"', 'null', 'true']],
  ['brackets and commas inside strings', '["],[", "{\\"a\\",", "\\\\"]', ['"],["', '"{\\"a\\","', '"\\\\"']],
  ['nested values, space inside kept', '[{"a": [1, 2]}, [ ], {} ]', ['{"a": [1, 2]}', '[ ]', '{}']],
  ['what follows the array', '[1],"b":[2]', ['1']],
  ['characters of several bytes', '["é😀",2]', ['"é😀"', '2']],
];

for (const [why, text, elements] of rows) {
  test(`finds the elements of ${why}`, () => {
    // The array need not stand at the beginning.
    const bytes = Buffer.from(`xx${text}`);
    assert.deepEqual(
      elementSpans(bytes, 2).map(({ start, end }) => bytes.toString('utf8', start, end)),
      elements,
    );
  });
}
