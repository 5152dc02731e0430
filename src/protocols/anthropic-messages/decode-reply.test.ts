import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { createDecoder } from './decode-reply.ts';

function frame(...events: JsonObject[]): Buffer {
  return Buffer.from(
    events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
}

function decode(...events: JsonObject[]): ReplyEvent[] {
  const out: ReplyEvent[] = [];
  createDecoder(true, (event) => out.push(event)).push(frame(...events));
  return out;
}

function decodeBody(body: Json): ReplyEvent[] {
  const out: ReplyEvent[] = [];
  createDecoder(false, (event) => out.push(event)).push(Buffer.from(JSON.stringify(body)));
  return out;
}

/** Blocks in one line each: what a caller in the end has. */
function blocks(events: readonly ReplyEvent[]): string[] {
  const lines: string[] = [];
  for (const event of events) {
    if (event.type === 'open') {
      const { block } = event;
      const name = block.type === 'tool_call' ? ` ${block.id} ${block.name}` : '';
      lines[event.index] = block.type + name;
      if (block.type === 'raw') lines[event.index] += ` ${JSON.stringify(block.value)}`;
      if (block.type === 'reasoning' && block.redacted)
        lines[event.index] += ` redacted ${block.redacted.value}`;
    }
    if (event.type === 'delta') lines[event.index] += ` ${event.text}`;
    if (event.type === 'seal') lines[event.index] += ` <${event.sealed.origin} ${event.sealed.value}>`;
    if (event.type === 'annotate') lines[event.index] += ` [${JSON.stringify(event.value)}]`;
  }
  return lines;
}

function reason(events: readonly ReplyEvent[]): string | undefined {
  return events.find((event) => event.type === 'finish')?.reason;
}

const start: JsonObject = {
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [] },
};
const stop: JsonObject = { type: 'message_stop' };

function open(index: number, content_block: JsonObject): JsonObject {
  return { type: 'content_block_start', index, content_block };
}
function close(index: number): JsonObject {
  return { type: 'content_block_stop', index };
}
function delta(index: number, fields: JsonObject): JsonObject {
  return { type: 'content_block_delta', index, delta: fields };
}
function says(index: number, text: string): JsonObject {
  return delta(index, { type: 'text_delta', text });
}
function thinks(index: number, thinking: string): JsonObject {
  return delta(index, { type: 'thinking_delta', thinking });
}
function inputs(index: number, partial_json: string): JsonObject {
  return delta(index, { type: 'input_json_delta', partial_json });
}
function signs(index: number, signature: string): JsonObject {
  return delta(index, { type: 'signature_delta', signature });
}
function ends(stop_reason: string | null, more: JsonObject = {}, usage: JsonObject = {}): JsonObject {
  return { type: 'message_delta', delta: { stop_reason, stop_sequence: null, ...more }, usage };
}

const text = { type: 'text', text: '' };
const thinking = { type: 'thinking', thinking: '' };
const use = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
const use2 = { type: 'tool_use', id: 'toolu_2', name: 'g', input: {} };

test('a plain reply, event by event', () => {
  const usage = { fresh: 5, cacheRead: 2, cacheWrite: 3, reasoning: 0, estimated: false };
  const counters = { input_tokens: 5, cache_read_input_tokens: 2, cache_creation_input_tokens: 3 };
  const message = { ...(start.message as JsonObject), usage: { ...counters, output_tokens: 1 } };
  assert.deepEqual(
    decode(
      { type: 'message_start', message },
      open(0, text),
      { type: 'ping' },
      says(0, 'a'),
      says(0, 'b'),
      close(0),
      ends('end_turn', {}, { output_tokens: 7 }),
      stop,
    ),
    [
      { type: 'start', id: 'msg_1', model: 'claude-x' },
      { type: 'usage', usage: { ...usage, output: 1 } },
      { type: 'open', index: 0, choice: 0, block: { type: 'text' } },
      { type: 'ping' },
      { type: 'delta', index: 0, text: 'a' },
      { type: 'delta', index: 0, text: 'b' },
      { type: 'close', index: 0 },
      { type: 'usage', usage: { ...usage, output: 7 } },
      { type: 'finish', choice: 0, reason: 'stop' },
      { type: 'end' },
    ] satisfies ReplyEvent[],
  );
});

