import assert from 'node:assert/strict';
import { test } from 'node:test';
import { done, said, type Watched, watch, written } from './replay.ts';

const hi = said({ content: 'Hi' });
const empty = said({ content: '' });
const usage = { fresh: 10, cacheRead: 0, cacheWrite: 0, output: 5, reasoning: 0, estimated: false };

type Row = readonly [why: string, text: string, watched: Partial<Watched>];

const rows: readonly Row[] = [
  [
    'an opening without words is held back, content starts the answer, the done line ends it',
    empty + hi + hi + done(),
    {
      frames: [
        ['prelude', empty],
        ['content', hi + hi],
        ['terminal', done()],
      ],
      usage,
      pieces: 2,
    },
  ],
  [
    'thoughts are content',
    said({ thinking: 'Hm.' }) + done(),
    {
      frames: [
        ['content', said({ thinking: 'Hm.' })],
        ['terminal', done()],
      ],
      pieces: 1,
    },
  ],
  [
    'calls are content',
    said({ content: '', tool_calls: [{ function: { name: 'f' } }] }) + done(),
    {
      frames: [
        ['content', said({ content: '', tool_calls: [{ function: { name: 'f' } }] })],
        ['terminal', done()],
      ],
      pieces: 1,
    },
  ],
  ['an answer of nothing is one', done(), { frames: [['terminal', done()]], usage, pieces: 0 }],
  [
    'a prompt’s answer',
    written('Hi') + written('', { done: true }),
    {
      frames: [
        ['content', written('Hi')],
        ['terminal', written('', { done: true })],
      ],
      usage: undefined,
      pieces: 1,
    },
  ],
  [
    'what comes after the end is not looked at',
    `${hi + done() + hi}{`,
    {
      frames: [
        ['content', hi],
        ['terminal', done()],
      ],
      usage,
      pieces: 1,
    },
  ],
  [
    'empty lines say nothing',
    `\n${hi}\n\r\n${done()}`,
    {
      frames: [
        ['content', hi],
        ['terminal', done()],
      ],
      usage,
      pieces: 1,
    },
  ],
  [
    'CRLF',
    hi.replace('\n', '\r\n') + done(),
    {
      frames: [
        ['content', hi.replace('\n', '\r\n')],
        ['terminal', done()],
      ],
      usage,
      pieces: 1,
    },
  ],
  [
    'a done line without its end',
    hi + done().trim(),
    {
      frames: [
        ['content', hi],
        ['terminal', done()],
      ],
      usage,
      pieces: 1,
    },
  ],
  [
    'a space inside JSON is none outside',
    hi + done().replaceAll(':', ': '),
    {
      frames: [
        ['content', hi],
        ['terminal', done().replaceAll(':', ': ')],
      ],
      usage,
      pieces: 1,
    },
  ],
  [
    'words about the end are words',
    hi + said({ content: '"done":true "error":' }) + done(),
    { pieces: 2, usage },
  ],
  [
    'a tool that is done is not the end',
    hi + said({ tool_calls: [{ function: { name: 'f', arguments: { done: true } } }] }) + done(),
    { pieces: 2, usage },
  ],
  [
    'an end that never came',
    hi + hi,
    { frames: [['content', hi + hi]], fault: 'upstream_truncated', pieces: 2 },
  ],
  [
    'half a line at the end',
    hi + hi.slice(0, 20),
    { frames: [['content', hi]], fault: 'upstream_garbled', pieces: 1 },
  ],
  ['nothing at all', '', { frames: [], fault: 'upstream_truncated' }],
  ['an error before the answer', '{"error":"it broke"}\n', { frames: [], fault: 'upstream_fault' }],
  [
    'an error in the middle',
    `${hi}{"error":"it broke"}\n${hi}`,
    { frames: [['content', hi]], fault: 'upstream_fault', pieces: 1 },
  ],
  [
    'the call did not fit',
    '{"error":"the input length exceeds the context length"}\n',
    { fault: 'context_too_long' },
  ],
  [
    'a line that is no JSON',
    `${hi}<html>\n${done()}`,
    { frames: [['content', hi]], fault: 'upstream_garbled', pieces: 1 },
  ],
  ['a line that is a list', `${hi}[]\n${done()}`, { fault: 'upstream_garbled' }],
  [
    'JSON of another kind',
    `{"object":"chat.completion.chunk","choices":[]}\n`,
    { fault: 'upstream_garbled' },
  ],
  [
    'a broken answer',
    hi + done({ done_reason: 'error' }),
    { frames: [['content', hi]], fault: 'upstream_fault', pieces: 1 },
  ],
];

for (const [why, text, expected] of rows) {
  test(`watch: ${why}`, () => {
    const watched = watch([text]);
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(watched[name as keyof Watched], value, name);
    }
    if (expected.fault === undefined) assert.equal(watched.fault, undefined);
  });

  test(`cut at any byte it is the same: ${why}`, () => {
    const bytes = Buffer.from(text);
    const whole = watch([bytes]);
    for (let at = 0; at <= bytes.length; at += 1) {
      assert.deepEqual(watch([bytes.subarray(0, at), bytes.subarray(at)]), whole, `cut at ${at}`);
    }
    assert.deepEqual(watch(Array.from(bytes, (byte) => Buffer.of(byte))), whole, 'byte by byte');
  });
}

test('a line beyond all measure is garbage', () => {
  const half = 'x'.repeat(5 * 1024 * 1024);
  assert.equal(watch([hi, half, half]).fault, 'upstream_garbled');
});

const bodies: readonly (readonly [why: string, body: string, watched: Partial<Watched>])[] = [
  ['a chat', done(), { fault: undefined, usage }],
  [
    'a prompt',
    written('Hi', { done: true, prompt_eval_count: 10, eval_count: 5 }),
    { fault: undefined, usage },
  ],
  [
    'a rendered prompt',
    said({ content: '' }, { _debug_info: { rendered_template: 'x' } }),
    { fault: undefined },
  ],
  ['not done', said({ content: 'Hi' }), { fault: 'upstream_truncated' }],
  ['an error', '{"error":"it broke"}', { fault: 'upstream_fault' }],
  ['broken off', done({ done_reason: 'error' }), { fault: 'upstream_fault' }],
  ['something else', '{"choices":[]}', { fault: 'upstream_garbled' }],
  ['half of it', done().slice(0, 30), { fault: 'upstream_garbled' }],
];

for (const [why, body, expected] of bodies) {
  test(`body: ${why}`, () => {
    const watched = watch([body.slice(0, 9), body.slice(9)], false);
    assert.equal(watched.fault, expected.fault);
    if (expected.fault === undefined) assert.deepEqual(watched.frames, [['terminal', body]]);
    if (expected.usage !== undefined) assert.deepEqual(watched.usage, expected.usage);
  });
}
