import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { BlockHead, ReplyEvent, StopReason } from '../../canonical/reply.ts';
import { dataOf, encode } from './replay.ts';

const start: ReplyEvent = { type: 'start', id: 'r1', model: 'm' };
const end: ReplyEvent = { type: 'end' };
const usage: ReplyEvent = {
  type: 'usage',
  usage: { fresh: 6, cacheRead: 3, cacheWrite: 1, output: 12, reasoning: 4, estimated: false },
};
const counted = {
  promptTokenCount: 10,
  cachedContentTokenCount: 3,
  candidatesTokenCount: 8,
  thoughtsTokenCount: 4,
  totalTokenCount: 22,
};

function block(index: number, head: BlockHead, ...texts: readonly string[]): ReplyEvent[] {
  const deltas = texts.map((text): ReplyEvent => ({ type: 'delta', index, text }));
  return [{ type: 'open', index, choice: 0, block: head }, ...deltas, { type: 'close', index }];
}

function sealed(events: readonly ReplyEvent[], origin: string): ReplyEvent[] {
  const close = events.at(-1);
  const index = close?.type === 'close' ? close.index : 0;
  return [
    ...events.slice(0, -1),
    { type: 'seal', index, sealed: { origin, value: 'sig' } },
    ...events.slice(-1),
  ];
}

function finish(reason: StopReason, more: Partial<Extract<ReplyEvent, { type: 'finish' }>> = {}): ReplyEvent {
  return { type: 'finish', choice: 0, reason, ...more };
}

const text: BlockHead = { type: 'text' };
const call: BlockHead = { type: 'tool_call', id: 'x', name: 'f' };

interface Row {
  readonly why: string;
  readonly events: readonly ReplyEvent[];
  readonly parts: readonly JsonObject[];
  readonly ledger?: readonly string[];
}

const rows: readonly Row[] = [
  { why: 'text', events: block(0, text, 'Hel', 'lo'), parts: [{ text: 'Hello' }] },
  {
    why: 'thoughts',
    events: [...block(0, { type: 'reasoning' }, 'Hm'), ...block(1, text, 'A')],
    parts: [{ text: 'Hm', thought: true }, { text: 'A' }],
  },
  {
    why: 'a call, whole, with its arguments to the last digit',
    events: block(0, call, '{"a":', '12345678901234567890}'),
    parts: [{ functionCall: { id: 'x', name: 'f', args: { a: Number('12345678901234567890') } } }],
  },
  {
    why: 'a call that says nothing',
    events: block(0, call),
    parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }],
  },
  {
    why: 'a call with its signature',
    events: sealed(block(0, call, '{}'), 'google'),
    parts: [{ functionCall: { id: 'x', name: 'f', args: {} }, thoughtSignature: 'sig' }],
  },
  {
    why: 'another vendor’s signature is named and left out',
    events: sealed(block(0, call, '{}'), 'anthropic'),
    parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }],
    ledger: ['functionCall.signature=dropped'],
  },
  {
    why: 'vllm#32152: half a call is none, or clients would make it',
    events: block(0, call, '{"a":"b'),
    parts: [],
    ledger: ['functionCall=dropped'],
  },
  {
    why: 'what only another dialect understands is named',
    events: block(0, { type: 'raw', origin: 'openai-chat', value: { type: 'audio' } }),
    parts: [],
    ledger: ['content.audio=dropped'],
  },
  {
    why: 'its own parts are as they were',
    events: block(0, { type: 'raw', origin: 'gemini-generate', value: { executableCode: { code: '1' } } }),
    parts: [{ executableCode: { code: '1' } }],
  },
  {
    why: 'a refusal in words is text',
    events: block(0, { type: 'refusal' }, 'No.'),
    parts: [{ text: 'No.' }],
  },
];

describe('blocks as parts', () => {
  for (const { why, events, parts, ledger = [] } of rows) {
    test(`${why}, whole`, () => {
      const told = encode([start, ...events, finish('stop'), usage, end], false);
      const body = JSON.parse(told.text) as { candidates: { content: JsonObject }[] };
      assert.deepEqual(body.candidates[0]?.content.parts ?? [], parts);
      assert.deepEqual(told.ledger, ledger);
    });
    test(`${why}, streamed`, () => {
      const told = encode([start, ...events, finish('stop'), usage, end]);
      const chunks = dataOf(told.text) as { candidates: { content: { parts: JsonObject[] } }[] }[];
      const sent = chunks.flatMap((each) => each.candidates[0]?.content.parts ?? []);
      assert.deepEqual(joined(sent.slice(0, -1)), parts);
      assert.deepEqual(sent.at(-1), { text: '' });
      assert.deepEqual(told.ledger, ledger);
    });
  }
});

/** Neighbouring pieces of one text put together. */
function joined(parts: readonly JsonObject[]): JsonObject[] {
  const out: { [name: string]: JsonObject[string] }[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (typeof part.text === 'string' && last?.text !== undefined && last.thought === part.thought) {
      last.text = `${last.text}${part.text}`;
    } else out.push({ ...part });
  }
  return out;
}

test('arguments are not read and written anew', () => {
  const { text: stream } = encode([
    start,
    ...block(0, call, '{"a":12345678901234567890}'),
    finish('tools'),
    end,
  ]);
  assert.match(stream, /"args":\{"a":12345678901234567890\}/);
});

test('a stream: every chunk a reply, the last one with reason and usage, and no end mark', () => {
  const { text: stream } = encode([start, ...block(0, text, 'Hi'), finish('length'), usage, end]);
  assert.deepEqual(dataOf(stream), [
    {
      candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }],
      modelVersion: 'm',
      responseId: 'r1',
    },
    {
      candidates: [
        { content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 },
      ],
      usageMetadata: counted,
      modelVersion: 'm',
      responseId: 'r1',
    },
  ]);
});

