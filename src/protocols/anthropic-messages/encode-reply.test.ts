import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { BlockHead, ReplyEvent } from '../../canonical/reply.ts';
import { createEncoder } from './encode-reply.ts';

const usage = { fresh: 5, cacheRead: 2, cacheWrite: 3, output: 7, reasoning: 0, estimated: false };
const start: ReplyEvent = { type: 'start', id: 'msg_1', model: 'm' };
const end: ReplyEvent = { type: 'end' };

function encoder(stream = true) {
  return createEncoder({
    stream,
    includeUsage: true,
    created: 0,
    callId: 'call_9',
    operation: 'chat' as const,
  });
}

function encode(events: readonly ReplyEvent[], stream = true): { text: string; ledger: string[] } {
  const made = encoder(stream);
  const text = events.map((event) => made.event(event)).join('');
  return { text, ledger: made.ledger.entries.map((entry) => entry.field) };
}

function body(events: readonly ReplyEvent[]): JsonObject {
  return JSON.parse(encode(events, false).text) as JsonObject;
}

/** The data of each event, without the frame of the message. */
function inner(events: readonly ReplyEvent[]): Json[] {
  const all = encode([start, ...events, end])
    .text.split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.slice(event.indexOf('\ndata: ') + 7)) as JsonObject);
  assert.deepEqual(
    [all[0]?.type, all.at(-2)?.type, all.at(-1)?.type],
    ['message_start', 'message_delta', 'message_stop'],
  );
  return all.slice(1, -2);
}

function open(index: number, block: BlockHead, choice = 0): ReplyEvent {
  return { type: 'open', index, choice, block };
}
function delta(index: number, text: string): ReplyEvent {
  return { type: 'delta', index, text };
}
function close(index: number): ReplyEvent {
  return { type: 'close', index };
}
function finish(reason: Extract<ReplyEvent, { type: 'finish' }>['reason'], more = {}): ReplyEvent {
  return { type: 'finish', choice: 0, reason, ...more };
}
const call: BlockHead = { type: 'tool_call', id: 'call_1', name: 'f' };

test('a stream, byte for byte', () => {
  const { text } = encode([
    start,
    open(0, { type: 'reasoning' }),
    delta(0, 'hm'),
    { type: 'seal', index: 0, sealed: { origin: 'anthropic', value: 'sig' } },
    close(0),
    { type: 'ping' },
    open(1, { type: 'text' }),
    delta(1, 'a"\n🎈'),
    close(1),
    open(2, call),
    delta(2, '{"a":'),
    delta(2, '1}'),
    close(2),
    finish('stop'),
    { type: 'usage', usage },
    end,
  ]);
  assert.equal(
    text,
    `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"container":null,"context_management":null,"diagnostics":null,"usage":{"cache_creation":null,"service_tier":null,"inference_geo":null,"speed":null,"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0,"output_tokens_details":null,"server_tool_use":null}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: ping
data: {"type": "ping"}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a\\"\\n🎈"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_1","name":"f","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\\"a\\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null,"stop_details":null,"container":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":7,"output_tokens_details":null,"server_tool_use":null}}

event: message_stop
data: {"type":"message_stop"}

`,
  );
});

test('each event goes out as soon as it may', () => {
  const made = encoder();
  assert.equal(made.event(start), '', 'the start waits for the input count');
  assert.equal(made.event({ type: 'usage', usage }), '');
  const opened = made.event(open(0, { type: 'text' }));
  assert.match(opened, /^event: message_start\n.*"input_tokens":5.*\n\n$/, 'an empty text says nothing yet');
  assert.match(made.event(delta(0, 'a')), /content_block_start[\s\S]*text_delta/);
  assert.match(made.event(close(0)), /content_block_stop/);
  assert.equal(made.event(finish('stop')), '', 'usage may still come');
  assert.match(made.event(end), /message_delta[\s\S]*message_stop/);
  assert.equal(made.event(end), '', 'nothing follows');
});

