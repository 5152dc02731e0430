import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../../canonical/protocol.ts';
import { decode, done, outline, said, written } from './replay.ts';

const START = 'start m 1760000000';
const END = ['usage 10 5', 'end'];
const TEXT = 'open 0 {"type":"text"}';
const call = (name: string, args: unknown, more: object = {}) => ({
  function: { name, arguments: args },
  ...more,
});
const tool = (index: number, id: string, name: string) =>
  `open ${index} {"type":"tool_call","id":"${id}","name":"${name}"}`;

/** A block of words, whole. */
const prose = (index: number, type: 'text' | 'reasoning', text: string) => [
  `open ${index} {"type":"${type}"}`,
  `delta ${index} ${text}`,
  `close ${index}`,
];

const madeFor = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/call_[0-9a-f]{24}/, 'call_made'));

type Row = readonly [why: string, text: string, events: readonly string[], operation?: Operation];

const streams: readonly Row[] = [
  [
    'text, plain, escaped and with quotes',
    said({ content: 'Hel' }) + said({ content: 'lo "w"\n' }) + said({ content: ' 👋' }) + done(),
    [START, ...prose(0, 'text', 'Hello "w"\n 👋'), 'finish stop', ...END],
  ],
  ['an empty answer', said({ content: '' }) + done(), [START, 'finish stop', ...END]],
  [
    'thoughts, then words',
    said({ content: '', thinking: 'Hm' }) +
      said({ content: '', thinking: '.' }) +
      said({ content: 'Yes.' }) +
      done(),
    [START, ...prose(0, 'reasoning', 'Hm.'), ...prose(1, 'text', 'Yes.'), 'finish stop', ...END],
  ],
  [
    'both in one line',
    said({ content: 'Yes.', thinking: 'Hm.' }) + done(),
    [START, ...prose(0, 'reasoning', 'Hm.'), ...prose(1, 'text', 'Yes.'), 'finish stop', ...END],
  ],
  [
    'text in the done line itself',
    said({ content: 'Hel' }) + done({ message: { role: 'assistant', content: 'lo' } }),
    [START, ...prose(0, 'text', 'Hello'), 'finish stop', ...END],
  ],
  [
    'CRLF and empty lines',
    `${said({ content: 'Hi' }).replace('\n', '\r\n')}\r\n\n ${done()}`,
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', ...END],
  ],
  [
    'a prompt, with what it remembers',
    written('Hel') +
      written('lo "w"') +
      written('', { done: true, done_reason: 'stop', context: [1, 2], prompt_eval_count: 10, eval_count: 5 }),
    [START, ...prose(0, 'text', 'Hello "w"'), 'finish stop {"context":[1,2]}', ...END],
    'complete',
  ],
  [
    'a prompt that thinks and calls',
    written('', { thinking: 'Hm.' }) +
      written('', { done: true, done_reason: 'stop', tool_calls: [call('f', {}, { id: 'a' })] }),
    [
      START,
      ...prose(0, 'reasoning', 'Hm.'),
      tool(1, 'a', 'f'),
      'delta 1 {}',
      'close 1',
      'finish tools',
      'end',
    ],
    'complete',
  ],
  [
    'too long',
    said({ content: 'Hel' }) + done({ done_reason: 'length' }),
    [START, ...prose(0, 'text', 'Hel'), 'finish length', ...END],
  ],
  [
    'older versions give no reason',
    said({ content: 'Hi' }) + done({ done_reason: undefined }),
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', ...END],
  ],
  [
    'a model was loaded',
    done({ done_reason: 'load', prompt_eval_count: undefined, eval_count: undefined }),
    [START, 'finish stop {"done_reason":"load"}', 'end'],
  ],
  ['its cloud filters', done({ done_reason: 'content_filter' }), [START, 'finish filter', ...END]],
  [
    'a broken answer',
    said({ content: 'Hi' }) + done({ done_reason: 'error' }),
    [START, TEXT, 'delta 0 Hi', 'error upstream_fault'],
  ],
  [
    'a prompt that was cached whole: only the answer is counted',
    said({ content: 'Hi' }) + done({ prompt_eval_count: undefined }),
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', 'usage 0 5', 'end'],
  ],
  [
    'counts that cannot be true',
    said({ content: 'Hi' }) + done({ prompt_eval_count: -1, eval_count: 1.5 }),
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', 'end'],
  ],
  [
    'log probabilities before the words they speak of, in Chat’s shape',
    said(
      { content: 'Hi' },
      { logprobs: [{ token: 'Hi', logprob: -1, top_logprobs: [{ token: 'Ho', logprob: -2 }] }] },
    ) + done(),
    [
      START,
      'logprobs {"content":[{"bytes":null,"token":"Hi","logprob":-1,"top_logprobs":[{"bytes":null,"token":"Ho","logprob":-2}]}],"refusal":null}',
      ...prose(0, 'text', 'Hi'),
      'finish stop',
      ...END,
    ],
  ],
  [
    'an error line',
    `${said({ content: 'Hi' })}{"error":"it broke"}\n`,
    [START, TEXT, 'delta 0 Hi', 'error upstream_fault'],
  ],
  [
    'no error at all, said in every line',
    said({ content: 'Hi' }, { error: '' }) + done({ error: null }),
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', ...END],
  ],
  [
    'a line that is no JSON',
    `${said({ content: 'Hi' })}{"mess\n`,
    [START, TEXT, 'delta 0 Hi', 'error upstream_garbled'],
  ],
  [
    'nothing after the end',
    said({ content: 'Hi' }) + done() + said({ content: '!' }),
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', ...END],
  ],
  [
    'a call without a name',
    said({ content: '', tool_calls: [{ function: { arguments: {} } }] }) + done(),
    [START, 'error upstream_garbled'],
  ],
  [
    'free text in a function’s clothes',
    said({ content: '', tool_calls: [call('p__freetext', { input: 'a\nb' }, { id: 'x' })] }) + done(),
    [
      START,
      'open 0 {"type":"tool_call","id":"x","name":"p","custom":true}',
      'delta 0 a\nb',
      'close 0',
      'finish tools',
      ...END,
    ],
  ],
];

