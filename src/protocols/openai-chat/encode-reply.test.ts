import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent, StopReason } from '../../canonical/reply.ts';
import { BodyEncoder } from './encode-body.ts';
import { StreamEncoder } from './encode-reply.ts';
import { dataOf, encodeBody, encoderOptions, encodeStream } from './replay.ts';

const start: ReplyEvent = { type: 'start', id: 'chatcmpl-1', model: 'm', created: 5 };
const end: ReplyEvent = { type: 'end' };
const usage: ReplyEvent = {
  type: 'usage',
  usage: { fresh: 2, cacheRead: 1, cacheWrite: 0, output: 4, reasoning: 0, estimated: false },
};

function text(index: number, words: string, choice = 0): ReplyEvent[] {
  return [
    { type: 'open', index, choice, block: { type: 'text' } },
    { type: 'delta', index, text: words },
    { type: 'close', index },
  ];
}

function toolCall(index: number, id: string, input: string, custom = false): ReplyEvent[] {
  const block = { type: 'tool_call', id, name: 'get', ...(custom ? { custom } : {}) } as const;
  const deltas: ReplyEvent[] = input === '' ? [] : [{ type: 'delta', index, text: input }];
  return [{ type: 'open', index, choice: 0, block }, ...deltas, { type: 'close', index }];
}

function finish(reason: StopReason, choice = 0): ReplyEvent {
  return { type: 'finish', choice, reason };
}

/** The deltas of a stream, and its finish words. */
function deltas(events: readonly ReplyEvent[]): unknown[] {
  return dataOf(encodeStream(events, { ...encoderOptions, includeUsage: false })).map((data) => {
    const choice = (data as { choices?: { delta: unknown; finish_reason: string | null }[] }).choices?.[0];
    return choice === undefined ? data : (choice.finish_reason ?? choice.delta);
  });
}

test('a stream, byte by byte, as OpenAI writes it when usage was asked for', () => {
  const stream = encodeStream([start, ...text(0, 'Hi "you"\n'), finish('stop'), usage, end]);
  const head = '{"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"m","choices":[';
  const figures =
    '{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":1,"cache_write_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}';
  assert.equal(
    stream,
    [
      `data: ${head}{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}`,
      `data: ${head}{"index":0,"delta":{"content":"Hi \\"you\\"\\n"},"logprobs":null,"finish_reason":null}],"usage":null}`,
      `data: ${head}{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}`,
      `data: ${head}],"usage":${figures}}`,
      'data: [DONE]',
      '',
    ].join('\n\n'),
  );
});

test('nobody asked for usage: no chunk speaks of it', () => {
  const options = { ...encoderOptions, includeUsage: false };
  assert.ok(!encodeStream([start, ...text(0, 'a'), finish('stop'), usage, end], options).includes('usage'));
});

