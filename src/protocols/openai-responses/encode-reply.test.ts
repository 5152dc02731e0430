import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../../../test/testkit/json-value.ts';
import {
  checkResponsesBody,
  checkResponsesStream,
  responseEvents,
} from '../../../test/testkit/responses-checker.ts';
import { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { noUsage } from '../../canonical/usage.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { decodeCall } from './decode-call.ts';
import { encodeStreamError, noteOpening } from './encode-error.ts';
import { StreamEncoder } from './encode-reply.ts';
import { openaiResponses } from './index.ts';
import { encodeBody, encoderOptions, encodeStream } from './replay.ts';

const start: ReplyEvent = { type: 'start', id: 'chatcmpl-7', model: 'm', created: 1700000001 };
const usage: ReplyEvent = { type: 'usage', usage: { ...noUsage, fresh: 7, cacheRead: 3, output: 5 } };
const stop: ReplyEvent = { type: 'finish', choice: 0, reason: 'stop' };
const tail: readonly ReplyEvent[] = [stop, usage, { type: 'end' }];

function open(index: number, block: Extract<ReplyEvent, { type: 'open' }>['block'], choice = 0): ReplyEvent {
  return { type: 'open', index, choice, block };
}
function block(
  index: number,
  head: Extract<ReplyEvent, { type: 'open' }>['block'],
  ...between: readonly (string | ReplyEvent)[]
): ReplyEvent[] {
  const inside = between.map(
    (event): ReplyEvent => (typeof event === 'string' ? { type: 'delta', index, text: event } : event),
  );
  return [open(index, head), ...inside, { type: 'close', index }];
}
const call = (id: string, name: string, custom?: true) =>
  ({ type: 'tool_call', id, name, ...(custom ? { custom } : {}) }) as const;

function finalOf(text: string): JsonValue {
  return responseEvents(text).at(-1).response;
}

/** Types of the events, shortened, repeated deltas counted once. */
function shape(text: string): string[] {
  const types = responseEvents(text).map((event) => event.type.replace('response.', ''));
  return types.filter((type, place) => type !== types[place - 1]);
}

describe('streams', () => {
  it('say a text in the order of the dialect', () => {
    const text = encodeStream([start, ...block(0, { type: 'text' }, 'Hel', 'lo'), ...tail]);
    assert.deepEqual(shape(text), [
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    const said = checkResponsesStream(text);
    assert.equal(said.text, 'Hello');
    assert.deepEqual(said.usage, { input: 10, output: 5 });
  });

  it('say reasoning as a summary, and word for word where the upstream did', () => {
    const summary = encodeStream([start, ...block(0, { type: 'reasoning' }, 'Hm', '.'), ...tail]);
    assert.deepEqual(shape(summary).slice(2, -1), [
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
    ]);
    const verbatim = encodeStream([
      start,
      ...block(0, { type: 'reasoning', verbatim: true }, 'Hm.'),
      ...tail,
    ]);
    assert.deepEqual(shape(verbatim).slice(2, -1), [
      'output_item.added',
      'content_part.added',
      'reasoning_text.delta',
      'reasoning_text.done',
      'content_part.done',
      'output_item.done',
    ]);
    assert.deepEqual(finalOf(verbatim).output[0].content, [{ type: 'reasoning_text', text: 'Hm.' }]);
    for (const text of [summary, verbatim]) assert.equal(checkResponsesStream(text).reasoning, 'Hm.');
  });

  it('say calls one by one, with arguments whole at the end, and {} for none', () => {
    const events = [
      start,
      ...block(0, call('call_1', 'look'), '{"a":', '1}'),
      ...block(1, call('call_2', 'see')),
      ...block(2, call('call_3', 'patch', true), '*** "x"'),
      ...tail,
    ];
    const text = encodeStream(events);
    assert.deepEqual(checkResponsesStream(text).tools, [
      { id: 'call_1', name: 'look', input: { a: 1 } },
      { id: 'call_2', name: 'see', input: {} },
      { id: 'call_3', name: 'patch', input: '*** "x"' },
    ]);
    const named = responseEvents(text).find(
      (event) => event.type === 'response.function_call_arguments.done',
    );
    assert.equal(named.name, 'look');
    assert.deepEqual(checkResponsesBody(JSON.parse(encodeBody(events))).tools.length, 3);
  });

  it('keep parts of one message together, and those of several apart', () => {
    const apart = encodeStream([
      start,
      ...block(0, { type: 'text', trace: { id: 'msg_a', phase: 'commentary' } }, 'So.'),
      ...block(1, { type: 'text', trace: { id: 'msg_b', phase: 'final_answer' } }, 'Yes.'),
      ...tail,
    ]);
    const items = finalOf(apart).output;
    assert.deepEqual(
      items.map((item: JsonValue) => [item.id, item.phase, item.content.length]),
      [
        ['msg_a', 'commentary', 1],
        ['msg_b', 'final_answer', 1],
      ],
    );
    const together = encodeStream([
      start,
      ...block(0, { type: 'text' }, 'I am sorry. '),
      ...block(1, { type: 'refusal' }, 'No.'),
      ...tail,
    ]);
    assert.equal(finalOf(together).output.length, 1);
    assert.deepEqual(checkResponsesStream(together).refusal, 'No.');
  });

  it('never give two items one id, whatever the upstream does', () => {
    const text = encodeStream([
      start,
      ...block(0, { type: 'reasoning', trace: { id: 'x' } }, 'Hm.'),
      ...block(1, { type: 'text', trace: { id: 'x' } }, 'Yes.'),
      ...tail,
    ]);
    checkResponsesStream(text);
  });

  it('litellm#37956: the id is one from the first event to the last, and its own', () => {
    const text = encodeStream([start, ...block(0, { type: 'text' }, 'Hi'), ...tail]);
    assert.deepEqual(
      [...new Set(responseEvents(text).flatMap((event) => event.response?.id ?? []))],
      ['resp_1'],
    );
    const kept = encodeStream([{ ...start, id: 'resp_up' }, ...tail]);
    assert.equal(finalOf(kept).id, 'resp_up');
  });

  it('carry log probabilities with the delta they speak of', () => {
    const entry = { token: 'Hi', logprob: -1, bytes: [72, 105], top_logprobs: [] };
    const text = encodeStream([
      start,
      open(0, { type: 'text' }),
      { type: 'logprobs', choice: 0, value: { content: [entry], refusal: null } },
      { type: 'delta', index: 0, text: 'Hi' },
      { type: 'delta', index: 0, text: '.' },
      { type: 'close', index: 0 },
      ...tail,
    ]);
    const deltas = responseEvents(text).filter((event) => event.type === 'response.output_text.delta');
    assert.deepEqual(
      deltas.map((event) => event.logprobs),
      [[entry], []],
    );
    assert.deepEqual(finalOf(text).output[0].content[0].logprobs, [entry]);
  });

  it("say Chat's citations flat, count them, and name those of others as lost", () => {
    const nested = {
      type: 'url_citation',
      url_citation: { url: 'u', title: 't', start_index: 0, end_index: 2 },
    };
    const encoder = new StreamEncoder(encoderOptions);
    const text = [
      start,
      ...block(
        0,
        { type: 'text' },
        'Hi.',
        { type: 'annotate', index: 0, origin: 'openai-chat', value: nested },
        { type: 'annotate', index: 0, origin: 'anthropic-messages', value: { type: 'char_location' } },
      ),
      ...tail,
    ]
      .map((event) => encoder.event(event))
      .join('');
    checkResponsesStream(text);
    assert.deepEqual(finalOf(text).output[0].content[0].annotations, [
      { type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 2 },
    ]);
    assert.deepEqual(
      encoder.ledger.entries.map(({ field }) => field),
      ['annotations'],
    );
  });

  it('say signs of life that take a number of their own', () => {
    const text = encodeStream([
      { type: 'ping' },
      start,
      { type: 'ping' },
      ...block(0, { type: 'text' }, 'Hi'),
      { type: 'ping' },
      ...tail,
    ]);
    assert.ok(text.startsWith('event: response.created'), 'nothing stands before the response');
    assert.equal(responseEvents(text).filter((event) => event.type === 'keepalive').length, 2);
    checkResponsesStream(text);
  });
});

describe('seals', () => {
  const seal = (index: number, origin: string, value: string): ReplyEvent => ({
    type: 'seal',
    index,
    sealed: { origin, value },
  });
  const reread = (text: string) => decodeCall({ model: 'm', input: finalOf(text).output }, 'chat').messages;

  it("of the vendor's own go out as they came", () => {
    const text = encodeStream([
      start,
      ...block(0, { type: 'reasoning' }, 'Hm.', seal(0, 'openai', 'gAAA')),
      ...tail,
    ]);
    assert.equal(finalOf(text).output[0].encrypted_content, 'gAAA');
  });

  for (const [what, events, expected] of [
    [
      'a signature',
      block(0, { type: 'reasoning' }, 'Hm.', seal(0, 'anthropic', 'c2ln:bmVk')),
      { type: 'reasoning', text: 'Hm.', sealed: { origin: 'anthropic', value: 'c2ln:bmVk' } },
    ],
    [
      'sealed reasoning',
      block(0, { type: 'reasoning', redacted: { origin: 'anthropic', value: 'blob' } }),
      { type: 'reasoning', text: '', sealed: { origin: 'anthropic', value: 'blob' }, redacted: true },
    ],
    [
      'the seal of a call',
      block(0, call('call:1', 'look'), '{}', seal(0, 'google', 'sig')),
      {
        type: 'tool_call',
        id: 'call:1',
        name: 'look',
        input: '{}',
        sealed: { origin: 'google', value: 'sig' },
      },
    ],
  ] as const) {
    it(`${what} of another vendor comes back to it with the next call`, () => {
      const text = encodeStream([start, ...events, ...tail]);
      checkResponsesStream(text);
      const [message] = reread(text);
      assert.equal(message?.blocks.length, 1);
      const { trace: _, ...got } = message!.blocks[0] as { trace?: unknown };
      assert.deepEqual(got, expected);
    });
  }
});

describe('endings', () => {
  const rows: readonly [string, Extract<ReplyEvent, { type: 'finish' }>, string, string | undefined][] = [
    ['a stop', { type: 'finish', choice: 0, reason: 'stop' }, 'completed', undefined],
    ['calls', { type: 'finish', choice: 0, reason: 'tools' }, 'completed', undefined],
    [
      'a stop string',
      { type: 'finish', choice: 0, reason: 'stop_sequence', sequence: 'END' },
      'completed',
      undefined,
    ],
    ['the bound', { type: 'finish', choice: 0, reason: 'length' }, 'incomplete', 'max_output_tokens'],
    [
      'a full context',
      { type: 'finish', choice: 0, reason: 'context_full' },
      'incomplete',
      'max_output_tokens',
    ],
    ['a filter', { type: 'finish', choice: 0, reason: 'filter' }, 'incomplete', 'content_filter'],
    ['a silent refusal', { type: 'finish', choice: 0, reason: 'refusal' }, 'incomplete', 'content_filter'],
    ['a pause', { type: 'finish', choice: 0, reason: 'pause' }, 'completed', undefined],
  ];
  for (const [sentence, finish, status, reason] of rows) {
    it(`${sentence} is ${status}${reason === undefined ? '' : `, for ${reason}`}`, () => {
      const text = encodeStream([start, finish, usage, { type: 'end' }]);
      const last = responseEvents(text).at(-1);
      assert.equal(last.type, `response.${status}`);
      assert.equal(last.response.incomplete_details?.reason, reason);
    });
  }

  it('a refusal with words says them', () => {
    const finish: ReplyEvent = { type: 'finish', choice: 0, reason: 'refusal', explanation: 'Not this.' };
    const said = checkResponsesStream(encodeStream([start, finish, usage, { type: 'end' }]));
    assert.deepEqual([said.refusal, said.stop], ['Not this.', 'content_filter']);
  });

  it('a refusal that was spoken is an answer', () => {
    const finish: ReplyEvent = { type: 'finish', choice: 0, reason: 'refusal', explanation: 'No.' };
    const said = checkResponsesStream(
      encodeStream([start, ...block(0, { type: 'refusal' }, 'No.'), finish, usage, { type: 'end' }]),
    );
    assert.deepEqual([said.refusal, said.stop], ['No.', 'completed']);
  });
});

describe('errors in a stream', () => {
  const error = new GatewayError('upstream_reset', 'It broke.');

  it('are two events, and go on from what was said', () => {
    const text = encodeStream([
      start,
      open(0, { type: 'text' }),
      { type: 'delta', index: 0, text: 'Hel' },
      { type: 'error', error },
    ]);
    const [thrown, failed] = responseEvents(text).slice(-2);
    assert.deepEqual(
      [thrown.type, thrown.error.message, thrown.error.code],
      ['error', 'It broke.', 'upstream_reset'],
    );
    assert.deepEqual(
      [failed.type, failed.response.status, failed.response.error.code],
      ['response.failed', 'failed', 'server_error'],
    );
    assert.equal(failed.response.id, 'resp_1');
  });

  it('go on from bytes that only went through, with their id and the next numbers', () => {
    const first = `event: response.created\ndata: ${JSON.stringify({ type: 'response.created', sequence_number: 0, response: { tools: [{ id: 'no' }], id: 'resp_up', model: 'm', created_at: 7 } })}\n\n`;
    const last = 'data: {"type":"x","sequence_number":8}\n\ndata: {"type":"y","sequence_number":9}\n\n';
    const text = encodeStreamError(error, 'req_1', { opening: noteOpening(Buffer.from(first)), last });
    const events = text
      .split('\n\n')
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice(event.indexOf('{'))) as JsonValue);
    assert.deepEqual(
      events.map((event) => event.sequence_number),
      [10, 11],
    );
    const { id, model, created_at } = events[1].response;
    assert.deepEqual([id, model, created_at], ['resp_up', 'm', 7]);
  });

  for (const first of ['', 'data: {"type', ': hello\n\n', 'data: {}\n\n']) {
    it(`go on from nothing when the opening is ${JSON.stringify(first)}`, () => {
      const text = encodeStreamError(error, 'req_1', { opening: noteOpening(first), last: first });
      assert.match(text, /"sequence_number":0.*\n\n.*\n.*"id":"resp_1"/);
    });
  }

  const codes: readonly [GatewayError, string][] = [
    [new GatewayError('context_too_long', 'x'), 'context_length_exceeded'],
    [new GatewayError('upstream_quota', 'x'), 'insufficient_quota'],
    [new GatewayError('upstream_rate_limited', 'x'), 'rate_limit_exceeded'],
    [new GatewayError('bad_request', 'x'), 'invalid_prompt'],
    [new GatewayError('content_filtered', 'x'), 'invalid_prompt'],
    [new GatewayError('upstream_truncated', 'x'), 'server_error'],
    [new GatewayError('internal', 'x'), 'server_error'],
  ];
  for (const [thrown, code] of codes) {
    it(`${thrown.code} is ${code} to Codex`, () => {
      assert.match(encodeStreamError(thrown, 'req_1'), new RegExp(`"error":\\{"code":"${code}"`));
    });
  }

  it('tell Codex in words how long to wait', () => {
    const limited = new GatewayError('rate_limited', 'Slow down.', { retryAfter: 7 });
    assert.match(encodeStreamError(limited, 'req_1'), /Slow down\. Please try again in 7s\./);
  });
});

describe('what the caller asked for is repeated', () => {
  const asked = (body: string): CallWire => {
    const bytes = Buffer.from(body);
    return new CallWire(openaiResponses, 'chat', bytes, scanObject(bytes, 64));
  };

  it('word for word, in the first response and the last', () => {
    const tools = [{ type: 'function', name: 'look', parameters: { type: 'object' } }];
    const body = {
      model: 'm',
      input: 'x',
      tools,
      temperature: 0.25,
      instructions: null,
      tool_choice: 'required',
    };
    const text = encodeStream([start, ...tail], { asked: asked(JSON.stringify(body)) });
    const events = responseEvents(text);
    for (const response of [events[0].response, events.at(-1).response]) {
      assert.deepEqual(response.tools, tools);
      assert.deepEqual(
        [response.temperature, response.instructions, response.tool_choice],
        [0.25, null, 'required'],
      );
    }
  });

  it('on one line, however it was written', () => {
    const text = encodeStream([start, ...tail], {
      asked: asked('{"model":"m","input":"x","metadata":{\r\n"a":\n"b"}}'),
    });
    assert.deepEqual(finalOf(text).metadata, { a: 'b' });
  });

  it('CLIProxyAPI#5753: tools in namespaces are called by group and name', () => {
    const group = {
      type: 'namespace',
      name: 'mcp__files',
      description: 'Files.',
      tools: [
        { type: 'function', name: 'read', parameters: {} },
        { type: 'custom', name: 'patch' },
      ],
    };
    const brought = { type: 'additional_tools', role: 'developer', tools: [group] };
    const events = [
      start,
      ...block(0, call('call_1', 'mcp__files__read'), '{}'),
      ...block(1, call('call_2', 'mcp__files__patch', true), '*'),
      ...block(2, call('call_3', 'other'), '{}'),
      ...tail,
    ];
    for (const place of [
      { input: 'x', tools: [group] },
      { input: [brought, { role: 'user', content: 'x' }] },
    ]) {
      const options = { asked: asked(JSON.stringify({ model: 'm', ...place })) };
      const text = encodeStream(events, options);
      checkResponsesStream(text);
      assert.deepEqual(
        finalOf(text).output.map((item: JsonValue) => [item.type, item.namespace, item.name]),
        [
          ['function_call', 'mcp__files', 'read'],
          ['custom_tool_call', 'mcp__files', 'patch'],
          ['function_call', undefined, 'other'],
        ],
      );
      assert.deepEqual(JSON.parse(encodeBody(events, options)).output, finalOf(text).output);
    }
  });
});

it('several choices cannot be said: the first is, and the loss has a name', () => {
  const encoder = new StreamEncoder(encoderOptions);
  const events = [
    start,
    ...block(0, { type: 'text' }, 'Hi.'),
    open(1, { type: 'text' }, 1),
    { type: 'delta', index: 1, text: 'Ho.' } as const,
    ...tail,
  ];
  const text = events.map((event) => encoder.event(event)).join('');
  assert.equal(checkResponsesStream(text).text, 'Hi.');
  assert.deepEqual(
    encoder.ledger.entries.map(({ field }) => field),
    ['choices'],
  );
});
