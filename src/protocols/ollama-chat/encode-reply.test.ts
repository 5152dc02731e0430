import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { EncoderOptions } from '../../canonical/protocol.ts';
import type { BlockHead, ReplyEvent, StopReason } from '../../canonical/reply.ts';
import { noUsage } from '../../canonical/usage.ts';
import { decode, done, encode, linesOf, outline, said } from './replay.ts';

const start: ReplyEvent = { type: 'start', id: 'x', model: 'm', created: 1_760_000_000 };
const usage: ReplyEvent = { type: 'usage', usage: { ...noUsage, fresh: 7, cacheRead: 3, output: 5 } };
const end: ReplyEvent = { type: 'end' };

function block(index: number, head: BlockHead, ...texts: readonly string[]): readonly ReplyEvent[] {
  return [
    { type: 'open', index, choice: 0, block: head },
    ...texts.map((text): ReplyEvent => ({ type: 'delta', index, text })),
    { type: 'close', index },
  ];
}

function tool(index: number, name: string, ...texts: readonly string[]): readonly ReplyEvent[] {
  return block(index, { type: 'tool_call', id: `id-${index}`, name }, ...texts);
}

function reply(reason: StopReason, ...events: readonly ReplyEvent[]): readonly ReplyEvent[] {
  return [start, ...events, { type: 'finish', choice: 0, reason }, usage, end];
}

const line = (message: object, more: object = {}) => ({
  message: { role: 'assistant', content: '', ...message },
  done: false,
  ...more,
});
const wireCall = (index: number, id: number, name: string, input: object) => ({
  id: `id-${id}`,
  function: { index, name, arguments: input },
});
const counts = {
  total_duration: 0,
  load_duration: 0,
  prompt_eval_count: 10,
  prompt_eval_duration: 0,
  eval_count: 5,
  eval_duration: 0,
};
const last = (reason: string, more: object = {}) => ({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: reason,
  ...counts,
  ...more,
});

type Row = readonly [
  why: string,
  events: readonly ReplyEvent[],
  lines: readonly unknown[],
  message: object,
  told?: readonly string[],
];

