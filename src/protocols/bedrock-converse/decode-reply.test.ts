import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { FrameKind } from '../../canonical/protocol.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { encodeHeaders, encodeMessage } from '../../lib/event-stream.ts';
import { createDecoder } from './decode-reply.ts';
import { createEncoder } from './encode-reply.ts';
import { type EventType, eventMessage } from './messages.ts';
import { readTextDelta } from './text-delta.ts';
import { watchConverse } from './watch.ts';

type Event = readonly [type: EventType, fields: JsonObject];

function streamOf(...events: readonly Event[]): Buffer {
  return Buffer.concat(events.map(([type, fields]) => eventMessage(type, JSON.stringify(fields))));
}

interface Seen {
  readonly kinds: readonly FrameKind[];
  readonly fault: GatewayError | undefined;
  readonly events: readonly ReplyEvent[];
  readonly pieces: number;
}

function watch(stream: boolean, ...reads: readonly Buffer[]): Seen {
  const kinds: FrameKind[] = [];
  const events: ReplyEvent[] = [];
  let fault: GatewayError | undefined;
  const decoder = createDecoder(stream, (event) => events.push(event));
  const watcher = watchConverse(stream, {
    frame: (bytes, kind) => {
      kinds.push(kind);
      decoder.push(bytes);
    },
    fault: (error) => {
      assert.equal(fault, undefined, 'said once');
      fault = error;
    },
  });
  for (const read of reads) watcher.push(read);
  watcher.end();
  return { kinds, fault, events, pieces: watcher.pieces };
}

/** The lines of a whole block. */
function block(head: string, text?: string): readonly string[] {
  return [`open ${head}`, ...(text === undefined ? [] : [`delta ${text}`]), 'close'];
}

/** Events without what every reply has: `open text`, `delta Hi`, … */
function told(events: readonly ReplyEvent[]): readonly string[] {
  return events.map((event) => {
    switch (event.type) {
      case 'open':
        return `open ${event.block.type}${event.block.type === 'tool_call' ? ` ${event.block.id}` : ''}`;
      case 'delta':
        return `delta ${event.text}`;
      case 'seal':
        return `seal ${event.sealed.value}`;
      case 'finish':
        return `finish ${event.reason}${event.sequence === undefined ? '' : ` at ${event.sequence}`}`;
      case 'usage':
        return `usage ${event.usage.fresh}+${event.usage.cacheRead}+${event.usage.cacheWrite} ${event.usage.output}`;
      case 'error':
        return `error ${event.error.code}`;
      default:
        return event.type;
    }
  });
}

const start: Event = ['messageStart', { role: 'assistant' }];
const text = (at: number, words: string): Event => [
  'contentBlockDelta',
  { contentBlockIndex: at, delta: { text: words } },
];
const thinks = (at: number, fields: JsonObject): Event => [
  'contentBlockDelta',
  { contentBlockIndex: at, delta: { reasoningContent: fields } },
];
const uses = (at: number, id: string | undefined, name: string): Event => [
  'contentBlockStart',
  { contentBlockIndex: at, start: { toolUse: { ...(id === undefined ? {} : { toolUseId: id }), name } } },
];
const input = (at: number, json: JsonObject | string): Event => [
  'contentBlockDelta',
  { contentBlockIndex: at, delta: { toolUse: { input: json } } },
];
const close = (at: number): Event => ['contentBlockStop', { contentBlockIndex: at }];
const stops = (stopReason: string, more: JsonObject = {}): Event => ['messageStop', { stopReason, ...more }];
const usage: Event = ['metadata', { usage: { inputTokens: 3, outputTokens: 2 } }];