const streamed: { why: string; events: ReplyEvent[]; deltas: unknown[] }[] = [
  {
    why: "a call's first delta names it, later ones only continue it",
    events: [...toolCall(0, 'c1', '{"a":1}'), ...toolCall(1, 'c2', '{}'), finish('tools')],
    deltas: [
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'get', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
      { tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'get', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      'tool_calls',
    ],
  },
  {
    why: 'a call without arguments says `{}`: clients parse what they get',
    events: [...toolCall(0, 'c1', ''), finish('tools')],
    deltas: [
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'get', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      'tool_calls',
    ],
  },
  {
    why: 'custom tools have input, and none is none',
    events: [...toolCall(0, 'c1', 'free', true), ...toolCall(1, 'c2', '', true), finish('tools')],
    deltas: [
      { tool_calls: [{ index: 0, id: 'c1', type: 'custom', custom: { name: 'get', input: '' } }] },
      { tool_calls: [{ index: 0, custom: { input: 'free' } }] },
      { tool_calls: [{ index: 1, id: 'c2', type: 'custom', custom: { name: 'get', input: '' } }] },
      'tool_calls',
    ],
  },
  {
    why: 'reasoning goes out as reasoning_content',
    events: [
      { type: 'open', index: 0, choice: 0, block: { type: 'reasoning' } },
      { type: 'delta', index: 0, text: 'hm' },
      { type: 'close', index: 0 },
      ...text(1, 'ok'),
      finish('stop'),
    ],
    deltas: [{ reasoning_content: 'hm' }, { content: 'ok' }, 'stop'],
  },
  {
    why: "Google's thought signature stays on its call",
    events: [
      { type: 'open', index: 0, choice: 0, block: { type: 'tool_call', id: 'c1', name: 'get' } },
      { type: 'delta', index: 0, text: '{}' },
      { type: 'seal', index: 0, sealed: { origin: 'google', value: 'ts' } },
      { type: 'close', index: 0 },
      finish('tools'),
    ],
    deltas: [
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'get', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      {
        tool_calls: [
          { index: 0, function: { arguments: '' }, extra_content: { google: { thought_signature: 'ts' } } },
        ],
      },
      'tool_calls',
    ],
  },
  {
    why: 'a refusal that is only explained is said, and ends as content_filter',
    events: [{ type: 'finish', choice: 0, reason: 'refusal', explanation: 'No.' }],
    deltas: [{ refusal: 'No.' }, 'content_filter'],
  },
  {
    why: "a refusal in the reply itself ends with stop, as OpenAI's do",
    events: [
      { type: 'open', index: 0, choice: 0, block: { type: 'refusal' } },
      { type: 'delta', index: 0, text: 'No.' },
      { type: 'close', index: 0 },
      { type: 'finish', choice: 0, reason: 'refusal', explanation: 'No.' },
    ],
    deltas: [{ refusal: 'No.' }, 'stop'],
  },
  {
    why: "annotations: Responses' flat citation becomes a nested one",
    events: [
      { type: 'open', index: 0, choice: 0, block: { type: 'text' } },
      {
        type: 'annotate',
        index: 0,
        origin: 'openai-responses',
        value: { type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 1 },
      },
      { type: 'close', index: 0 },
      finish('stop'),
    ],
    deltas: [
      {
        annotations: [
          { type: 'url_citation', url_citation: { url: 'u', title: 't', start_index: 0, end_index: 1 } },
        ],
      },
      'stop',
    ],
  },
  {
    why: "our own dialect's raw fields are deltas",
    events: [
      {
        type: 'open',
        index: 0,
        choice: 0,
        block: { type: 'raw', origin: 'openai-chat', value: { audio: { id: 'a' } } },
      },
      { type: 'close', index: 0 },
      finish('stop'),
    ],
    deltas: [{ audio: { id: 'a' } }, 'stop'],
  },
];

for (const row of streamed) {
  test(`stream: ${row.why}`, () => {
    const role = { role: 'assistant', content: '', refusal: null };
    assert.deepEqual(deltas([start, ...row.events, end]), [role, ...row.deltas, '[DONE]']);
  });
}

test('logprobs travel with the delta that follows them, and with no other', () => {
  const stream = encodeStream([
    start,
    { type: 'logprobs', choice: 0, value: { content: [1], refusal: null } },
    { type: 'logprobs', choice: 0, value: { content: [2], refusal: null } },
    ...text(0, 'a'),
    finish('stop'),
    end,
  ]);
  const said = dataOf(stream).flatMap(
    (data) => (data as { choices?: { logprobs: unknown }[] }).choices ?? [],
  );
  assert.deepEqual(
    said.map((choice) => choice.logprobs),
    [null, { content: [1, 2], refusal: null }, null],
  );
});

test('a second choice introduces itself too', () => {
  const stream = encodeStream([
    start,
    ...text(0, 'a'),
    ...text(1, 'b', 1),
    finish('stop'),
    finish('length', 1),
    end,
  ]);
  const choices = dataOf(stream).flatMap(
    (data) => (data as { choices?: { index: number; delta: { role?: string } }[] }).choices ?? [],
  );
  const roles = choices.filter((choice) => choice.delta.role === 'assistant').map((choice) => choice.index);
  assert.deepEqual(roles, [0, 1]);
});

const words: Record<StopReason, string> = {
  stop: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  tools: 'tool_calls',
  refusal: 'content_filter',
  filter: 'content_filter',
  context_full: 'length',
  pause: 'stop',
};

for (const [reason, word] of Object.entries(words)) {
  test(`finish: ${reason} is said as ${word}`, () => {
    assert.ok(deltas([start, finish(reason as StopReason), end]).includes(word));
  });
}

const ids = [
  { id: 'chatcmpl-abc', wire: 'chatcmpl-abc' },
  { id: 'msg_01', wire: 'chatcmpl-msg_01' },
  { id: '', wire: 'chatcmpl-call-1' },
];

for (const { id, wire } of ids) {
  test(`the id ${JSON.stringify(id)} is ${wire} in every chunk`, () => {
    const stream = encodeStream([
      { type: 'start', id, model: 'm' },
      ...text(0, 'a'),
      finish('stop'),
      usage,
      end,
    ]);
    const chunks = dataOf(stream).filter((data) => data !== '[DONE]') as { id: string; created: number }[];
    assert.deepEqual(new Set(chunks.map((chunk) => chunk.id)), new Set([wire]));
    assert.deepEqual(new Set(chunks.map((chunk) => chunk.created)), new Set([encoderOptions.created]));
  });
}

test('an upstream that dies mid-answer is an error, no finish and no [DONE]', () => {
  const encoder = new StreamEncoder(encoderOptions);
  for (const event of [start, ...text(0, 'a')]) encoder.event(event);
  const error = new GatewayError('upstream_truncated', 'It died.');
  const body = { message: 'It died.', type: 'server_error', param: null, code: 'upstream_truncated' };
  assert.equal(encoder.event({ type: 'error', error }), `data: ${JSON.stringify({ error: body })}\n\n`);
  assert.equal(encoder.event(finish('stop')), '');
  assert.equal(encoder.event(end), '');
});

test('a ping is a comment in a stream and nothing in a body', () => {
  assert.equal(new StreamEncoder(encoderOptions).event({ type: 'ping' }), ': keepalive\n\n');
  assert.equal(new BodyEncoder(encoderOptions).event({ type: 'ping' }), '');
});

test('what Chat cannot say is named', () => {
  const encoder = new StreamEncoder(encoderOptions);
  const events: ReplyEvent[] = [
    {
      ...start,
      extras: { system_fingerprint: 'fp', service_tier: 'standard', container: 'x' },
    } as ReplyEvent,
    { type: 'open', index: 0, choice: 0, block: { type: 'reasoning' } },
    { type: 'seal', index: 0, sealed: { origin: 'anthropic', value: 's' } },
    { type: 'close', index: 0 },
    {
      type: 'open',
      index: 1,
      choice: 0,
      block: { type: 'reasoning', redacted: { origin: 'anthropic', value: 'x' } },
    },
    { type: 'close', index: 1 },
    {
      type: 'open',
      index: 2,
      choice: 0,
      block: { type: 'raw', origin: 'anthropic-messages', value: { type: 'server_tool_use' } },
    },
    { type: 'close', index: 2 },
    { type: 'open', index: 3, choice: 0, block: { type: 'text' } },
    { type: 'annotate', index: 3, origin: 'anthropic-messages', value: { type: 'char_location' } },
    { type: 'close', index: 3 },
    { type: 'finish', choice: 0, reason: 'pause', sequence: 'END' },
  ];
  const stream = events.map((event) => encoder.event(event)).join('');
  assert.ok(stream.includes('"system_fingerprint":"fp"'));
  assert.equal(dataOf(stream).length, 2, 'role and finish, and no chunk for what cannot be said');
  assert.deepEqual(
    encoder.ledger.entries.map(({ field, outcome }) => `${outcome} ${field}`),
    [
      'dropped container',
      'dropped thinking.signature',
      'dropped thinking.redacted',
      'dropped content.server_tool_use',
      'dropped annotations',
      'dropped stop_sequence',
      'approximated stop_reason',
    ],
  );
});

test('a body, whole', () => {
  const body = encodeBody([
    start,
    { type: 'open', index: 0, choice: 0, block: { type: 'reasoning' } },
    { type: 'delta', index: 0, text: 'hm' },
    { type: 'close', index: 0 },
    { type: 'logprobs', choice: 0, value: { content: [1], refusal: null } },
    ...text(1, 'a'),
    ...text(2, 'b'),
    ...toolCall(3, 'c1', '{"a":1}'),
    ...toolCall(4, 'c2', ''),
    ...toolCall(5, 'c3', 'free', true),
    finish('tools'),
    usage,
    end,
  ]);
  assert.deepEqual(JSON.parse(body), {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 5,
    model: 'm',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'ab',
          refusal: null,
          reasoning_content: 'hm',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'get', arguments: '{"a":1}' } },
            { id: 'c2', type: 'function', function: { name: 'get', arguments: '{}' } },
            { id: 'c3', type: 'custom', custom: { name: 'get', input: 'free' } },
          ],
          annotations: [],
        },
        logprobs: { content: [1], refusal: null },
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
      prompt_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
  });
});

