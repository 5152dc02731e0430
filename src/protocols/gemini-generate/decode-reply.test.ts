import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { orderFaults } from '../../../test/testkit/reply-events.ts';
import type { JsonObject } from '../../canonical/json.ts';
import type { ReplyEvent } from '../../canonical/reply.ts';
import { parsePath } from './partial-args.ts';
import { chunk, decode, decodeBody, told } from './replay.ts';

const ends = { finishReason: 'STOP' };

function call(name: string, args: JsonObject, more: JsonObject = {}): JsonObject {
  return { functionCall: { name, args, ...more } };
}

/** Ids that were made are all alike to a reader. */
function masked(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/call_[0-9a-f]{24}/, 'MADE'));
}

interface Row {
  readonly why: string;
  readonly chunks: readonly JsonObject[];
  readonly told: readonly string[];
}

const rows: readonly Row[] = [
  {
    why: 'text in pieces is one block',
    chunks: [chunk([{ text: 'Hel' }]), chunk([{ text: 'lo' }], ends)],
    told: ['text: Hello', '0 stop'],
  },
  {
    why: 'thoughts and text are blocks of their own, however often they change',
    chunks: [
      chunk([{ text: 'Hm', thought: true }, { text: 'A' }]),
      chunk([{ text: 'hm', thought: true }], ends),
    ],
    told: ['reasoning: Hm', 'text: A', 'reasoning: hm', '0 stop'],
  },
  {
    why: 'a call ends with tools although the word is STOP',
    chunks: [chunk([call('f', { a: 1 }, { id: 'x1' })], ends)],
    told: ['call x1 f: {"a":1}', '0 tools'],
  },
  {
    why: 'vllm#53269: a call does not hide that the answer was cut off',
    chunks: [chunk([call('f', {}, { id: 'x1' })], { finishReason: 'MAX_TOKENS' })],
    told: ['call x1 f: {}', '0 length'],
  },
  {
    why: 'a call without arguments says so in JSON',
    chunks: [chunk([{ functionCall: { name: 'f', id: 'x1' } }], ends)],
    told: ['call x1 f: {}', '0 tools'],
  },
  {
    why: 'calls without ids get different ones, even when they are the same call',
    chunks: [chunk([call('f', {}), call('f', {})], ends)],
    told: ['call MADE f: {}', 'call MADE f: {}', '0 tools'],
  },
  {
    why: 'an id that is used twice is not: the second call gets one of its own',
    chunks: [chunk([call('f', {}, { id: 'x' }), call('g', {}, { id: 'x' })], ends)],
    told: ['call x f: {}', 'call MADE g: {}', '0 tools'],
  },
  {
    why: 'envoyproxy/ai-gateway#2366: the signature of a call stays with the call',
    chunks: [
      chunk([{ ...call('f', {}, { id: 'x' }), thoughtSignature: 'sig' }, call('g', {}, { id: 'y' })], ends),
    ],
    told: ['call x f <google sig>: {}', 'call y g: {}', '0 tools'],
  },
  {
    why: 'a signature on an empty last part belongs to the text before it',
    chunks: [chunk([{ text: 'Hi' }]), chunk([{ text: '', thoughtSignature: 'sig' }], ends)],
    told: ['text <google sig>: Hi', '0 stop'],
  },
  {
    why: 'litellm#38809: a signature without any text is kept, too',
    chunks: [chunk([{ text: 'Hm', thought: true }]), chunk([{ thoughtSignature: 'sig' }], ends)],
    told: ['reasoning: Hm', 'text <google sig>', '0 stop'],
  },
  {
    why: 'text behind a signature is a new block',
    chunks: [
      chunk([{ text: 'A', thoughtSignature: 's1' }]),
      chunk([{ text: 'B', thoughtSignature: 's2' }], ends),
    ],
    told: ['text <google s1>: A', 'text <google s2>: B', '0 stop'],
  },
  {
    why: 'an empty text in the end is nothing',
    chunks: [chunk([call('f', {}, { id: 'x' })]), chunk([{ text: '' }], ends)],
    told: ['call x f: {}', '0 tools'],
  },
  {
    why: 'arguments in pieces become one object, and the empty call that ends them is none',
    chunks: [
      chunk([{ functionCall: { name: 'f', id: 'x', willContinue: true }, thoughtSignature: 'sig' }]),
      chunk([
        { functionCall: { partialArgs: [{ jsonPath: '$.a[1].b', stringValue: 'on' }], willContinue: true } },
      ]),
      chunk([
        { functionCall: { partialArgs: [{ jsonPath: '$.a[1].b', stringValue: 'e' }], willContinue: true } },
      ]),
      chunk([
        { functionCall: { partialArgs: [{ jsonPath: "$['c d']", boolValue: true }], willContinue: true } },
      ]),
      chunk([
        { functionCall: { partialArgs: [{ jsonPath: '$.n', nullValue: 'NULL_VALUE' }], willContinue: true } },
      ]),
      chunk([{ functionCall: {} }]),
      chunk([], ends),
    ],
    told: ['call x f <google sig>: {"a":[null,{"b":"one"}],"c d":true,"n":null}', '0 tools'],
  },
  {
    why: 'a call whose last piece never came ends with the next thing',
    chunks: [
      chunk([{ functionCall: { name: 'f', id: 'x', willContinue: true } }]),
      chunk([{ functionCall: { name: 'g', id: 'y', args: { b: 2 } } }]),
      chunk([{ text: 'done' }], ends),
    ],
    told: ['call x f: {}', 'call y g: {"b":2}', 'text: done', '0 tools'],
  },
  {
    why: 'vllm#44098: a name that every piece repeats is one call',
    chunks: [
      chunk([{ functionCall: { name: 'f', id: 'x', willContinue: true } }]),
      chunk([{ functionCall: { name: 'f', id: 'x', partialArgs: [{ jsonPath: '$.a', numberValue: 1 }] } }]),
      chunk([], ends),
    ],
    told: ['call x f: {"a":1}', '0 tools'],
  },
  {
    why: 'a name in a path is a name, whatever it is',
    chunks: [
      chunk([{ functionCall: { name: 'f', id: 'x', willContinue: true } }]),
      chunk([{ functionCall: { partialArgs: [{ jsonPath: '$.__proto__.x', numberValue: 1 }] } }], ends),
    ],
    told: ['call x f: {"__proto__":{"x":1}}', '0 tools'],
  },
  {
    why: 'a free-text tool in a function’s clothes comes out as itself',
    chunks: [chunk([call('patch__freetext', { input: 'diff' }, { id: 'x' })], ends)],
    told: ['custom x patch: diff', '0 tools'],
  },
  {
    why: 'code, its result and pictures are kept for who understands them',
    chunks: [
      chunk([{ executableCode: { code: '1' } }, { inlineData: { mimeType: 'image/png', data: 'aa' } }], ends),
    ],
    told: [
      'raw {"executableCode":{"code":"1"}}',
      'raw {"inlineData":{"mimeType":"image/png","data":"aa"}}',
      '0 stop',
    ],
  },
  {
    why: 'what the answer rests on stands behind its text',
    chunks: [chunk([{ text: 'A' }]), chunk([], { ...ends, groundingMetadata: { webSearchQueries: ['q'] } })],
    told: ['text [{"groundingMetadata":{"webSearchQueries":["q"]}}]: A', '0 stop'],
  },
  {
    why: 'a stream that ends without a reason was cut off',
    chunks: [chunk([{ text: 'A' }])],
    told: ['text: A'],
  },
  {
    why: 'a prompt that was blocked is filtered, although there is no candidate',
    chunks: [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, responseId: 'r', modelVersion: 'm' }],
    told: ['0 filter'],
  },
  {
    why: 'several candidates are several choices',
    chunks: [
      {
        candidates: [
          { content: { parts: [{ text: 'A' }] }, finishReason: 'STOP' },
          { content: { parts: [{ text: 'B' }] }, finishReason: 'MAX_TOKENS', index: 1 },
        ],
      },
    ],
    told: ['text: A', 'text: B', '0 stop', '1 length'],
  },
  {
    why: 'one part where a list is meant is taken',
    chunks: [{ candidates: [{ content: { parts: { text: 'A' } }, finishReason: 'STOP' }] }],
    told: ['text: A', '0 stop'],
  },
];