const rows: readonly (readonly [why: string, events: readonly Event[], told: readonly string[]])[] = [
  [
    'as the service sends it',
    [start, text(0, 'Hi'), text(0, '.'), close(0), stops('end_turn'), usage],
    ['start', 'open text', 'delta Hi', 'delta .', 'close', 'finish stop', 'usage 3+0+0 2', 'end'],
  ],
  [
    'usage before the end',
    [start, text(0, 'Hi'), close(0), usage, stops('end_turn')],
    ['start', 'open text', 'delta Hi', 'usage 3+0+0 2', 'close', 'finish stop', 'end'].sort(),
  ],
  [
    'usage never told',
    [start, text(0, 'Hi'), close(0), stops('max_tokens')],
    ['start', ...block('text', 'Hi'), 'finish length', 'end'],
  ],
  [
    'no start, no stop of the block',
    [text(0, 'Hi'), stops('end_turn'), usage],
    ['start', ...block('text', 'Hi'), 'finish stop', 'usage 3+0+0 2', 'end'],
  ],
  [
    'bifrost#3638 a call that ends like a text',
    [start, uses(0, 't', 'x'), input(0, '{}'), close(0), stops('end_turn'), usage],
    ['start', ...block('tool_call t', '{}'), 'finish tools', 'usage 3+0+0 2', 'end'],
  ],
  [
    'vllm#53269 … but never over length',
    [start, uses(0, 't', 'x'), input(0, '{"a'), close(0), stops('max_tokens'), usage],
    ['start', ...block('tool_call t', '{"a'), 'finish length', 'usage 3+0+0 2', 'end'],
  ],
  [
    'a call without arguments, id or name of its own',
    [start, uses(0, undefined, 'x'), close(0), stops('tool_use'), usage],
    ['start', ...block('tool_call tooluse__0', '{}'), 'finish tools', 'usage 3+0+0 2', 'end'],
  ],
  [
    'arguments as an object',
    [start, uses(0, 't', 'x'), input(0, { a: 1 }), close(0), stops('tool_use'), usage],
    ['start', ...block('tool_call t', '{"a":1}'), 'finish tools', 'usage 3+0+0 2', 'end'],
  ],
  [
    'the same start twice',
    [start, uses(0, 't', 'x'), uses(0, 't', 'x'), input(0, '{}'), stops('tool_use'), usage],
    ['start', ...block('tool_call t', '{}'), 'finish tools', 'usage 3+0+0 2', 'end'],
  ],
  [
    'bifrost#3441 overlapping blocks',
    [
      start,
      uses(0, 'a', 'x'),
      uses(1, 'b', 'y'),
      input(1, '{"b":1}'),
      input(0, '{"a":1}'),
      close(1),
      close(0),
      stops('tool_use'),
      usage,
    ],
    [
      'start',
      ...block('tool_call a', '{"a":1}'),
      ...block('tool_call b', '{"b":1}'),
      'finish tools',
      'usage 3+0+0 2',
      'end',
    ],
  ],
  [
    'litellm#25212 reasoning and text under one number',
    [
      start,
      thinks(0, { text: 'Hm' }),
      thinks(0, { signature: 's' }),
      text(0, 'Hi'),
      close(0),
      stops('end_turn'),
      usage,
    ],
    [
      'start',
      'open reasoning',
      'delta Hm',
      'seal s',
      'close',
      ...block('text', 'Hi'),
      'finish stop',
      'usage 3+0+0 2',
      'end',
    ],
  ],
  [
    'litellm#38809 a signature without words',
    [start, thinks(0, { signature: 's' }), close(0), text(1, 'Hi'), stops('end_turn'), usage],
    [
      'start',
      'open reasoning',
      'seal s',
      'close',
      ...block('text', 'Hi'),
      'finish stop',
      'usage 3+0+0 2',
      'end',
    ],
  ],
  [
    'redacted reasoning',
    [start, thinks(0, { redactedContent: 'x' }), close(0), text(1, 'Hi'), stops('end_turn'), usage],
    ['start', ...block('reasoning'), ...block('text', 'Hi'), 'finish stop', 'usage 3+0+0 2', 'end'],
  ],
  [
    'litellm#9812 tokens of the cache are counted once',
    [
      start,
      text(0, 'Hi'),
      stops('end_turn'),
      [
        'metadata',
        {
          usage: {
            inputTokens: 3,
            outputTokens: 2,
            totalTokens: 35,
            cacheReadInputTokens: 20,
            cacheWriteInputTokens: 10,
          },
        },
      ],
    ],
    ['start', ...block('text', 'Hi'), 'finish stop', 'usage 3+20+10 2', 'end'],
  ],
  [
    'a stop string that is named',
    [
      start,
      text(0, 'Hi'),
      stops('stop_sequence', { additionalModelResponseFields: { delta: { stop_sequence: 'END' } } }),
      usage,
    ],
    ['start', ...block('text', 'Hi'), 'finish stop_sequence at END', 'usage 3+0+0 2', 'end'],
  ],
  ...(
    [
      ['guardrail_intervened', 'filter'],
      ['content_filtered', 'filter'],
      ['model_context_window_exceeded', 'context_full'],
      ['news', 'stop'],
    ] as const
  ).map(([word, reason]): (typeof rows)[number] => [
    `the reason ${word}`,
    [start, text(0, 'Hi'), stops(word), usage],
    ['start', ...block('text', 'Hi'), `finish ${reason}`, 'usage 3+0+0 2', 'end'],
  ]),
];