test('a body has the same, at once', () => {
  const { text: body } = encode([start, ...block(0, text, 'Hi'), finish('stop'), usage, end], false);
  assert.deepEqual(JSON.parse(body), {
    candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: counted,
    modelVersion: 'm',
    responseId: 'r1',
  });
});

describe('reasons', () => {
  for (const [reason, more, word] of [
    ['stop', {}, 'STOP'],
    ['stop_sequence', {}, 'STOP'],
    ['length', {}, 'MAX_TOKENS'],
    ['context_full', {}, 'MAX_TOKENS'],
    ['tools', {}, 'STOP'],
    ['refusal', {}, 'SAFETY'],
    ['filter', {}, 'SAFETY'],
    ['filter', { extras: { finishReason: 'RECITATION' } }, 'RECITATION'],
    ['stop', { extras: { finishReason: 'OTHER' } }, 'OTHER'],
    ['length', { extras: { finishReason: 'STOP' } }, 'MAX_TOKENS'],
    ['pause', {}, 'STOP'],
  ] as const) {
    test(`${reason}${JSON.stringify(more)} is ${word}`, () => {
      for (const stream of [true, false]) {
        const { text: told } = encode([start, finish(reason, more), end], stream);
        assert.match(told, new RegExp(`"finishReason":"${word}"`));
      }
    });
  }

  test('the words of a refusal are its message', () => {
    const { text: told } = encode([start, finish('refusal', { explanation: 'Not that.' }), end], false);
    assert.match(told, /"finishMessage":"Not that\."/);
  });

  test('a prompt that was blocked has no candidate here either', () => {
    const extras = { promptFeedback: { blockReason: 'SAFETY' } };
    for (const stream of [true, false]) {
      const { text: told } = encode([start, finish('filter', { extras }), usage, end], stream);
      assert.match(told, /"promptFeedback":\{"blockReason":"SAFETY"\}/);
      assert.doesNotMatch(told, /"candidates"/);
    }
  });
});

test('several choices end one after the other, usage with the last', () => {
  const events: ReplyEvent[] = [
    start,
    { type: 'open', index: 0, choice: 0, block: text },
    { type: 'open', index: 1, choice: 1, block: text },
    { type: 'delta', index: 1, text: 'B' },
    { type: 'delta', index: 0, text: 'A' },
    { type: 'close', index: 0 },
    { type: 'close', index: 1 },
    finish('stop'),
    { type: 'finish', choice: 1, reason: 'length' },
    usage,
    end,
  ];
  const chunks = dataOf(encode(events).text) as { candidates: { index: number; finishReason?: string }[] }[];
  assert.deepEqual(
    chunks.map((each) => `${each.candidates[0]?.index} ${each.candidates[0]?.finishReason}`),
    ['1 undefined', '0 undefined', '0 STOP', '1 MAX_TOKENS'],
  );
  assert.deepEqual(Object.keys(chunks[2] ?? {}).includes('usageMetadata'), false);
  const body = JSON.parse(encode(events, false).text) as { candidates: JsonObject[] };
  assert.deepEqual(
    body.candidates.map(({ index, finishReason }) => `${index} ${finishReason}`),
    ['0 STOP', '1 MAX_TOKENS'],
  );
});

test('log probabilities go with the chunk they speak of', () => {
  const token = {
    token: 'H',
    logprob: -1,
    bytes: [72],
    top_logprobs: [{ token: 'H', logprob: -1, bytes: [72] }],
  };
  const logprobs: ReplyEvent = { type: 'logprobs', choice: 0, value: { content: [token], refusal: null } };
  const own = { token: 'H', logProbability: -1 };
  const expected = { chosenCandidates: [own], topCandidates: [{ candidates: [own] }] };
  const [first] = dataOf(encode([start, logprobs, ...block(0, text, 'H'), finish('stop'), end]).text) as {
    candidates: JsonObject[];
  }[];
  assert.deepEqual(first?.candidates[0]?.logprobsResult, expected);
  const body = JSON.parse(encode([start, logprobs, ...block(0, text, 'H'), finish('stop'), end], false).text);
  assert.deepEqual(body.candidates[0].logprobsResult, expected);
});

test('notes of its own stand at the end, those of others are named', () => {
  const note = (origin: string): ReplyEvent[] => {
    const [open, ...rest] = block(0, text, 'A');
    const annotate: ReplyEvent = {
      type: 'annotate',
      index: 0,
      origin,
      value: { groundingMetadata: { a: 1 } },
    };
    return [open as ReplyEvent, annotate, ...rest];
  };
  for (const stream of [true, false]) {
    const own = encode([start, ...note('gemini-generate'), finish('stop'), end], stream);
    assert.match(own.text, /"finishReason":"STOP","groundingMetadata":\{"a":1\}/);
    const other = encode([start, ...note('openai-chat'), finish('stop'), end], stream);
    assert.deepEqual(other.ledger, ['annotations=dropped']);
  }
});

test('an error ends a stream, and nothing after it is said', () => {
  const error = new GatewayError('upstream_truncated', 'It broke off.');
  const { text: told } = encode([start, { type: 'error', error }, ...block(0, text, 'A'), end]);
  const [only, ...more] = dataOf(told) as { error: JsonObject }[];
  assert.deepEqual(more, []);
  assert.equal(only?.error.code, 502);
  assert.equal(only?.error.status, 'INTERNAL');
});

test('a count is one number', () => {
  const { text: told } = encode([start, usage, end], false, 'count');
  assert.equal(told, '{"totalTokens":10}');
});
