import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskKeys } from './mask-keys.ts';

const rows: readonly (readonly [why: string, text: string, masked: string])[] = [
  ['a whole key', 'Bad key sk-proj-0123456789abcdef.', 'Bad key [redacted].'],
  ['a key with stars in it', 'provided: sk-proj-********abcd.', 'provided: [redacted].'],
  ['a key of ours', 'sb-0123456789abcdef is revoked', '[redacted] is revoked'],
  ['keys of other vendors', 'xai-0123456789ab gsk_0123456789ab', '[redacted] [redacted]'],
  ['a header', 'got "Bearer abcdefgh12"', 'got "Bearer [redacted]"'],
  ['what is too short for a key', 'sk-abc, Bearer me', 'sk-abc, Bearer me'],
  ['words that only contain the beginning', 'task-management-system', 'task-management-system'],
];

for (const [why, text, masked] of rows) test(`masks ${why}`, () => assert.equal(maskKeys(text), masked));
