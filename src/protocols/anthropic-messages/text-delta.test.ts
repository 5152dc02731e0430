import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTextDelta } from './text-delta.ts';

const head = '{"type":"content_block_delta","index":';

test('what is read without parsing is what the parser reads', () => {
  const rows: readonly (readonly [why: string, data: string])[] = [
    ['plain', `${head}0,"delta":{"type":"text_delta","text":"Hello"}}`],
    ['empty', `${head}0,"delta":{"type":"text_delta","text":""}}`],
    ['not ASCII', `${head}12,"delta":{"type":"text_delta","text":"grüß 🎈 {}"}}`],
    ['padded', `${head}3,"delta":{"type":"text_delta","text":"a"}      }`],
  ];
  for (const [why, data] of rows) {
    const event = JSON.parse(data) as { index: number; delta: { text: string } };
    assert.deepEqual(readTextDelta(data), { at: event.index, text: event.delta.text }, why);
  }
});

test('whatever is unusual is left to the parser', () => {
  const rows: readonly (readonly [why: string, data: string])[] = [
    ['an escape', `${head}0,"delta":{"type":"text_delta","text":"a\\nb"}}`],
    [
      'an escaped quote before what looks like the end',
      `${head}0,"delta":{"type":"text_delta","text":"a\\"}}"}}`,
    ],
    ['a backslash at the end', `${head}0,"delta":{"type":"text_delta","text":"a\\\\"}}`],
    ['one more field', `${head}0,"delta":{"type":"text_delta","text":"a","x":"b"}}`],
    ['one more field outside', `${head}0,"delta":{"type":"text_delta","text":"a"},"x":1}`],
    ['another delta', `${head}0,"delta":{"type":"thinking_delta","thinking":"a"}}`],
    ['another order', '{"index":0,"type":"content_block_delta","delta":{"type":"text_delta","text":"a"}}'],
    ['cut off', `${head}0,"delta":{"type":"text_delta","text":"a`],
    ['no number', `${head}null,"delta":{"type":"text_delta","text":"a"}}`],
    ['nothing', ''],
  ];
  for (const [why, data] of rows) assert.equal(readTextDelta(data), undefined, why);
});
