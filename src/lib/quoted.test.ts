import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterQuoted, defineQuoted } from './quoted.ts';

const texts = [
  '{"error":1}',
  '{"terror":1,"error":2}',
  'error"',
  'rror"',
  '"rror"',
  '"error',
  '{"a":"error"}',
  '{"a":"x\\"error\\""}',
  '{"errors":[],"error":{"error":null}}',
  '"error""error"',
  '',
];

for (const common of [0, 1, 3]) {
  test(`finds what a plain search finds, from everywhere, with ${common} letters looked back at`, () => {
    const word = defineQuoted('error', common);
    for (const text of texts) {
      for (let from = 0; from <= text.length; from += 1) {
        const at = text.indexOf('"error"', from);
        assert.equal(afterQuoted(text, word, from), at < 0 ? -1 : at + 7, `${text} from ${from}`);
      }
    }
  });
}
