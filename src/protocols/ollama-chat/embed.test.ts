import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import type { EmbedCall } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger, ledgerHeader } from '../../canonical/ledger.ts';
import type { EncodeOptions } from '../../canonical/protocol.ts';
import { noUsage } from '../../canonical/usage.ts';
import { BodyOutline } from '../../canonical/watchers.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { embed } from './embed.ts';
import { ollamaChat } from './index.ts';

const translation = embed.translation ?? assert.fail('embeddings are translated');
const plain: EmbedCall = { origin: 'ollama-chat', inputs: ['a'], encoding: 'float', extras: {} };

const calls: readonly (readonly [why: string, body: JsonObject, call: object])[] = [
  ['a text', { input: 'a' }, plain],
  ['several', { input: ['a', 'b'] }, { ...plain, inputs: ['a', 'b'] }],
  ['none', { input: '' }, { ...plain, inputs: [] }],
  [
    'everything',
    { input: 'a', truncate: true, dimensions: 8, keep_alive: 1, options: { num_ctx: 9 } },
    { ...plain, truncate: true, dimensions: 8, extras: { keep_alive: 1, options: { num_ctx: 9 } } },
  ],
  ['the older form', { prompt: 'a' }, { ...plain, older: true }],
];

for (const [why, body, call] of calls) {
  test(`embed: ${why}`, () => assert.deepEqual(translation.decodeCall({ model: 'm', ...body }), call));
}

for (const [why, body, param] of [
  ['a text that is none', { input: 1 }, 'input'],
  ['one of them', { input: ['a', 1] }, 'input[1]'],
  ['no dimensions', { input: 'a', dimensions: 0 }, 'dimensions'],
] as const) {
  test(`embed refuses ${why}`, () => {
    assert.throws(
      () => translation.decodeCall({ model: 'm', ...body }),
      (error) => error instanceof GatewayError && error.detail.param === param,
    );
  });
}

function encode(call: Partial<EmbedCall>, options: Partial<EncodeOptions> = {}) {
  const ledger = new Ledger();
  const usual = { model: 'up', ledger, quirks: {}, facts: undefined, operation: 'embed' } as const;
  const { body } = translation.encodeCall({ ...plain, ...call }, { ...usual, ...options });
  return { body, told: ledgerHeader(ledger.entries) };
}

test('an upstream is asked in the newer form, whatever ours was', () => {
  assert.deepEqual(encode(translation.decodeCall({ model: 'm', prompt: 'a', keep_alive: 1 })), {
    body: { model: 'up', input: ['a'], keep_alive: 1 },
    told: '',
  });
});

test('a call of another dialect is not cut off in silence, and what it loses is named', () => {
  const call = { origin: 'x', dimensions: 8, user: 'u', purpose: 'query', extras: { y: 1 } };
  const options = { facts: { id: 'up', contextWindow: 512 }, quirks: { keepAlive: '1h' } };
  assert.deepEqual(encode(call, options), {
    body: {
      model: 'up',
      input: ['a'],
      dimensions: 8,
      truncate: false,
      options: { num_ctx: 512 },
      keep_alive: '1h',
    },
    told: 'dropped=user,input_type,y',
  });
});

test('tokens are refused', () => {
  assert.throws(() => encode({ inputs: [{ tokens: [1] }] }), /tokens of another tokenizer/);
});

const reply = { model: 'm', vectors: [[1, 0.5]], usage: { ...noUsage, fresh: 3 } };

test('vectors from both forms', () => {
  assert.deepEqual(
    translation.decodeReply({ model: 'm', embeddings: [[1, 0.5]], prompt_eval_count: 3 }),
    reply,
  );
  assert.deepEqual(translation.decodeReply({ embedding: [1] }), {
    model: '',
    vectors: [[1]],
    usage: undefined,
  });
});

test('and to both', () => {
  assert.deepEqual(JSON.parse(translation.encodeReply(reply, plain).text), {
    model: 'm',
    embeddings: [[1, 0.5]],
    prompt_eval_count: 3,
  });
  const older = translation.decodeCall({ model: 'm', prompt: 'a' });
  assert.equal(translation.encodeReply(reply, older).text, '{"embedding":[1,0.5]}');
  assert.equal(translation.encodeReply({ ...reply, vectors: [] }, older).text, '{"embedding":[]}');
});

test('only the newer form goes on as it is', () => {
  const fits = (text: string) => {
    const bytes = Buffer.from(text);
    return embed.fits?.(new CallWire(ollamaChat, 'embed', bytes, scanObject(bytes, 9)), {});
  };
  assert.equal(fits('{"input":"a"}'), true);
  assert.equal(fits('{"prompt":"a"}'), false);
});

test('an answer is judged by its outline', () => {
  const judge = (text: string) => embed.judge?.(new BodyOutline(Buffer.from(text)));
  assert.deepEqual(judge('{"embeddings":[],"prompt_eval_count":3}'), { usage: { ...noUsage, fresh: 3 } });
  assert.deepEqual(judge('{"embedding":[]}'), { usage: undefined });
  for (const [text, code] of [
    ['{"error":"no"}', 'upstream_fault'],
    ['{}', 'upstream_garbled'],
  ] as const) {
    const verdict = judge(text);
    assert.equal(verdict instanceof GatewayError && verdict.code, code);
  }
});
