import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parameterRules, parseLimit } from './options.ts';

const limits: readonly (readonly [string, ReturnType<typeof parseLimit>, string])[] = [
  ['60 requests/min', { of: 'requests', amount: 60, window: 60_000 }, 'requests per minute'],
  ['1 request/s', { of: 'requests', amount: 1, window: 1_000 }, 'one of them, in the singular'],
  ['100000 tokens/h', { of: 'tokens', amount: 100_000, window: 3_600_000 }, 'tokens per hour'],
  ['100k tokens/day', { of: 'tokens', amount: 100_000, window: 86_400_000 }, 'thousands'],
  ['2m tokens/day', { of: 'tokens', amount: 2_000_000, window: 86_400_000 }, 'millions'],
  ['0 requests/min', undefined, 'none at all is no limit'],
  ['-5 requests/min', undefined, 'less than none neither'],
  ['1.5 requests/s', undefined, 'no half requests'],
  ['60 requests/minute', undefined, 'no other words for windows'],
  ['60 calls/min', undefined, 'nothing else is counted'],
  ['60/min', undefined, 'what is counted must be said'],
  ['99999999999999999 tokens/day', undefined, 'more than a number holds exactly'],
];

for (const [text, wanted, sentence] of limits) {
  test(`limit ${JSON.stringify(text)}: ${sentence}`, () => {
    assert.deepEqual(parseLimit(text), wanted);
  });
}

test('parameter rules become one rule each, values as JSON text', () => {
  const rules = parameterRules.parse({
    temperature: { default: 0.2 },
    stop: { lock: ['END'] },
    max_tokens: { default: 100, clamp: { max: 4096 } },
    seed: { forbid: true },
  });
  assert.deepEqual(rules, [
    { name: 'temperature', kind: 'default', value: '0.2' },
    { name: 'stop', kind: 'lock', value: '["END"]' },
    { name: 'max_tokens', kind: 'default', value: '100' },
    { name: 'max_tokens', kind: 'clamp', min: undefined, max: 4096 },
    { name: 'seed', kind: 'forbid' },
  ]);
});