test('what upstreams do wrong, and what a caller still gets', () => {
  const rows: readonly (readonly [why: string, events: JsonObject[], blocks: string[]])[] = [
    [
      'text inside an open tool call becomes text after it (sglang#24293)',
      [open(0, use), inputs(0, '{"a"'), says(0, 'by the way'), inputs(0, ':1}'), close(0)],
      ['tool_call toolu_1 f {"a" :1}', 'text by the way'],
    ],
    [
      'thinking inside a text block: the switching delta is kept (litellm#25212)',
      [open(0, text), says(0, 'a'), thinks(0, 'hm'), thinks(0, 'm'), says(0, 'b'), close(0)],
      ['text a', 'reasoning hm m', 'text b'],
    ],
    [
      'thinking that nobody opened (litellm#29600)',
      [thinks(0, 'hm'), open(1, text), says(1, 'a'), close(1)],
      ['reasoning hm', 'text a'],
    ],
    [
      'a signature without thinking (litellm#38809)',
      [open(0, thinking), signs(0, 'sig'), close(0), open(1, text), says(1, 'a'), close(1)],
      ['reasoning <anthropic sig>', 'text a'],
    ],
    ['a signature that nobody opened', [signs(0, 'sig'), close(0)], ['reasoning <anthropic sig>']],
    [
      'a start per token is one block (llama.cpp#18551)',
      [open(0, text), says(0, 'a'), open(0, text), says(0, 'b'), open(0, text), says(0, 'c'), close(0)],
      ['text a b c'],
    ],
    [
      'a start per token with the token in it',
      [open(0, { type: 'text', text: 'a' }), open(0, { type: 'text', text: 'b' }), close(0)],
      ['text a b'],
    ],
    [
      'overlapping calls are all kept, one after the other (bifrost#3441)',
      [
        open(0, use),
        inputs(0, '{"a":'),
        open(1, use2),
        inputs(1, '{"b":'),
        inputs(0, '1}'),
        inputs(1, '2}'),
        close(0),
        close(1),
      ],
      ['tool_call toolu_1 f {"a": 1}', 'tool_call toolu_2 g {"b":2}'],
    ],
    [
      'overlapping texts',
      [open(0, text), says(0, 'a'), open(1, text), says(1, 'b'), says(0, 'c'), close(0), close(1)],
      ['text a', 'text b', 'text c'],
    ],
    [
      'two calls under one index',
      [open(0, use), inputs(0, '{"a":1}'), open(0, use2), inputs(0, '{"b":2}'), close(0)],
      ['tool_call toolu_1 f {"a":1}', 'tool_call toolu_2 g {"b":2}'],
    ],
    [
      'a start per token of a call is one call',
      [open(0, use), inputs(0, '{"a"'), open(0, use), inputs(0, ':1}'), close(0)],
      ['tool_call toolu_1 f {"a" :1}'],
    ],
    [
      'text that goes on after a call has begun',
      [open(0, text), says(0, 'a'), open(1, use), says(0, 'b'), inputs(1, '{}'), close(1), close(0)],
      ['text a', 'tool_call toolu_1 f {}', 'text b'],
    ],
    [
      'arguments that stall stay one call (bifrost#2786)',
      [open(0, use), inputs(0, '{"a"'), { type: 'ping' }, inputs(0, ''), inputs(0, ':1}'), close(0)],
      ['tool_call toolu_1 f {"a" :1}'],
    ],
    [
      'a call that starts without input (cc-switch#2556)',
      [open(0, { type: 'tool_use', id: 'toolu_1', name: 'f' }), inputs(0, '{}'), close(0)],
      ['tool_call toolu_1 f {}'],
    ],
    [
      'a call without any arguments (openclaude#1259)',
      [open(0, use), inputs(0, ''), close(0)],
      ['tool_call toolu_1 f {}'],
    ],
    [
      'arguments only in the start',
      [open(0, { ...use, input: { a: 1 } }), close(0)],
      ['tool_call toolu_1 f {"a":1}'],
    ],
    [
      'arguments in the start and again in deltas count once',
      [open(0, { ...use, input: { a: 1 } }), inputs(0, '{"a":1}'), close(0)],
      ['tool_call toolu_1 f {"a":1}'],
    ],
    [
      'blocks that nobody closes',
      [open(0, thinking), thinks(0, 'h'), open(1, text), says(1, 'a'), open(2, use), open(3, use2)],
      ['reasoning h', 'text a', 'tool_call toolu_1 f {}', 'tool_call toolu_2 g {}'],
    ],
    [
      'redacted thinking',
      [open(0, { type: 'redacted_thinking', data: 'd' }), close(0)],
      ['reasoning redacted d'],
    ],
    [
      'citations, before and between the text',
      [
        open(0, text),
        delta(0, { type: 'citations_delta', citation: { n: 1 } }),
        says(0, 'a'),
        delta(0, { type: 'citations_delta', citation: { n: 2 } }),
        close(0),
      ],
      ['text [{"n":1}] a [{"n":2}]'],
    ],
    [
      'citations of a text that waits for a call to end',
      [
        open(0, use),
        inputs(0, '{'),
        says(0, 'a'),
        delta(0, { type: 'citations_delta', citation: 1 }),
        inputs(0, '}'),
      ],
      ['tool_call toolu_1 f { }', 'text a [1]'],
    ],
    [
      'a server tool is passed on whole',
      [
        open(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        inputs(0, '{"query":'),
        inputs(0, '"q"}'),
        close(0),
        open(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
        close(1),
      ],
      [
        'raw {"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}}',
        'raw {"type":"web_search_tool_result","tool_use_id":"s","content":[]}',
      ],
    ],
    [
      'a server tool that nobody closes keeps its place',
      [
        open(0, { type: 'server_tool_use', id: 's', name: 'n', input: {} }),
        open(1, text),
        says(1, 'a'),
        close(1),
      ],
      ['raw {"type":"server_tool_use","id":"s","name":"n","input":{}}', 'text a'],
    ],
    [
      'a block of the future with deltas of the future',
      [
        open(0, { type: 'compaction', content: '' }),
        delta(0, { type: 'compaction_delta', content: 'a' }),
        delta(0, { type: 'compaction_delta', content: 'b' }),
        close(0),
      ],
      ['raw {"type":"compaction","content":"ab"}'],
    ],
    [
      'a free-text tool is unwrapped (copilot-api#242)',
      [
        open(0, { type: 'tool_use', id: 't', name: 'apply_patch__freetext', input: {} }),
        inputs(0, '{"input":"*** Be'),
        inputs(0, 'gin\\n"}'),
        close(0),
      ],
      ['tool_call t apply_patch *** Begin\n'],
    ],
    [
      'stray stops and deltas',
      [close(7), inputs(3, '{}'), says(9, ''), open(0, text), says(0, 'a')],
      ['text a'],
    ],
    [
      'unknown events are passed over',
      [{ type: 'content_block_sparkle', index: 0 }, open(0, text), delta(0, { type: 'new' }), says(0, 'a')],
      ['text a'],
    ],
  ];
  for (const [why, events, expected] of rows) {
    const out = decode(start, ...events, ends('end_turn'), stop);
    assert.deepEqual(blocks(out), expected, why);
    assert.equal(out.at(-1)?.type, 'end', why);
  }
});

test('a call without an id gets one', () => {
  const [opened] = decode(start, open(0, { type: 'tool_use', name: 'f' }), stop).filter(
    (event) => event.type === 'open',
  );
  assert.deepEqual(opened?.block, { type: 'tool_call', id: 'toolu_msg_1_0', name: 'f' });
});

test('why it stopped', () => {
  const called = [open(0, use), close(0)];
  const rows: readonly (readonly [why: string, events: JsonObject[], reason: string])[] = [
    ['end', [ends('end_turn')], 'stop'],
    ['length', [ends('max_tokens')], 'length'],
    ['stop string', [ends('stop_sequence', { stop_sequence: 'x' })], 'stop_sequence'],
    ['tools', [...called, ends('tool_use')], 'tools'],
    ['end_turn although a tool was called (bifrost#3638)', [...called, ends('end_turn')], 'tools'],
    ['a call never hides the length', [...called, ends('max_tokens')], 'length'],
    ['pause', [ends('pause_turn')], 'pause'],
    ['context full', [ends('model_context_window_exceeded')], 'context_full'],
    ['refusal', [ends('refusal')], 'refusal'],
    ['a word of the future', [ends('compaction')], 'stop'],
    ['an unlucky word', [ends('constructor')], 'stop'],
    ['never said', [], 'stop'],
    ['never said, with a call', called, 'tools'],
    ['said before the last report', [ends('max_tokens'), ends(null)], 'length'],
  ];
  for (const [why, events, expected] of rows)
    assert.equal(reason(decode(start, ...events, stop)), expected, why);
});

test('the details of an end are kept (CLIProxyAPI#4958)', () => {
  const stop_details = { type: 'refusal', category: 'cyber', explanation: 'No.' };
  const finish = (event: JsonObject) => decode(start, event, stop).find((one) => one.type === 'finish');
  assert.deepEqual(finish(ends('refusal', { stop_details })), {
    type: 'finish',
    choice: 0,
    reason: 'refusal',
    explanation: 'No.',
    extras: { stop_details },
  });
  assert.deepEqual(finish(ends('stop_sequence', { stop_sequence: 'END' })), {
    type: 'finish',
    choice: 0,
    reason: 'stop_sequence',
    sequence: 'END',
  });
});

test('usage is cumulative and its counters are disjoint (litellm#9812)', () => {
  const first = {
    input_tokens: 10,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 50,
    output_tokens: 1,
  };
  const message = { id: 'm', model: 'x', usage: first };
  const last = decode(
    { type: 'message_start', message },
    ends(null, {}, { output_tokens: 20, input_tokens: null }),
    ends('end_turn', {}, { output_tokens: 30, output_tokens_details: { thinking_tokens: 12 } }),
    stop,
  )
    .filter((event) => event.type === 'usage')
    .at(-1);
  assert.deepEqual(last?.usage, {
    fresh: 10,
    cacheRead: 100,
    cacheWrite: 50,
    output: 30,
    reasoning: 12,
    estimated: false,
  });
});

test('reasoning is part of the output', () => {
  const usage = { output_tokens: 5, output_tokens_details: { thinking_tokens: 9 } };
  const [counted] = decode(start, ends('end_turn', {}, usage), stop).filter(
    (event) => event.type === 'usage',
  );
  assert.equal(counted?.usage.reasoning, 5);
});

test('a second message_start', () => {
  const again = { ...start, message: { ...(start.message as JsonObject), id: 'msg_2' } };
  const rows: readonly (readonly [why: string, events: JsonObject[], end: string])[] = [
    ['the same again is passed over', [start, start, open(0, text), says(0, 'a'), stop], 'end'],
    ['the same again, later', [start, open(0, text), says(0, 'a'), start, says(0, 'b'), stop], 'end'],
    [
      'another before anything was said',
      [start, { type: 'ping' }, again, open(0, text), says(0, 'a'), stop],
      'end',
    ],
    [
      'another in the middle cannot be mended (vercel/ai#18331)',
      [start, open(0, use), inputs(0, '{"a":"'), again, stop],
      'error',
    ],
  ];
  for (const [why, events, end] of rows) {
    const out = decode(...events);
    assert.equal(out.at(-1)?.type, end, why);
    assert.equal(out.filter((event) => event.type === 'start').length, 1, why);
  }
});

test('nothing follows an end or an error', () => {
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const failed = decode(start, open(0, text), says(0, 'a'), overloaded, says(0, 'b'), stop).at(-1);
  assert.equal(failed?.type === 'error' ? failed.error.code : '', 'upstream_overloaded');
  assert.equal(decode(start, stop, open(0, text), stop).at(-1)?.type, 'end');
  assert.equal(decode(start, stop, stop).filter((event) => event.type === 'end').length, 1);
  const untyped = decode(start, { error: { message: 'prompt is too long: 5 tokens > 4 maximum' } }).at(-1);
  assert.equal(untyped?.type === 'error' ? untyped.error.code : '', 'context_too_long');
});

test('what is no JSON is called garbled', () => {
  for (const stream of [true, false]) {
    const out: ReplyEvent[] = [];
    createDecoder(stream, (event) => out.push(event)).push(Buffer.from('data: {oops\n\n'));
    const last = out.at(-1);
    assert.equal(last?.type === 'error' ? last.error.code : '', 'upstream_garbled');
  }
  const [empty] = decodeBody({ id: 'msg_1' });
  assert.equal(empty?.type === 'error' ? empty.error.code : '', 'upstream_garbled');
});

test('a reply without message_start still starts', () => {
  assert.deepEqual(
    decode(says(0, 'a'), stop).map((event) => event.type),
    ['start', 'open', 'delta', 'close', 'finish', 'end'],
  );
});

test('calls that come with the start are not lost', () => {
  const message = { ...(start.message as JsonObject), content: [{ ...use, input: { a: 1 } }] };
  const out = decode({ type: 'message_start', message }, open(0, text), says(0, 'a'), close(0), stop);
  assert.deepEqual(blocks(out), ['tool_call toolu_1 f {"a":1}', 'text a']);
});

test('frames may be cut between any two events', () => {
  const all = [start, open(0, text), says(0, 'grüß 🎈'), close(0), ends('end_turn'), stop];
  const out: ReplyEvent[] = [];
  const decoder = createDecoder(true, (event) => out.push(event));
  for (const event of all) decoder.push(frame(event));
  assert.deepEqual(out, decode(...all));
});

test('a whole body', () => {
  const out = decodeBody({
    id: 'msg_1',
    model: 'claude-x',
    content: [
      { type: 'thinking', thinking: 'h', signature: 's' },
      { type: 'text', text: 'a', citations: [{ n: 1 }] },
      { ...use, input: { a: 1 } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 4, service_tier: 'standard' },
  });
  assert.deepEqual(blocks(out), [
    'reasoning h <anthropic s>',
    'text a [{"n":1}]',
    'tool_call toolu_1 f {"a":1}',
  ]);
  assert.deepEqual(
    out.filter((event) => !('index' in event)),
    [
      { type: 'start', id: 'msg_1', model: 'claude-x' },
      {
        type: 'usage',
        usage: { fresh: 3, cacheRead: 0, cacheWrite: 0, output: 4, reasoning: 0, estimated: false },
        extras: { service_tier: 'standard' },
      },
      { type: 'finish', choice: 0, reason: 'tools' },
      { type: 'end' },
    ],
  );
  const [failed] = decodeBody({ type: 'error', error: { type: 'api_error', message: 'x' } });
  assert.equal(failed?.type === 'error' ? failed.error.code : '', 'upstream_fault');
});
