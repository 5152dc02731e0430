import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderFaults, outline } from '../../../test/testkit/reply-events.ts';
import { details, event, last, token, watch } from './replay.ts';
import { readTextDelta } from './text-delta.ts';

const told = (text: string): readonly string[] => ['start  ', 'open 0 0 text', `delta 0 ${text}`, 'close 0'];

const rows: readonly (readonly [why: string, stream: string, lines: readonly string[]])[] = [
  [
    'tokens are text, ends are not',
    `${token('Once')}${token(' upon')}${last('Once upon')}`,
    [...told('Once upon'), 'finish 0 stop', 'usage 7+0+0 2(0)', 'end'],
  ],
  [
    'nor are beginnings',
    `${token('<s>', {}, { special: true })}${token('Once')}${last('Once')}`,
    [...told('Once'), 'finish 0 stop', 'usage 7+0+0 2(0)', 'end'],
  ],
  [
    'the last token may be text: a bound was reached',
    `${token('Once')}${last('Once upon', { finish_reason: 'length' }, ' upon', false)}`,
    [...told('Once upon'), 'finish 0 length', 'usage 7+0+0 2(0)', 'end'],
  ],
  [
    'or the end of a stop string',
    `${token('Once')}${last('Once.', { finish_reason: 'stop_sequence' }, '.', false)}`,
    [...told('Once.'), 'finish 0 stop_sequence', 'usage 7+0+0 2(0)', 'end'],
  ],
  [
    'escapes are what they stand for',
    `${token('a\n"b" \\ {"token":1}')}${last('…')}`,
    [...told('a\n"b" \\ {"token":1}'), 'finish 0 stop', 'usage 7+0+0 2(0)', 'end'],
  ],
  [
    'whoever sends the text at the end only has said it all the same',
    event({ generated_text: 'All of it', details }),
    [...told('All of it'), 'finish 0 length', 'usage 7+0+0 2(0)', 'end'],
  ],
  ['an answer of nothing', last(''), ['start  ', 'finish 0 stop', 'usage 7+0+0 2(0)', 'end']],
  [
    'half a usage is none',
    `${token('a')}${last('a', { input_length: undefined })}`,
    [...told('a'), 'finish 0 stop', 'end'],
  ],
  [
    'log probabilities are told where alternatives are',
    `${token('a', {}, { tops: [{ id: 9, text: 'b', logprob: -2, special: false }] })}${last('a')}`,
    [
      'start  ',
      'logprobs 0 {"content":[{"token":"a","logprob":-0.5,"bytes":null,"top_logprobs":[{"token":"b","logprob":-2,"bytes":null}]}],"refusal":null}',
      'open 0 0 text',
      'delta 0 a',
      'close 0',
      'finish 0 stop',
      'usage 7+0+0 2(0)',
      'end',
    ],
  ],
];

for (const [why, stream, lines] of rows) {
  test(`stream: ${why}`, () => {
    const { events, fault } = watch([stream]);
    assert.equal(fault, undefined);
    assert.deepEqual(outline(events), lines);
    assert.deepEqual(orderFaults(events), []);
  });
}

test('a body says what its stream would have', () => {
  const tokens = [
    { id: 1, text: 'a', logprob: -1, special: false },
    { id: 2, text: '</s>', logprob: -0.1, special: true },
  ];
  const top_tokens = [[{ id: 1, text: 'a', logprob: -1, special: false }], []];
  const stated = { ...details, finish_reason: 'eos_token', prefill: [], tokens, top_tokens };
  const { events } = watch([JSON.stringify({ generated_text: 'a', details: stated })], false);
  assert.deepEqual(outline(events), [
    'start  ',
    'logprobs 0 {"content":[{"token":"a","logprob":-1,"bytes":null,"top_logprobs":[{"token":"a","logprob":-1,"bytes":null}]}],"refusal":null}',
    ...told('a').slice(1),
    'finish 0 stop',
    'usage 7+0+0 2(0)',
    'end',
  ]);
  assert.deepEqual(orderFaults(events), []);
});

const plain =
  '{"index":3,"token":{"id":1,"text":" x","logprob":-0.5,"special":false},"generated_text":null,"details":null}';
const shapes: readonly (readonly [why: string, data: string, text: string | undefined])[] = [
  ['the usual one', plain, ' x'],
  ['one of a special token', plain.replace('false', 'true'), undefined],
  ['one with alternatives', plain.replace('},"gen', '},"top_tokens":[{"special":false}],"gen'), undefined],
  ['one with more fields in its token', plain.replace('-0.5', '-0.5,"more":1'), undefined],
  ['an escape', plain.replace(' x', '\\n'), undefined],
  ['an escaped quote', plain.replace(' x', '\\"logprob\\":'), undefined],
  ['the last', plain.replace('null', '"x"'), undefined],
  ['no text', plain.replace(',"text":" x"', ''), undefined],
];

for (const [why, data, text] of shapes) {
  test(`without parsing: ${why}`, () => assert.equal(readTextDelta(data), text));
}