test('blocks', () => {
  const at0 = (type: string, field: string, value: string): JsonObject => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type, [field]: value },
  });
  const begin = (content_block: JsonObject): JsonObject => ({
    type: 'content_block_start',
    index: 0,
    content_block,
  });
  const stopped: JsonObject = { type: 'content_block_stop', index: 0 };
  const rows: readonly (readonly [why: string, events: ReplyEvent[], wire: Json[]])[] = [
    ['a text without words is left out', [open(0, { type: 'text' }), close(0)], []],
    ['a refusal may have no blocks', [finish('refusal')], []],
    [
      'a refusal with words is text',
      [open(0, { type: 'refusal' }), delta(0, 'No.'), close(0)],
      [begin({ type: 'text', text: '' }), at0('text_delta', 'text', 'No.'), stopped],
    ],
    [
      'a signature without thinking',
      [
        open(0, { type: 'reasoning' }),
        { type: 'seal', index: 0, sealed: { origin: 'anthropic', value: 's' } },
        close(0),
      ],
      [
        begin({ type: 'thinking', thinking: '', signature: '' }),
        at0('signature_delta', 'signature', 's'),
        stopped,
      ],
    ],
    [
      'unsigned reasoning gets no signature',
      [open(0, { type: 'reasoning' }), delta(0, 'h'), close(0)],
      [
        begin({ type: 'thinking', thinking: '', signature: '' }),
        at0('thinking_delta', 'thinking', 'h'),
        stopped,
      ],
    ],
    [
      'reasoning sealed elsewhere keeps its text',
      [
        open(0, { type: 'reasoning' }),
        delta(0, 'h'),
        { type: 'seal', index: 0, sealed: { origin: 'google', value: 's' } },
        close(0),
      ],
      [
        begin({ type: 'thinking', thinking: '', signature: '' }),
        at0('thinking_delta', 'thinking', 'h'),
        stopped,
      ],
    ],
    [
      'redacted reasoning',
      [open(0, { type: 'reasoning', redacted: { origin: 'anthropic', value: 'd' } }), close(0)],
      [begin({ type: 'redacted_thinking', data: 'd' }), stopped],
    ],
    [
      'foreign blocks use up no number',
      [
        open(0, { type: 'raw', origin: 'other', value: {} }),
        delta(0, 'x'),
        close(0),
        open(1, { type: 'reasoning', redacted: { origin: 'other', value: 'd' } }),
        close(1),
        open(2, { type: 'text' }),
        delta(2, 'a'),
        close(2),
      ],
      [begin({ type: 'text', text: '' }), at0('text_delta', 'text', 'a'), stopped],
    ],
    [
      'a call without arguments',
      [open(0, call), close(0)],
      [begin({ type: 'tool_use', id: 'call_1', name: 'f', input: {} }), stopped],
    ],
    [
      'an id that is not allowed, and none at all',
      [open(0, { type: 'tool_call', id: '', name: 'f' }), close(0)],
      [begin({ type: 'tool_use', id: 'toolu_call_9_0', name: 'f', input: {} }), stopped],
    ],
    [
      'free text is valid JSON at any cut',
      [open(0, { ...call, custom: true }), delta(0, 'a"'), delta(0, '\n'), close(0)],
      [
        begin({ type: 'tool_use', id: 'call_1', name: 'f', input: {} }),
        at0('input_json_delta', 'partial_json', '{"input":"'),
        at0('input_json_delta', 'partial_json', 'a\\"'),
        at0('input_json_delta', 'partial_json', '\\n'),
        at0('input_json_delta', 'partial_json', '"}'),
        stopped,
      ],
    ],
    [
      'the input of a server tool streams',
      [
        open(0, {
          type: 'raw',
          origin: 'anthropic-messages',
          value: { type: 'server_tool_use', id: 's', name: 'n', input: { q: 1 } },
        }),
        close(0),
      ],
      [
        begin({ type: 'server_tool_use', id: 's', name: 'n', input: {} }),
        at0('input_json_delta', 'partial_json', '{"q":1}'),
        stopped,
      ],
    ],
    [
      'own citations are kept, foreign ones not',
      [
        open(0, { type: 'text' }),
        { type: 'annotate', index: 0, origin: 'anthropic-messages', value: { n: 1 } },
        { type: 'annotate', index: 0, origin: 'openai-chat', value: { n: 2 } },
        close(0),
      ],
      [
        begin({ type: 'text', text: '' }),
        { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: { n: 1 } } },
        stopped,
      ],
    ],
    [
      'only the first choice is told',
      [
        open(0, { type: 'text' }, 1),
        delta(0, 'x'),
        close(0),
        { type: 'finish', choice: 1, reason: 'length' },
      ],
      [],
    ],
  ];
  for (const [why, events, wire] of rows) assert.deepEqual(inner(events), wire, why);
});