for (const [why, text, events, operation] of streams) {
  test(`stream: ${why}`, () => assert.deepEqual(outline(decode(text, true, operation)), events));
}

const bugs: readonly Row[] = [
  [
    'litellm#35663: finish stop although tools are called',
    said({ content: '', tool_calls: [call('f', { a: 1 }, { id: 'x' })] }) + done({ done_reason: 'stop' }),
    [START, tool(0, 'x', 'f'), 'delta 0 {"a":1}', 'close 0', 'finish tools', ...END],
  ],
  [
    'litellm#37792: parallel calls all with index 0, without ids, with arguments as objects',
    said({
      content: '',
      tool_calls: [
        { function: { index: 0, name: 'f', arguments: { a: 1 } } },
        { function: { index: 0, name: 'f', arguments: { a: 2 } } },
      ],
    }) + done(),
    [
      START,
      tool(0, 'call_made', 'f'),
      'delta 0 {"a":1}',
      'close 0',
      tool(1, 'call_made', 'f'),
      'delta 1 {"a":2}',
      'close 1',
      'finish tools',
      ...END,
    ],
  ],
  [
    'the same in two lines, and one id for both',
    said({ content: '', tool_calls: [call('f', { a: 1 }, { id: 'x' })] }) +
      said({ content: '', tool_calls: [call('f', { a: 2 }, { id: 'x' })] }) +
      done(),
    [
      START,
      tool(0, 'x', 'f'),
      'delta 0 {"a":1}',
      'close 0',
      tool(1, 'call_made', 'f'),
      'delta 1 {"a":2}',
      'close 1',
      'finish tools',
      ...END,
    ],
  ],
  [
    'calls never hide that the answer was too long',
    said({ content: '', tool_calls: [call('f', {}, { id: 'x' })] }) + done({ done_reason: 'length' }),
    [START, tool(0, 'x', 'f'), 'delta 0 {}', 'close 0', 'finish length', ...END],
  ],
  [
    'tool calls that are none are a plain stop',
    said({ content: 'Hi' }) + done({ done_reason: 'tool_calls' }),
    [START, ...prose(0, 'text', 'Hi'), 'finish stop', ...END],
  ],
  [
    'arguments as the text of an object, as nothing, and not at all',
    said({
      content: '',
      tool_calls: [
        call('f', '{"a":1}', { id: 'x' }),
        call('g', '', { id: 'y' }),
        { id: 'z', function: { name: 'h' } },
      ],
    }) + done(),
    [
      START,
      tool(0, 'x', 'f'),
      'delta 0 {"a":1}',
      'close 0',
      tool(1, 'y', 'g'),
      'delta 1 {}',
      'close 1',
      tool(2, 'z', 'h'),
      'delta 2 {}',
      'close 2',
      'finish tools',
      ...END,
    ],
  ],
];

for (const [why, text, events] of bugs) {
  test(`bug 26: ${why}`, () => assert.deepEqual(madeFor(outline(decode(text))), events));
}

test('made ids differ within a reply and do not change', () => {
  const text = said({ tool_calls: [call('f', {}), call('f', {})] }) + done();
  const ids = decode(text).flatMap((event) =>
    event.type === 'open' && event.block.type === 'tool_call' ? [event.block.id] : [],
  );
  assert.equal(new Set(ids).size, 2);
  assert.ok(ids.every((id) => /^call_[0-9a-f]{24}$/.test(id)));
  assert.deepEqual(decode(text), decode(text));
});

const whole = (message: object, more: object = {}): string =>
  done({ message: { role: 'assistant', ...message }, ...more });

test('a body is one line', () => {
  const body = whole({ content: 'Hi', thinking: 'Hm.', tool_calls: [call('f', {}, { id: 'x' })] });
  assert.deepEqual(outline(decode(body.trim(), false)), [
    START,
    ...prose(0, 'reasoning', 'Hm.'),
    ...prose(1, 'text', 'Hi'),
    tool(2, 'x', 'f'),
    'delta 2 {}',
    'close 2',
    'finish tools',
    ...END,
  ]);
});

test('a body that is not done, or is none, is an error', () => {
  assert.deepEqual(outline(decode(said({ content: 'Hi' }), false)).at(-1), 'error upstream_truncated');
  assert.deepEqual(outline(decode('<html>', false)), ['error upstream_garbled']);
  assert.deepEqual(outline(decode('[]', false)), ['error upstream_garbled']);
});

test('durations an engine measured go along', () => {
  const events = decode(done({ total_duration: 9, load_duration: 1, eval_duration: 'x' }));
  const usage = events.find((event) => event.type === 'usage');
  assert.deepEqual(usage?.extras, { total_duration: 9, load_duration: 1 });
});

test('the quick way and the parser read the same', () => {
  for (const content of [
    'plain',
    '',
    ' ',
    '{',
    '},"done":false}',
    'back\\slash',
    '"',
    'é\u2028👋',
    '\u0000',
  ]) {
    const line = said({ content });
    const slow = line.replace('"model"', ' "model"');
    const [quick, parsed] = [said({ content: 'a' }) + line, said({ content: 'a' }) + slow].map((text) =>
      outline(decode(text + done())),
    );
    assert.deepEqual(quick, parsed);
  }
});
