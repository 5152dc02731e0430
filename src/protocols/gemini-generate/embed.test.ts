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
import { geminiGenerate } from './index.ts';

const translation = embed.translation ?? assert.fail('embeddings are translated');
const content = (...texts: readonly string[]) => ({ parts: texts.map((text) => ({ text })) });
const plain: EmbedCall = { origin: 'gemini-generate', inputs: ['a'], encoding: 'float', extras: {} };
const one = { ...plain, single: true, tasks: [{}] };

const calls: readonly (readonly [why: string, body: JsonObject, call: object])[] = [
  ['one text', { content: content('a') }, one],
  ['a lone part where a list is meant', { content: { parts: { text: 'a' } } }, one],
  [
    'a batch of one is a batch',
    { requests: [{ model: 'models/m', content: content('a') }] },
    { ...plain, tasks: [{}] },
  ],
  [
    'a batch is one, whatever stands beside it',
    { requests: [{ content: content('a') }], content: content('b') },
    { ...plain, tasks: [{}] },
  ],
  [
    'all there is to say of a text',
    { model: 'models/m', content: content('a'), taskType: 'CLUSTERING', title: 'T', outputDimensionality: 8 },
    {
      ...one,
      dimensions: 8,
      tasks: [{ taskType: 'CLUSTERING', title: 'T' }],
      extras: { taskType: 'CLUSTERING', title: 'T' },
    },
  ],
  ['in snake case', { content: content('a'), output_dimensionality: 8 }, { ...one, dimensions: 8 }],
  [
    'and in its newer place',
    {
      content: content('a'),
      embedContentConfig: {
        taskType: 'CLUSTERING',
        outputDimensionality: 8,
        autoTruncate: false,
        documentOcr: true,
      },
    },
    {
      ...one,
      dimensions: 8,
      truncate: false,
      tasks: [{ taskType: 'CLUSTERING' }],
      extras: { 'embedContentConfig.documentOcr': true, taskType: 'CLUSTERING' },
    },
  ],
  [
    'several parts are one text, which is noted',
    { content: content('a', 'b') },
    { ...one, inputs: ['a\nb'], extras: { 'content.parts': 2 } },
  ],
  [
    'each text of a batch has its own purpose',
    {
      requests: [
        { content: content('a'), taskType: 'RETRIEVAL_QUERY', outputDimensionality: 8 },
        { content: content('b'), odd: 1, outputDimensionality: 8 },
      ],
    },
    {
      ...plain,
      inputs: ['a', 'b'],
      dimensions: 8,
      tasks: [{ taskType: 'RETRIEVAL_QUERY' }, {}],
      extras: { taskType: 'RETRIEVAL_QUERY', odd: 1 },
    },
  ],
];

for (const [why, body, call] of calls) {
  test(`embed: ${why}`, () => assert.deepEqual(translation.decodeCall(body), call));
}

const refused: readonly (readonly [why: string, body: JsonObject, param: string, code?: string])[] = [
  ['nothing', {}, 'requests'],
  ['an empty batch', { requests: [] }, 'requests'],
  ['a request of nothing', { requests: [{ content: content('a') }, {}] }, 'requests[1].content'],
  ['no parts', { content: { parts: [] } }, 'content.parts'],
  ['a text that is none', { content: { parts: [{ text: 1 }] } }, 'content.parts[0].text'],
  ['a picture', { content: { parts: [{ inlineData: {} }] } }, 'content.parts[0]', 'unsupported'],
  ['no dimensions', { content: content('a'), outputDimensionality: 0 }, 'outputDimensionality'],
  [
    'two lengths in one call',
    { requests: [{ content: content('a') }, { content: content('a'), outputDimensionality: 8 }] },
    'requests[1].outputDimensionality',
    'unsupported',
  ],
];

for (const [why, body, param, code = 'bad_request'] of refused) {
  test(`embed refuses ${why}`, () => {
    assert.throws(
      () => translation.decodeCall(body),
      (error) => error instanceof GatewayError && error.detail.param === param && error.code === code,
    );
  });
}