test('parallel calls leave one after the other, whatever order they come in', () => {
  const wire = inner([
    open(0, call),
    open(1, { type: 'tool_call', id: 'call_2', name: 'g' }),
    open(2, { type: 'text' }),
    delta(1, '{"b":'),
    delta(0, '{"a":1}'),
    delta(1, '2}'),
    close(1),
    close(0),
    delta(2, 't'),
    close(2),
  ]) as JsonObject[];
  const line = wire.map((event) => {
    const block = (event.content_block ?? event.delta ?? {}) as JsonObject;
    return `${event.index} ${block.id ?? block.partial_json ?? block.text ?? 'stop'}`;
  });
  assert.deepEqual(line, [
    '0 call_1',
    '0 {"a":1}',
    '0 stop',
    '1 call_2',
    '1 {"b":',
    '1 2}',
    '1 stop',
    '2 ',
    '2 t',
    '2 stop',
  ]);
});

test('why it stopped', () => {
  const refused: ReplyEvent[] = [open(0, { type: 'refusal' }), delta(0, 'No'), delta(0, '.'), close(0)];
  const called: ReplyEvent[] = [open(0, call), close(0)];
  const details = { type: 'refusal', category: 'bio', explanation: 'X' };
  const rows: readonly (readonly [why: string, events: ReplyEvent[], stop: JsonObject])[] = [
    ['end', [finish('stop')], { stop_reason: 'end_turn' }],
    ['nobody said', [], { stop_reason: 'end_turn' }],
    ['length', [...called, finish('length')], { stop_reason: 'max_tokens' }],
    ['tools', [...called, finish('tools')], { stop_reason: 'tool_use' }],
    ['a call although it says stop (bifrost#6123)', [...called, finish('stop')], { stop_reason: 'tool_use' }],
    [
      'stop string',
      [finish('stop_sequence', { sequence: 'X' })],
      { stop_reason: 'stop_sequence', stop_sequence: 'X' },
    ],
    ['pause', [finish('pause')], { stop_reason: 'pause_turn' }],
    ['context full', [finish('context_full')], { stop_reason: 'model_context_window_exceeded' }],
    ['filter (litellm#40861)', [finish('filter')], { stop_reason: 'refusal' }],
    [
      'refusal with its words',
      [...refused, finish('stop')],
      { stop_reason: 'refusal', stop_details: { type: 'refusal', category: null, explanation: 'No.' } },
    ],
    [
      'refusal with its explanation',
      [finish('refusal', { explanation: 'E' })],
      { stop_reason: 'refusal', stop_details: { type: 'refusal', category: null, explanation: 'E' } },
    ],
    [
      'refusal in its own words',
      [finish('refusal', { explanation: 'X', extras: { stop_details: details } })],
      { stop_reason: 'refusal', stop_details: details },
    ],
    [
      'a word of the future',
      [finish('stop', { extras: { stop_reason: 'compaction' } })],
      { stop_reason: 'compaction' },
    ],
  ];
  for (const [why, events, stop] of rows) {
    const expected = { stop_sequence: null, stop_details: null, container: null, ...stop };
    const { stop_reason, stop_sequence, stop_details, container } = body([start, ...events, end]);
    assert.deepEqual({ stop_reason, stop_sequence, stop_details, container }, expected, `${why}, whole`);
    const { text } = encode([start, ...events, end]);
    const data = text.split('\n').find((one) => one.startsWith('data: {"type":"message_delta"')) ?? '';
    assert.deepEqual((JSON.parse(data.slice(6)) as JsonObject).delta, expected, `${why}, streamed`);
  }
});