test('a body has citations, raw fields and thought signatures in their places, and is written once', () => {
  const citation = { type: 'url_citation', url_citation: { url: 'u' } };
  const encoder = new BodyEncoder({ ...encoderOptions, stream: false });
  const events: ReplyEvent[] = [
    { ...start, extras: { system_fingerprint: 5 } } as ReplyEvent,
    { type: 'open', index: 0, choice: 0, block: { type: 'text' } },
    { type: 'annotate', index: 0, origin: 'openai-chat', value: citation },
    { type: 'annotate', index: 0, origin: 'x', value: { type: 'char_location' } },
    { type: 'close', index: 0 },
    {
      type: 'open',
      index: 1,
      choice: 0,
      block: { type: 'raw', origin: 'openai-chat', value: { audio: { id: 'a' } } },
    },
    { type: 'close', index: 1 },
    { type: 'open', index: 2, choice: 0, block: { type: 'tool_call', id: 'c1', name: 'get' } },
    { type: 'seal', index: 2, sealed: { origin: 'google', value: 'ts' } },
    { type: 'close', index: 2 },
    { type: 'open', index: 3, choice: 0, block: { type: 'reasoning' } },
    { type: 'seal', index: 3, sealed: { origin: 'anthropic', value: 's' } },
    { type: 'close', index: 3 },
    { type: 'delta', index: 9, text: 'of no block' },
    finish('tools'),
    end,
  ];
  const body = JSON.parse(events.map((event) => encoder.event(event)).join('')) as {
    system_fingerprint?: unknown;
    choices: { message: JsonObject }[];
  };
  assert.equal(body.system_fingerprint, undefined);
  assert.deepEqual(body.choices[0]?.message, {
    role: 'assistant',
    content: '',
    refusal: null,
    reasoning_content: '',
    tool_calls: [
      {
        id: 'c1',
        type: 'function',
        function: { name: 'get', arguments: '{}' },
        extra_content: { google: { thought_signature: 'ts' } },
      },
    ],
    annotations: [citation],
    audio: { id: 'a' },
  });
  assert.equal(encoder.event(end), '');
  assert.deepEqual(
    encoder.ledger.entries.map((entry) => entry.field),
    ['annotations', 'thinking.signature'],
  );
});

