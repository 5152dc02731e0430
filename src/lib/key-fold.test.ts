import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldKey } from './key-fold.ts';

const rows: readonly (readonly [why: string, key: string, folded: string])[] = [
  ['lower case', 'max_tokens', 'max_tokens'],
  ['upper case', 'MAX_TOKENS', 'max_tokens'],
  ['one letter of the first or last of the alphabet', 'AazZ', 'aazz'],
  ['what stands beside the letters', '@[`{', '@[`{'],
  ['the long s', 'me\u017f\u017fages', 'messages'],
  ['the Kelvin sign', 'to\u212aens', 'tokens'],
  ['other letters', 'größe', 'größe'],
  ['nothing', '', ''],
];
for (const [why, key, folded] of rows) test(`folds ${why}`, () => assert.equal(foldKey(key), folded));