test('ids of messages', () => {
  const rows: readonly (readonly [id: string, sent: string])[] = [
    ['msg_1', 'msg_1'],
    ['chatcmpl-1', 'msg_chatcmpl-1'],
    ['', 'msg_call_9'],
    ['a/b', 'msg_a_x2f_b'],
  ];
  for (const [id, sent] of rows) assert.equal(body([{ type: 'start', id, model: 'm' }, end]).id, sent);
});

test('an error is the last word', () => {
  const failed: ReplyEvent = { type: 'error', error: new GatewayError('upstream_truncated', 'Cut off.') };
  const { text } = encode([start, open(0, { type: 'text' }), delta(0, 'a'), failed, delta(0, 'b'), end]);
  assert.match(
    text,
    /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error".*"request_id":"call_9"\}\n\n$/,
  );
});

test('a whole body', () => {
  const message = body([
    start,
    open(0, { type: 'reasoning' }),
    delta(0, 'h'),
    { type: 'seal', index: 0, sealed: { origin: 'anthropic', value: 's' } },
    close(0),
    open(1, { type: 'text' }),
    delta(1, 'a'),
    delta(1, 'b'),
    { type: 'annotate', index: 1, origin: 'anthropic-messages', value: { n: 1 } },
    close(1),
    open(2, { type: 'text' }),
    close(2),
    open(3, call),
    delta(3, '{"a":1}'),
    close(3),
    open(4, { ...call, id: 'call_2' }),
    delta(4, '{"a":'),
    close(4),
    finish('tools', { extras: { container: { id: 'c' }, context_management: { applied_edits: [] } } }),
    {
      type: 'usage',
      usage: { ...usage, reasoning: 2 },
      extras: { service_tier: 'standard', total_tokens: 9 },
    },
    end,
  ]);
  assert.deepEqual(message, {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [
      { type: 'thinking', thinking: 'h', signature: 's' },
      { type: 'text', text: 'ab', citations: [{ n: 1 }] },
      { type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'call_2', name: 'f', input: { input: '{"a":' } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
    stop_details: null,
    container: { id: 'c' },
    usage: {
      input_tokens: 5,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 2,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 2 },
      service_tier: 'standard',
      cache_creation: null,
      server_tool_use: null,
      inference_geo: null,
      speed: null,
    },
    context_management: { applied_edits: [] },
    diagnostics: null,
  });
});

test('what cannot be said is named', () => {
  const events: ReplyEvent[] = [
    { type: 'start', id: 'i', model: 'm', extras: { system_fingerprint: 'f', service_tier: 'flex' } },
    open(0, { type: 'text' }),
    { type: 'annotate', index: 0, origin: 'openai-chat', value: {} },
    close(0),
    open(1, call),
    { type: 'seal', index: 1, sealed: { origin: 'google', value: 's' } },
    close(1),
    open(2, { type: 'reasoning' }),
    { type: 'seal', index: 2, sealed: { origin: 'google', value: 's' } },
    close(2),
    open(3, { type: 'raw', origin: 'x', value: {} }),
    close(3),
    open(4, { type: 'text' }, 1),
    { type: 'logprobs', choice: 0, value: {} },
    end,
  ];
  const named = [
    'service_tier',
    'content.annotations',
    'content.tool_call.signature',
    'content.reasoning.signature',
    'content.raw',
    'choices',
    'logprobs',
  ];
  assert.deepEqual(encode(events).ledger, named);
  assert.deepEqual(encode(events, false).ledger, named);
});