const rows: readonly Row[] = [
  [
    'text, escaped as JSON wants it',
    reply('stop', ...block(0, { type: 'text' }, 'Hel', 'lo "w"\n')),
    [line({ content: 'Hel' }), line({ content: 'lo "w"\n' }), last('stop')],
    { content: 'Hello "w"\n' },
  ],
  ['nothing', reply('stop'), [last('stop')], { content: '' }],
  [
    'thoughts in their own field',
    reply('stop', ...block(0, { type: 'reasoning' }, 'Hm.'), ...block(1, { type: 'text' }, 'Yes.')),
    [line({ thinking: 'Hm.' }), line({ content: 'Yes.' }), last('stop')],
    { content: 'Yes.', thinking: 'Hm.' },
  ],
  [
    'bug 26: calls whole, counted, with objects as arguments; the reason is stop, as its clients know it',
    reply('tools', ...tool(0, 'f', '{"a"', ':1}'), ...tool(1, 'g'), ...tool(2, 'h', ' ')),
    [
      line({ tool_calls: [wireCall(0, 0, 'f', { a: 1 })] }),
      line({ tool_calls: [wireCall(1, 1, 'g', {})] }),
      line({ tool_calls: [wireCall(2, 2, 'h', {})] }),
      last('stop'),
    ],
    {
      content: '',
      tool_calls: [wireCall(0, 0, 'f', { a: 1 }), wireCall(1, 1, 'g', {}), wireCall(2, 2, 'h', {})],
    },
  ],
  [
    'a call that was cut off is none',
    reply('length', ...tool(0, 'f', '{"a":1}'), ...tool(1, 'g', '{"a"')),
    [line({ tool_calls: [wireCall(0, 0, 'f', { a: 1 })] }), last('length')],
    { content: '', tool_calls: [wireCall(0, 0, 'f', { a: 1 })] },
    ['dropped tool_calls'],
  ],
  [
    'arguments that are none are shown, for the model to mend them',
    reply('tools', ...tool(0, 'f', '[1]'), ...tool(1, 'g', 'a=1')),
    [
      line({ tool_calls: [wireCall(0, 0, 'f', { input: '[1]' }), wireCall(1, 1, 'g', { input: 'a=1' })] }),
      last('stop'),
    ],
    {
      content: '',
      tool_calls: [wireCall(0, 0, 'f', { input: '[1]' }), wireCall(1, 1, 'g', { input: 'a=1' })],
    },
    ['approximated tool_calls.arguments'],
  ],
  [
    'free text is an argument',
    reply('tools', ...block(0, { type: 'tool_call', id: 'id-0', name: 'p', custom: true }, 'a\nb')),
    [line({ tool_calls: [wireCall(0, 0, 'p', { input: 'a\nb' })] }), last('stop')],
    { content: '', tool_calls: [wireCall(0, 0, 'p', { input: 'a\nb' })] },
    ['mapped tool_calls.custom'],
  ],
  [
    'a refusal in words',
    reply('refusal', ...block(0, { type: 'refusal' }, 'No.')),
    [line({ content: 'No.' }), last('content_filter')],
    { content: 'No.' },
    ['approximated refusal', 'approximated stop_reason'],
  ],
  [
    'a refusal that is only explained',
    [start, { type: 'finish', choice: 0, reason: 'refusal', explanation: 'No.' }, usage, end],
    [line({ content: 'No.' }), last('content_filter')],
    { content: 'No.' },
    ['approximated stop_reason'],
  ],
  ['filtered', reply('filter'), [last('content_filter')], { content: '' }],
  ['the window is full', reply('context_full'), [last('length')], { content: '' }],
  ['a pause', reply('pause'), [last('stop')], { content: '' }, ['approximated stop_reason']],
  [
    'a stop string',
    [start, { type: 'finish', choice: 0, reason: 'stop_sequence', sequence: 'END' }, usage, end],
    [last('stop')],
    { content: '' },
    ['dropped stop_sequence'],
  ],
  [
    'what has no place: seals, citations, foreign blocks, other answers, heads',
    [
      { ...start, extras: { service_tier: 'x' } },
      {
        type: 'open',
        index: 0,
        choice: 0,
        block: { type: 'reasoning', redacted: { origin: 'a', value: 'b' } },
      },
      { type: 'close', index: 0 },
      { type: 'open', index: 1, choice: 0, block: { type: 'text' } },
      { type: 'delta', index: 1, text: 'Hi' },
      { type: 'annotate', index: 1, origin: 'a', value: {} },
      { type: 'seal', index: 1, sealed: { origin: 'a', value: 'b' } },
      { type: 'close', index: 1 },
      { type: 'open', index: 2, choice: 0, block: { type: 'raw', origin: 'a', value: {} } },
      { type: 'close', index: 2 },
      { type: 'open', index: 3, choice: 1, block: { type: 'text' } },
      { type: 'delta', index: 3, text: 'Ho' },
      { type: 'close', index: 3 },
      { type: 'finish', choice: 1, reason: 'length' },
      { type: 'finish', choice: 0, reason: 'stop' },
      usage,
      end,
    ],
    [line({ content: 'Hi' }), last('stop')],
    { content: 'Hi' },
    [
      'dropped service_tier',
      'dropped thinking.redacted',
      'dropped annotations',
      'dropped thinking.signature',
      'dropped content.raw',
      'dropped choices',
    ],
  ],
];

for (const [why, events, lines, message, told = []] of rows) {
  test(`stream: ${why}`, () => {
    const encoded = encode(events);
    assert.deepEqual(linesOf(encoded.text), lines);
    assert.deepEqual(encoded.told, told);
    assert.ok(encoded.text.endsWith('}\n'));
  });

  test(`body: ${why}`, () => {
    const encoded = encode(events, { stream: false });
    const reason = (lines.at(-1) as { done_reason: string }).done_reason;
    assert.deepEqual(linesOf(encoded.text), [last(reason, { message: { role: 'assistant', ...message } })]);
    assert.deepEqual(encoded.told, told);
  });
}

test('every line has the model and a time', () => {
  const { text } = encode(reply('stop', ...block(0, { type: 'text' }, 'Hi')));
  for (const one of text.trim().split('\n')) {
    const { model, created_at } = JSON.parse(one) as Record<string, unknown>;
    assert.deepEqual([model, created_at], ['m', '2025-10-09T08:53:20.000Z']);
  }
});