function encode(call: Partial<EmbedCall>, options: Partial<EncodeOptions> = {}) {
  const ledger = new Ledger();
  const usual = { model: 'up', ledger, quirks: {}, facts: undefined, operation: 'embed' } as const;
  const { body } = translation.encodeCall({ ...plain, ...call }, { ...usual, ...options });
  return { body, told: ledgerHeader(ledger.entries) };
}

const foreign = {
  origin: 'openai-chat',
  inputs: ['a', 'b'],
  dimensions: 8,
  user: 'ada',
  purpose: 'x',
  truncate: true,
  extras: { odd: 1 },
};

test('an upstream is asked in a batch', () => {
  assert.deepEqual(encode(foreign), {
    body: {
      requests: [
        { model: 'models/up', content: content('a'), outputDimensionality: 8 },
        { model: 'models/up', content: content('b'), outputDimensionality: 8 },
      ],
    },
    told: 'dropped=user,input_type,truncate,odd',
  });
});

const predict = { quirks: { embedShape: 'predict' } } as const;

test('or for a prediction, in which nothing is cut off in silence', () => {
  const { truncate: _, ...silent } = foreign;
  assert.deepEqual(encode(silent, predict), {
    body: {
      instances: [{ content: 'a' }, { content: 'b' }],
      parameters: { outputDimensionality: 8, autoTruncate: false },
    },
    told: 'dropped=user,input_type,odd',
  });
});

test("a prediction has room for all that a caller of Google's says", () => {
  const asked = { requests: [{ content: content('a'), taskType: 'CLUSTERING', title: 'T' }] };
  assert.deepEqual(encode(translation.decodeCall(asked), predict), {
    body: { instances: [{ content: 'a', task_type: 'CLUSTERING', title: 'T' }], parameters: {} },
    told: '',
  });
});

for (const [why, call, options, param] of [
  ['tokens', { inputs: ['a', { tokens: [1] }] }, {}, 'input[1]'],
  ['more texts than a batch takes', { inputs: Array(101).fill('a') }, {}, 'input'],
  ['or a prediction', { inputs: Array(251).fill('a') }, predict, 'input'],
] as const) {
  test(`an upstream is not asked for ${why}`, () => {
    assert.throws(
      () => encode(call, options),
      (error) =>
        error instanceof GatewayError && error.code === 'unsupported' && error.detail.param === param,
    );
  });
}

test('an upstream is asked for as many texts as it takes', () => {
  assert.equal((encode({ inputs: Array(100).fill('a') }).body.requests as unknown[]).length, 100);
  assert.equal((encode({ inputs: Array(250).fill('a') }, predict).body.instances as unknown[]).length, 250);
});

const counted = (values: readonly number[], token_count: number) => ({
  embeddings: { values, statistics: { token_count, truncated: false } },
});
const answers: readonly (readonly [
  why: string,
  body: JsonObject,
  vectors: readonly (readonly number[])[],
  fresh: number | undefined,
])[] = [
  ['a batch', { embeddings: [{ values: [1] }, { values: [2] }] }, [[1], [2]], undefined],
  ['one', { embedding: { values: [1, 2] } }, [[1, 2]], undefined],
  [
    'usage, where it is stated',
    { embedding: { values: [1] }, usageMetadata: { promptTokenCount: 3 } },
    [[1]],
    3,
  ],
  ['a prediction', { predictions: [counted([1], 2), counted([2], 3)] }, [[1], [2]], 5],
  [
    'one that does not count all',
    { predictions: [counted([1], 2), { embeddings: { values: [2] } }] },
    [[1], [2]],
    undefined,
  ],
];

for (const [why, body, vectors, fresh] of answers) {
  test(`an answer: ${why}`, () => {
    const usage = fresh === undefined ? undefined : { ...noUsage, fresh };
    assert.deepEqual(translation.decodeReply(body), { model: '', vectors, usage });
    const outline = new BodyOutline(Buffer.from(JSON.stringify(body)));
    assert.deepEqual(embed.judge?.(outline), { usage });
  });
}