test('a failed unstreamed reply is an error body', () => {
  const encoder = new BodyEncoder({ ...encoderOptions, stream: false });
  const error = new GatewayError('upstream_fault', 'It failed.');
  assert.ok(encoder.event({ type: 'error', error }).startsWith('{"error":{"message":"It failed."'));
  assert.equal(encoder.event(end), '');
});

test('a body without text has null content; an explained refusal is its refusal', () => {
  const body = encodeBody([start, { type: 'finish', choice: 0, reason: 'refusal', explanation: 'No.' }, end]);
  const [choice] = (JSON.parse(body) as { choices: { message: object; finish_reason: string }[] }).choices;
  assert.deepEqual(choice?.message, { role: 'assistant', content: null, refusal: 'No.', annotations: [] });
  assert.equal(choice?.finish_reason, 'content_filter');
});

test('choices of a body come in order', () => {
  const body = encodeBody([
    start,
    ...text(0, 'b', 1),
    finish('stop', 1),
    ...text(1, 'a'),
    finish('stop'),
    end,
  ]);
  const { choices } = JSON.parse(body) as { choices: { index: number; message: { content: string } }[] };
  assert.deepEqual(
    choices.map((choice) => `${choice.index}${choice.message.content}`),
    ['0a', '1b'],
  );
});