describe('a stream', () => {
  for (const { why, chunks, told: expected } of rows) {
    test(why, () => {
      const events = decode(...chunks);
      assert.deepEqual(masked(told(events)), expected);
      if (events.at(-1)?.type === 'end') assert.deepEqual(orderFaults(events), []);
    });
  }

  test('ids that were made are the same for the same reply, and others for another', () => {
    const made = (responseId: string) => {
      const [open] = decode({ ...chunk([call('f', {})], ends), responseId }).filter(isOpen);
      return open?.block.type === 'tool_call' ? open.block.id : undefined;
    };
    assert.equal(made('r1'), made('r1'));
    assert.notEqual(made('r1'), made('r2'));
  });
});

function isOpen(event: ReplyEvent): event is Extract<ReplyEvent, { type: 'open' }> {
  return event.type === 'open';
}

describe('a whole body', () => {
  for (const [why, body, expected] of [
    ['says what a stream says', chunk([{ text: 'A' }], ends), ['text: A', '0 stop']],
    ['may leave its reason out', chunk([{ text: 'A' }]), ['text: A', '0 stop']],
    ['without candidates is no reply', { usageMetadata: {} }, ['error upstream_garbled']],
    [
      'may hold an error all the same',
      { error: { code: 503, status: 'UNAVAILABLE' } },
      ['error upstream_overloaded'],
    ],
  ] as const) {
    test(why, () => assert.deepEqual(told(decodeBody(body)), expected));
  }
});