for (const [why, body, code] of [
  ['an error', { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'x' } }, 'upstream_rate_limited'],
  ['something else', { candidates: [] }, 'upstream_garbled'],
] as const) {
  test(`no answer: ${why}`, () => {
    const verdict = embed.judge?.(new BodyOutline(Buffer.from(JSON.stringify(body))));
    assert.ok(verdict instanceof GatewayError);
    assert.equal(verdict.code, code);
  });
}

for (const [why, body] of [
  ['no vector', { embeddings: [{}] }],
  ['words in it', { embedding: { values: [1, 'x'] } }],
  ['no numbers in it', { embedding: { values: [] } }],
] as const) {
  test(`no answer: ${why}`, () => {
    assert.throws(() => translation.decodeReply(body), /not one list of numbers/);
  });
}

test('a caller is answered in the form of the question', () => {
  const reply = { model: 'm', vectors: [[0.5, 1]], usage: { ...noUsage, fresh: 3 } };
  const textOf = (body: JsonObject) => translation.encodeReply(reply, translation.decodeCall(body)).text;
  const stated = '"usageMetadata":{"promptTokenCount":3}}';
  assert.equal(textOf({ content: content('a') }), `{"embedding":{"values":[0.5,1]},${stated}`);
  const batch = { requests: [{ content: content('a') }] };
  assert.equal(textOf(batch), `{"embeddings":[{"values":[0.5,1]}],${stated}`);
  const silent = { ...reply, usage: undefined };
  assert.equal(
    translation.encodeReply(silent, translation.decodeCall(batch)).text,
    '{"embeddings":[{"values":[0.5,1]}]}',
  );
});

function wire(text: string): CallWire {
  const bytes = Buffer.from(text);
  return new CallWire(geminiGenerate, 'embed', bytes, scanObject(bytes, 64));
}

const spliced: readonly (readonly [why: string, body: string, sent: string])[] = [
  [
    'one text goes as it is',
    '{ "content":{"parts":[{"text":"\\u00e9"}]} }',
    '{ "content":{"parts":[{"text":"\\u00e9"}]} }',
  ],
  ['the path names the model', '{"model":"models/m","content":{"parts":[]}}', '{"content":{"parts":[]}}'],
  [
    'a batch goes as it is where its names are right',
    '{"requests":[ {"model":"models/up" , "x":1.0} ]}',
    '{"requests":[ {"model":"models/up" , "x":1.0} ]}',
  ],
  [
    'each request names the model anew where they are not, and all else stays',
    '{"requests":[ {"model" : "models/m","x":1.0},{"model":"models/up"}, {"content":{"model":"models/m"}}, {"x":"é","model":"m"} ]}',
    '{"requests":[ {"model" : "models/up","x":1.0},{"model":"models/up"}, {"content":{"model":"models/m"}}, {"x":"é","model":"models/up"} ]}',
  ],
  [
    'what is no batch is for the upstream to refuse',
    '{"requests":{"model":"m"}}',
    '{"requests":{"model":"m"}}',
  ],
  ['nor what is no request', '{"requests":[1,"model"]}', '{"requests":[1,"model"]}'],
];

for (const [why, body, sent] of spliced) {
  test(`same dialect: ${why}`, () => {
    const call = wire(body);
    assert.equal(Buffer.concat(call.splice(embed.edits?.(call, 'up') ?? []) as Buffer[]).toString(), sent);
  });
}

const file = '{"content":{"parts":[{"fileData":{"fileUri":"files/abc"}}]}}';

test('same dialect: unless it is asked for predictions, or names a file that only we may read', () => {
  assert.equal(embed.fits?.(wire('{"content":{}}'), {}), true);
  assert.equal(embed.fits?.(wire('{"content":{}}'), predict.quirks), false);
  assert.equal(embed.fits?.(wire(file), {}), false);
  assert.equal(embed.fits?.(wire(file), { sharedFiles: true }), true);
});

test('same dialect: one text and several have places of their own', () => {
  const path = '/v1beta/models/up:batchEmbedContents';
  assert.equal(embed.path?.(path, wire('{"content":{}}')), '/v1beta/models/up:embedContent');
  assert.equal(embed.path?.(path, wire('{"requests":[]}')), path);
});
