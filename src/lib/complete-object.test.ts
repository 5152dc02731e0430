import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCompleteObject } from './complete-object.ts';

const rows: readonly (readonly [why: string, text: string, whole: boolean])[] = [
  ['nothing yet', '', false],
  ['an empty object', '{}', true],
  ['white space around it', ' {"a":1} \n', true],
  ['cut inside a string', '{"a":"b', false],
  ['a brace that closes something inside', '{"a":{}', false],
  ['a brace inside a string that goes on', '{"a":"}', false],
  ['one brace too many', '{}}', false],
  ['another kind of value', '[1]', false],
];

for (const [why, text, whole] of rows) test(why, () => assert.equal(isCompleteObject(text), whole));