describe('words for the end', () => {
  for (const [word, expected] of [
    ['STOP', '0 stop'],
    ['MAX_TOKENS', '0 length'],
    ['SAFETY', '0 filter'],
    ['RECITATION', '0 filter'],
    ['BLOCKLIST', '0 filter'],
    ['PROHIBITED_CONTENT', '0 filter'],
    ['SPII', '0 filter'],
    ['IMAGE_SAFETY', '0 filter'],
    ['LANGUAGE', '0 filter'],
    ['CONTINUATION', '0 pause'],
    ['OTHER', '0 stop'],
    ['SOMETHING_NEW', '0 stop'],
    ['MALFORMED_FUNCTION_CALL', 'error upstream_fault'],
    ['UNEXPECTED_TOOL_CALL', 'error upstream_fault'],
    ['TOO_MANY_TOOL_CALLS', 'error upstream_fault'],
    ['MISSING_THOUGHT_SIGNATURE', 'error upstream_fault'],
  ] as const) {
    test(`${word} is ${expected}`, () => {
      const lines = told(decodeBody(chunk([{ text: 'A' }], { finishReason: word })));
      assert.equal(lines.at(-1), expected);
    });
  }

  test('OTHER without an answer is a fault: another upstream may have one', () => {
    assert.deepEqual(told(decodeBody(chunk([], { finishReason: 'OTHER' }))), ['error upstream_fault']);
  });
});

describe('usage', () => {
  const row = (usageMetadata: JsonObject) =>
    decodeBody(chunk([{ text: 'A' }], ends, { usageMetadata })).find((event) => event.type === 'usage')
      ?.usage;
  for (const [why, wire, fresh, cacheRead, output, reasoning] of [
    [
      'counts thoughts as output',
      { promptTokenCount: 9, candidatesTokenCount: 29, thoughtsTokenCount: 282 },
      9,
      0,
      311,
      282,
    ],
    [
      'litellm#9812: counts cached tokens once',
      { promptTokenCount: 100, cachedContentTokenCount: 80, candidatesTokenCount: 5 },
      20,
      80,
      5,
      0,
    ],
    [
      'counts what tools fed back as input',
      { promptTokenCount: 10, toolUsePromptTokenCount: 7, candidatesTokenCount: 5 },
      17,
      0,
      5,
      0,
    ],
    [
      'believes a total that says thoughts are among the candidates',
      { promptTokenCount: 10, candidatesTokenCount: 50, thoughtsTokenCount: 40, totalTokenCount: 60 },
      10,
      0,
      50,
      40,
    ],
    ['takes a prompt that nothing answered', { promptTokenCount: 10 }, 10, 0, 0, 0],
  ] as const) {
    test(why, () => {
      assert.deepEqual(row(wire), { fresh, cacheRead, cacheWrite: 0, output, reasoning, estimated: false });
    });
  }

  test('without figures says nothing, rather than zero', () => {
    assert.equal(row({ trafficType: 'ON_DEMAND' }), undefined);
  });
});

test('bifrost#6231: log probabilities come in the shape that events carry', () => {
  const logprobsResult = {
    chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
    topCandidates: [
      {
        candidates: [
          { token: 'é', logProbability: -0.5 },
          { token: 'e', logProbability: -2 },
        ],
      },
    ],
  };
  const event = decodeBody(chunk([{ text: 'é' }], { ...ends, logprobsResult })).find(
    ({ type }) => type === 'logprobs',
  );
  const token = { token: 'é', logprob: -0.5, bytes: [195, 169] };
  const other = { token: 'e', logprob: -2, bytes: [101] };
  assert.deepEqual(event, {
    type: 'logprobs',
    choice: 0,
    value: { content: [{ ...token, top_logprobs: [token, other] }], refusal: null },
  });
});

test('a call with a piece that has no place in it is no call, but a fault', () => {
  const events = decode(
    chunk([{ functionCall: { name: 'f', id: 'x', willContinue: true } }]),
    chunk([{ functionCall: { partialArgs: [{ jsonPath: '$.a[5000]', numberValue: 1 }] } }], ends),
  );
  const last = events.at(-1);
  assert.equal(last?.type, 'error');
  assert.match(last?.type === 'error' ? last.error.message : '', /a piece of a call has no place in it/);
  assert.ok(!events.some(({ type }) => type === 'open' || type === 'end'));
});

test('a path that is none is not guessed at', () => {
  for (const path of ['', 'a.b', '$.a[', '$..a', '$.a[*]', '$[1'])
    assert.equal(parsePath(path), undefined, path);
  assert.deepEqual(parsePath('$'), []);
  assert.deepEqual(parsePath(`$.a['it\\'s'][0]["x"]`), ['a', "it's", 0, 'x']);
});