for (const [why, events, expected] of rows) {
  test(`a stream: ${why}`, () => {
    const bytes = streamOf(...events);
    const seen = watch(true, bytes);
    assert.equal(seen.fault, undefined);
    const order = why === 'usage before the end' ? [...told(seen.events)].sort() : told(seen.events);
    assert.deepEqual(order, expected);
    assert.equal(seen.kinds.at(-1), 'terminal');
    for (let at = 1; at < bytes.length; at += 1) {
      const cut = watch(true, bytes.subarray(0, at), bytes.subarray(at));
      assert.deepEqual(told(cut.events), told(seen.events), `cut at ${at}`);
      assert.equal(cut.pieces, seen.pieces);
    }
  });

  test(`a stream that breaks off is no answer: ${why}`, () => {
    const bytes = streamOf(...events);
    const end = events.findIndex(([type]) => type === 'messageStop');
    const whole = streamOf(...events.slice(0, end + 1)).length;
    for (let at = 0; at < whole; at += 1) {
      const { fault, kinds } = watch(true, bytes.subarray(0, at));
      assert.equal(fault?.code, 'upstream_truncated', `after ${at}`);
      assert.ok(!kinds.includes('terminal'));
    }
  });
}

test('half a message after the end is no clean end', () => {
  const bytes = streamOf(start, text(0, 'Hi'), stops('end_turn'), usage);
  assert.equal(watch(true, bytes.subarray(0, -3)).fault?.code, 'upstream_truncated');
});

test('what is held back: the opening only', () => {
  assert.deepEqual(watch(true, streamOf(start, text(0, 'Hi'), close(0), stops('end_turn'), usage)).kinds, [
    'prelude',
    'content',
    'terminal',
  ]);
  assert.deepEqual(
    watch(true, streamOf(start, usage, uses(0, 't', 'x'), close(0), stops('tool_use'))).kinds,
    ['prelude', 'content', 'terminal'],
  );
});

function exception(type: string, message: string): Buffer {
  const headers = encodeHeaders({ ':message-type': 'exception', ':exception-type': type });
  return encodeMessage(headers, JSON.stringify({ message }));
}

const exceptions: readonly (readonly [type: string, message: string, code: string])[] = [
  ['throttlingException', 'Too many requests.', 'upstream_rate_limited'],
  ['serviceUnavailableException', 'Not now.', 'upstream_overloaded'],
  ['internalServerException', 'Oops.', 'upstream_fault'],
  ['modelStreamErrorException', 'The model broke.', 'upstream_fault'],
  ['modelStreamErrorException', 'prompt is too long: 9 tokens > 8 maximum', 'context_too_long'],
  ['validationException', 'A wrong field.', 'bad_request'],
  ['newsException', 'What?', 'upstream_fault'],
];

for (const [type, message, code] of exceptions) {
  for (const before of [[start], [start, text(0, 'Hi')]] as const) {
    test(`an exception in a stream: ${type} ${message} after ${before.length}`, () => {
      const bytes = Buffer.concat([
        streamOf(...before),
        exception(type, message),
        streamOf(stops('end_turn'), usage),
      ]);
      const { fault, kinds } = watch(true, bytes);
      assert.equal(fault?.code, code);
      assert.ok(!kinds.includes('terminal'));
      const events: ReplyEvent[] = [];
      createDecoder(true, (event) => events.push(event)).push(bytes);
      assert.equal(told(events).at(-1), `error ${code}`);
    });
  }
}

test('an error that no model of the service knows', () => {
  const headers = encodeHeaders({
    ':message-type': 'error',
    ':error-code': 'ThrottlingException',
    ':error-message': 'Slow.',
  });
  const { fault } = watch(true, Buffer.concat([streamOf(start), encodeMessage(headers, '')]));
  assert.equal(fault?.code, 'upstream_rate_limited');
  assert.equal(fault?.detail.upstream?.message, 'Slow.');
});

for (const reason of ['malformed_tool_use', 'malformed_model_output']) {
  test(`${reason} is a fault, and no answer`, () => {
    const { fault, kinds } = watch(true, streamOf(start, text(0, 'Hi'), stops(reason), usage));
    assert.equal(fault?.code, 'upstream_garbled');
    assert.ok(!kinds.includes('terminal'));
    const body = { output: { message: { content: [{ text: 'Hi' }] } }, stopReason: reason };
    assert.equal(watch(false, Buffer.from(JSON.stringify(body))).fault?.code, 'upstream_garbled');
  });
}

