import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { misfits, OPENAI, readSchemas, ref } from '../../../../test/testkit/openapi.ts';
import { CallWire } from '../../../canonical/call-wire.ts';
import { GatewayError } from '../../../canonical/errors.ts';
import type { Json, JsonObject } from '../../../canonical/json.ts';
import { Ledger } from '../../../canonical/ledger.ts';
import { noUsage } from '../../../canonical/usage.ts';
import { floatsToBase64 } from '../../../lib/float32.ts';
import { scanObject } from '../../../lib/json-scan.ts';
import { openaiChat } from '../index.ts';
import { embed } from './embed.ts';

const translation = embed.translation!;
const options = { model: 'up', quirks: {}, facts: undefined, operation: 'embed' } as const;

test('a call, field by field', () => {
  const call = translation.decodeCall({
    model: 'm',
    input: 'x',
    dimensions: 3,
    encoding_format: 'base64',
    user: 'ada',
    task: 'search',
  });
  assert.deepEqual(call, {
    origin: 'openai-chat',
    inputs: ['x'],
    dimensions: 3,
    encoding: 'base64',
    user: 'ada',
    extras: { task: 'search' },
  });
});

const inputs: readonly (readonly [Json, readonly unknown[]])[] = [
  ['x', ['x']],
  [
    ['x', 'y'],
    ['x', 'y'],
  ],
  [[1, 2], [{ tokens: [1, 2] }]],
  [
    [[1, 2], [3]],
    [{ tokens: [1, 2] }, { tokens: [3] }],
  ],
  [
    ['x', [3]],
    ['x', { tokens: [3] }],
  ],
];

for (const [input, expected] of inputs) {
  test(`input ${JSON.stringify(input)}`, () => {
    assert.deepEqual(translation.decodeCall({ model: 'm', input }).inputs, expected);
  });
}

const refused: readonly (readonly [why: string, body: JsonObject, param: string])[] = [
  ['nothing to embed', {}, 'input'],
  ['an empty list', { input: [] }, 'input'],
  ['a number', { input: 7 }, 'input'],
  ['a picture', { input: [{ image: 'x' }] }, 'input[0]'],
  ['a token that is none', { input: [1, 'x'] }, 'input[1]'],
  ['half a token', { input: [[1.5]] }, 'input[0][0]'],
  ['no dimensions', { input: 'x', dimensions: 0 }, 'dimensions'],
  ['numbers of another kind', { input: 'x', encoding_format: 'int8' }, 'encoding_format'],
];

for (const [why, body, param] of refused) {
  test(`refused: ${why}`, () => {
    assert.throws(
      () => translation.decodeCall(body),
      (error) =>
        error instanceof GatewayError && error.code === 'bad_request' && error.detail.param === param,
    );
  });
}

test("another dialect's call: its purpose is lost by name, its user hashed, numbers are asked for", () => {
  const ledger = new Ledger();
  const { body } = translation.encodeCall(
    {
      origin: 'other',
      inputs: ['x', { tokens: [1] }],
      encoding: 'base64',
      purpose: 'query',
      truncate: true,
      user: 'ada',
      extras: { odd: 1 },
    },
    { ...options, ledger },
  );
  const { user, ...rest } = body;
  assert.deepEqual(rest, { model: 'up', input: ['x', [1]], encoding_format: 'float' });
  assert.notEqual(user, 'ada');
  assert.deepEqual(
    ledger.entries.map(({ outcome, field }) => `${outcome} ${field}`),
    ['dropped purpose', 'dropped truncate', 'dropped odd', 'mapped user'],
  );
});

const call = translation.decodeCall({ model: 'm', input: ['four', [1, 2, 3]], encoding_format: 'base64' });

test('replies are read in the order of their indexes, in either form', () => {
  const data = [
    { index: 1, embedding: floatsToBase64([3]) },
    { index: 0, embedding: [1, 2] },
  ];
  const reply = translation.decodeReply({ model: 'm', data, usage: { total_tokens: 9 } });
  assert.deepEqual(reply, { model: 'm', vectors: [[1, 2], [3]], usage: { ...noUsage, fresh: 9 } });
  const { text } = translation.encodeReply(reply, call);
  assert.deepEqual(JSON.parse(text), {
    object: 'list',
    data: [
      { object: 'embedding', index: 0, embedding: floatsToBase64([1, 2]) },
      { object: 'embedding', index: 1, embedding: floatsToBase64([3]) },
    ],
    model: 'm',
    usage: { prompt_tokens: 9, total_tokens: 9 },
  });
});

test("a reply fits OpenAI's own description", (t) => {
  if (!existsSync(OPENAI)) return t.skip(`${OPENAI} missing`);
  const plain = { ...call, encoding: 'float' } as const;
  const { text } = translation.encodeReply({ model: 'm', vectors: [[1, 2]], usage: undefined }, plain);
  assert.deepEqual(
    misfits(JSON.parse(text), ref('CreateEmbeddingResponse'), readSchemas(OPENAI), 'body'),
    [],
  );
});

test('what nobody counted is guessed, and is not zero', () => {
  const { text } = translation.encodeReply({ model: 'm', vectors: [[1]], usage: undefined }, call);
  assert.equal(JSON.parse(text).usage.prompt_tokens, 4);
});

for (const [why, embedding] of [
  ['a vector for each token', [[1, 2]]],
  ['no vector', []],
  ['half a float', 'AAA='],
  ['none', undefined],
] as const) {
  test(`no reply: ${why}`, () => {
    assert.throws(
      () => translation.decodeReply({ data: [{ embedding }] } as JsonObject),
      /one list of numbers/,
    );
  });
}

function wire(body: object): CallWire {
  const bytes = Buffer.from(JSON.stringify(body));
  return new CallWire(openaiChat, 'embed', bytes, scanObject(bytes, 64));
}

const untouched: readonly (readonly [why: string, asked: unknown, answer: string])[] = [
  ['numbers were asked for', 'float', '{"data":[{"object":"embedding","embedding" :\n[1.50]}]}'],
  ['nothing was asked for', undefined, '{"data":[{"embedding":[1]}]}'],
  ['null was', null, '{"data":[{"embedding":[1]}]}'],
  ['base64 was, and came', 'base64', '{"data":[{"object":"embedding","embedding": "AACAPw=="}]}'],
  ['there is no vector', 'base64', '{"data":[{"object":"embedding"}]}'],
  ['a form that only upstreams know', 'ubinary', '{"data":[{"embedding":[1]}]}'],
];

for (const [why, asked, answer] of untouched) {
  test(`the very same bytes: ${why}`, () => {
    const bytes = Buffer.from(answer);
    assert.equal(embed.suit?.(bytes, wire({ encoding_format: asked })), bytes);
  });
}

test('a rewritten answer keeps what else is in it', () => {
  const answer = Buffer.from('{"odd":1,"data":[{"index":0,"x":2,"embedding":[1]},{"embedding":[[1]]}]}');
  const suited = embed.suit?.(answer, wire({ encoding_format: 'base64' }));
  assert.deepEqual(JSON.parse(String(suited)), {
    odd: 1,
    data: [{ index: 0, x: 2, embedding: 'AACAPw==' }, { embedding: [[1]] }],
  });
});
