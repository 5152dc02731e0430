import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../canonical/ids.ts';
import { createRedactor } from './redact.ts';

const redact = createRedactor(
  ['correct-horse', 'correct-horse-battery', 'with"quote\\and', 'a+b(c)[d]*.$', 'none'].map(
    (value) => new Secret(value),
  ),
);

const cases: readonly (readonly [says: string, text: string, clean: string])[] = [
  ['a secret we hold', 'key correct-horse!', 'key [redacted]!'],
  ['every time it occurs', 'correct-horse correct-horse', '[redacted] [redacted]'],
  ['a secret that begins with another leaves no tail', 'correct-horse-battery', '[redacted]'],
  ['as it is', 'with"quote\\and', '[redacted]'],
  ['as JSON writes it', JSON.stringify({ key: 'with"quote\\and' }), '{"key":"[redacted]"}'],
  ['signs that mean something in patterns', 'a+b(c)[d]*.$', '[redacted]'],
  ['and do not match anything else', 'aab(c)[d]*.$', 'aab(c)[d]*.$'],
  ['a word too short to be a secret stays', 'none of it', 'none of it'],
  ['the shape of a vendor key', 'Bearer sk-ant-api03-AAAABBBBCCCC_dd.', 'Bearer [redacted].'],
  ['the shape of our own key', '"sb-0123456789abcdef"', '"[redacted]"'],
  [
    'what only begins like a key',
    'sk-short and task-management-system-of-mine',
    'sk-short and task-management-system-of-mine',
  ],
  ['plain text', 'Nothing to see.', 'Nothing to see.'],
];

for (const [says, text, clean] of cases) {
  test(`redacts ${says}`, () => assert.equal(redact(text), clean));
}

test('without secrets the shapes remain', () => {
  assert.equal(createRedactor([])('x sk-0123456789abcdef y'), 'x [redacted] y');
});