for (const [why, payload] of [
  ['no JSON', '{"contentBlockIndex":0,"delta":{"te'],
  ['no object', '[1]'],
] as const) {
  for (const type of [
    'contentBlockDelta',
    'contentBlockStart',
    'messageStop',
    'metadata',
    'messageStart',
  ] as const) {
    test(`an event that is ${why} is garbled: ${type}`, () => {
      const bytes = Buffer.concat([streamOf(start, text(0, 'Hi')), eventMessage(type, payload)]);
      assert.equal(watch(true, bytes).fault?.code, 'upstream_garbled');
      const events: ReplyEvent[] = [];
      createDecoder(true, (event) => events.push(event)).push(bytes);
      assert.equal(told(events).at(-1), 'error upstream_garbled');
    });
  }
}

test('events of names nobody knows are passed over', () => {
  const news = encodeMessage(encodeHeaders({ ':message-type': 'event', ':event-type': 'news' }), '{}');
  const seen = watch(
    true,
    Buffer.concat([streamOf(start, text(0, 'Hi')), news, streamOf(stops('end_turn'), usage)]),
  );
  assert.equal(seen.fault, undefined);
  assert.equal(told(seen.events).at(-1), 'end');
});

const message = { role: 'assistant', content: [{ text: 'Hi' }] };
const bodies: readonly (readonly [why: string, body: JsonObject, code: string | undefined])[] = [
  ['a reply', { output: { message }, stopReason: 'end_turn' }, undefined],
  [
    'nothing to say, and why',
    { output: { message: { content: [] } }, stopReason: 'content_filtered' },
    undefined,
  ],
  ['nothing to say', { output: { message: { content: [] } } }, 'upstream_garbled'],
  ['no message', { output: {}, stopReason: 'end_turn' }, 'upstream_garbled'],
  ["a user's message", { output: { message: { ...message, role: 'user' } } }, 'upstream_garbled'],
  ['an exception', { __type: 'ThrottlingException', message: 'Slow.' }, 'upstream_rate_limited'],
  ['a bare message', { message: 'No.' }, 'upstream_fault'],
];

for (const [why, body, code] of bodies) {
  test(`a whole reply, read along and decoded alike: ${why}`, () => {
    const bytes = Buffer.from(JSON.stringify(body));
    assert.equal(watch(false, bytes).fault?.code, code);
    const events: ReplyEvent[] = [];
    createDecoder(false, (event) => events.push(event)).push(bytes);
    assert.equal(told(events).at(-1), code === undefined ? 'end' : `error ${code}`);
  });
}

const plain: readonly (readonly [data: string, read: unknown])[] = [
  ['{"contentBlockIndex":0,"delta":{"text":"Hi"}}', { at: 0, text: 'Hi' }],
  ['{"contentBlockIndex":12,"delta":{"text":""},"p":"abc"}', { at: 12, text: '' }],
  ['{"contentBlockIndex":0,"delta":{"text":"a\\n"}}', undefined],
  ['{"contentBlockIndex":0,"delta":{"text":"a"},"p":"\\""}', undefined],
  ['{"contentBlockIndex":0,"delta":{"text":"a"},"p":"b","q":1}', undefined],
  ['{"contentBlockIndex":0,"delta":{"text":"a","more":1}}', undefined],
  ['{"contentBlockIndex":x,"delta":{"text":"a"}}', undefined],
  ['{"delta":{"text":"a"},"contentBlockIndex":0}', undefined],
  ['{"contentBlockIndex":0,"delta":{"text":"a"', undefined],
];

for (const [data, read] of plain) {
  test(`read without parsing, or left to the parser: ${data}`, () => {
    assert.deepEqual(readTextDelta(data), read);
  });
}

test('blocks that overlap leave one after the other', () => {
  const events: readonly ReplyEvent[] = [
    { type: 'start', id: '', model: '' },
    { type: 'open', index: 0, choice: 0, block: { type: 'tool_call', id: 'a', name: 'x', custom: true } },
    { type: 'open', index: 1, choice: 0, block: { type: 'text' } },
    { type: 'delta', index: 1, text: 'later' },
    { type: 'delta', index: 0, text: 'free "text"' },
    { type: 'close', index: 0 },
    { type: 'close', index: 1 },
    { type: 'finish', choice: 0, reason: 'stop' },
    { type: 'end' },
  ];
  const encoder = createEncoder({
    stream: true,
    includeUsage: true,
    created: 0,
    callId: 'c',
    operation: 'chat',
  });
  const bytes = Buffer.from(events.map((event) => encoder.event(event)).join(''), 'latin1');
  assert.deepEqual(told(watch(true, bytes).events), [
    'start',
    'open tool_call a',
    'delta {"input":"',
    'delta free \\"text\\"',
    'delta "}',
    'close',
    ...block('text', 'later'),
    'finish tools',
    'usage 0+0+0 0',
    'end',
  ]);
});
