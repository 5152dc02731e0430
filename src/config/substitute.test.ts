// biome-ignore-all lint/suspicious/noTemplateCurlyInString: substitutions of the config file, not of ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { substitute } from './substitute.ts';

const env = { HOST: 'box', EMPTY: '', TRICK: '${HOST}', DOLLARS: '$&$1' };

const rows: readonly (readonly [string, ReturnType<typeof substitute>, string])[] = [
  ['plain', { text: 'plain', missing: [], malformed: false, touched: false }, 'nothing to do'],
  ['$HOST', { text: '$HOST', missing: [], malformed: false, touched: false }, 'braces are required'],
  ['${HOST}', { text: 'box', missing: [], malformed: false, touched: true }, 'a variable'],
  [
    'http://${HOST}:${PORT:-80}/',
    { text: 'http://box:80/', missing: [], malformed: false, touched: true },
    'several',
  ],
  ['${EMPTY}', { text: '', missing: [], malformed: false, touched: true }, 'set to nothing is set'],
  [
    '${EMPTY:-x}',
    { text: 'x', missing: [], malformed: false, touched: true },
    'but not enough for a default',
  ],
  ['${NONE:-}', { text: '', missing: [], malformed: false, touched: true }, 'a default may be empty'],
  [
    '${A}${B}',
    { text: '', missing: ['A', 'B'], malformed: false, touched: true },
    'every unset one is named',
  ],
  [
    '${TRICK}',
    { text: '${HOST}', missing: [], malformed: false, touched: true },
    'a value is not looked into again',
  ],
  ['${DOLLARS}', { text: '$&$1', missing: [], malformed: false, touched: true }, 'a value is taken as it is'],
  ['$${HOST}', { text: '${HOST}', missing: [], malformed: false, touched: false }, 'two dollars write one'],
  ['${HOST', { text: '${HOST', missing: [], malformed: true, touched: false }, 'a brace left open'],
  ['${}', { text: '${}', missing: [], malformed: true, touched: false }, 'no name'],
];

for (const [text, wanted, sentence] of rows) {
  test(`${text}: ${sentence}`, () => {
    assert.deepEqual(substitute(text, env), wanted);
  });
}