test('log probabilities go out with the words they speak of', () => {
  const tokens = [{ token: 'Hi', logprob: -1 }];
  const events = reply(
    'stop',
    { type: 'logprobs', choice: 0, value: { content: tokens, refusal: null } },
    ...block(0, { type: 'text' }, 'Hi', '!'),
    { type: 'logprobs', choice: 0, value: tokens },
  );
  assert.deepEqual(linesOf(encode(events).text), [
    line({ content: 'Hi' }, { logprobs: tokens }),
    line({ content: '!' }),
    last('stop', { logprobs: tokens }),
  ]);
  const [body] = linesOf(encode(events, { stream: false }).text) as { logprobs: unknown }[];
  assert.deepEqual(body?.logprobs, [...tokens, ...tokens]);
});

const prompt: Partial<EncoderOptions> = { operation: 'complete' };

test('a prompt’s answer has its own fields', () => {
  const events = [
    start,
    ...block(0, { type: 'reasoning' }, 'Hm.'),
    ...block(1, { type: 'text' }, 'Yes.'),
    ...tool(2, 'f', '{}'),
    { type: 'finish', choice: 0, reason: 'tools', extras: { context: [1] } } as const,
    usage,
    end,
  ];
  const ending = { done: true, done_reason: 'stop', context: [1], ...counts };
  assert.deepEqual(linesOf(encode(events, prompt).text), [
    { response: '', thinking: 'Hm.', done: false },
    { response: 'Yes.', done: false },
    { response: '', tool_calls: [wireCall(0, 2, 'f', {})], done: false },
    { response: '', ...ending },
  ]);
  assert.deepEqual(linesOf(encode(events, { ...prompt, stream: false }).text), [
    { response: 'Yes.', thinking: 'Hm.', tool_calls: [wireCall(0, 2, 'f', {})], ...ending },
  ]);
});

test('durations: until the first word, and from there; the engine’s own where it has measured', () => {
  for (const stream of [true, false]) {
    const times = [20, 50];
    const elapsed = () => times.shift() ?? 0;
    const { text } = encode(reply('stop', ...block(0, { type: 'text' }, 'Hi')), { stream, elapsed });
    const [ending] = linesOf(text).slice(-1) as Record<string, number>[];
    assert.deepEqual(
      [ending?.total_duration, ending?.prompt_eval_duration, ending?.eval_duration, ending?.load_duration],
      [50_000_000, 20_000_000, 30_000_000, 0],
    );
  }
  const own = { type: 'usage', usage: noUsage, extras: { total_duration: 9, load_duration: 2 } } as const;
  const events: ReplyEvent[] = [start, { type: 'finish', choice: 0, reason: 'stop' }, own, end];
  const [ending] = linesOf(encode(events, { elapsed: () => 1 }).text) as Record<string, number>[];
  assert.deepEqual([ending?.total_duration, ending?.load_duration, ending?.eval_duration], [9, 2, 0]);
});

test('an upstream that counted nothing is not said to have counted zero', () => {
  const [ending] = linesOf(
    encode([start, { type: 'finish', choice: 0, reason: 'stop' }, end]).text,
  ) as object[];
  assert.equal('eval_count' in (ending ?? {}), false);
});

test('an error ends it, and nothing follows', () => {
  const error = new GatewayError('upstream_reset', 'It broke.');
  const events: ReplyEvent[] = [start, ...block(0, { type: 'text' }, 'Hi'), { type: 'error', error }, end];
  assert.deepEqual(linesOf(encode(events).text), [line({ content: 'Hi' }), { error: 'It broke.' }]);
  assert.equal(encode(events, { stream: false }).text, '{"error":"It broke."}');
});

test('a sign of life is read over', () => {
  const { text } = encode([
    start,
    { type: 'ping' },
    ...reply('stop', ...block(0, { type: 'text' }, 'Hi')).slice(1),
  ]);
  assert.ok(text.startsWith(' {'));
  assert.equal(outline(decode(text)).at(-1), 'end');
});

test('what it reads it writes again: loads, thoughts, calls, log probabilities', () => {
  for (const text of [
    done({ done_reason: 'unload', prompt_eval_count: undefined, eval_count: undefined }),
    said({ content: '', thinking: 'Hm.' }) + said({ content: 'é 👋' }) + done({ done_reason: 'length' }),
    said({ content: '', tool_calls: [{ id: 'x', function: { index: 0, name: 'f', arguments: { a: 1 } } }] }) +
      done(),
  ]) {
    const once = encode(decode(text)).text;
    assert.deepEqual(outline(decode(once)), outline(decode(text)));
    assert.equal(encode(decode(once)).text, once);
  }
});
