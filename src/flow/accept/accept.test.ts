import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProtocol } from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asCallId } from '../../canonical/ids.ts';
import type { Operation, Place } from '../../canonical/protocol.ts';
import { ReceiptDraft } from '../../canonical/receipt.ts';
import { accept } from './accept.ts';
import { ruledFields } from './one-spelling.ts';

const ruled = ruledFields(['numCtx', 'think.budget', 'seed']);

function take(body: string | Buffer, operation: Operation = 'chat', place: Place = {}) {
  const receipt = new ReceiptDraft(asCallId('c'), 'plain', operation, 0, 0);
  return accept(
    {
      face: fakeProtocol(),
      operation,
      bytes: Buffer.from(body),
      place,
      headers: {},
      peer: '127.0.0.1',
      receipt,
      key: undefined,
    },
    { maxDepth: 64, ruled },
  );
}

function wide(count: number): string {
  const fields = Array.from({ length: count - 1 }, (_, at) => `"${at}":1`);
  return `{${['"model":"a"', ...fields].join()}}`;
}

const refused: readonly (readonly [
  why: string,
  body: string | Buffer,
  code: string,
  place: string | undefined,
])[] = [
  ['an empty body', '', 'invalid_json', undefined],
  ['a list', '[1]', 'invalid_json', 'line 1, byte 0'],
  ['a cut body', '{"model":"a",\n"messages":[', 'invalid_json', 'line 2, byte 26'],
  [
    'bytes that are no UTF-8',
    Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    'invalid_json',
    undefined,
  ],
  ['too deep', `{"model":"a","x":${'['.repeat(64)}${']'.repeat(64)}}`, 'bad_request', 'line 1, byte 80'],
  ['a million levels', `{"model":"a","x":${'['.repeat(1_000_000)}`, 'bad_request', 'line 1, byte 80'],
  ['257 fields', wide(257), 'bad_request', `line 1, byte ${wide(256).length}`],
  ['200 000 fields', wide(200_000), 'bad_request', `line 1, byte ${wide(256).length}`],
  ['another spelling of the model', '{"model":"a","MODEL":"b"}', 'bad_request', 'MODEL'],
  ['no model but another spelling', '{"Model":"b"}', 'bad_request', 'Model'],
  ['a spelling in escapes', '{"model":"a","\\u004dodel":"b"}', 'bad_request', 'Model'],
  ['a long s', '{"model":"a","\u017ftream":true}', 'bad_request', '\u017ftream'],
  ['a Kelvin sign', '{"model":"a","max_to\u212aens":9}', 'bad_request', 'max_to\u212aens'],
  ['a field of the dialect in capitals', '{"model":"a","MAX_TOKENS":9}', 'bad_request', 'MAX_TOKENS'],
  ['a field of a rule in capitals', '{"model":"a","SEED":9}', 'bad_request', 'SEED'],
  ['a field of a rule in lower case', '{"model":"a","numctx":9}', 'bad_request', 'numctx'],
  ['the outer field of a rule in capitals', '{"model":"a","Think":{}}', 'bad_request', 'Think'],
  ['no model', '{"messages":[]}', 'bad_request', 'model'],
  ['a model that is no string', '{"model":1}', 'bad_request', 'model'],
  ['a blank model', '{"model":"  "}', 'bad_request', 'model'],
  ['a stream that is no boolean', '{"model":"a","stream":"yes"}', 'bad_request', 'stream'],
  ['a broken escape in the model', '{"model":"a\\x"}', 'invalid_json', 'model'],
];

for (const [why, body, code, place] of refused) {
  test(`refuses ${why}, saying where`, () => {
    assert.throws(
      () => take(body),
      (error) => {
        assert.ok(error instanceof GatewayError);
        assert.equal(error.code, code);
        assert.equal(error.detail.param, place === undefined ? error.detail.param : place);
        return true;
      },
    );
  });
}

test('takes 256 fields; to whom sends more it says what to do', () => {
  assert.equal(take(wide(256)).wire.fields.length, 256);
  assert.throws(() => take(wide(257)), /The body has more than 256 fields\./);
  assert.throws(
    () => take(wide(257)),
    (error) => error instanceof GatewayError && /one field/.test(error.detail.remedy ?? ''),
  );
});

test('says how a field must be spelt, and leaves alone what nobody looks at', () => {
  assert.throws(
    () => take('{"model":"a","MAX_TOKENS":9}'),
    (error) =>
      error instanceof GatewayError &&
      error.text === 'Some upstreams read the field "MAX_TOKENS" as "max_tokens". Write "max_tokens".',
  );
  const body = '{"model":"a","numCtx":1,"seed":2,"think":{},"userId":"B","X":{"MODEL":"c"},"max_tokens":1}';
  assert.equal(take(body).wire.bytes.toString(), body);
});

test('counts the lines of 20 MB without a list of them', () => {
  const body = Buffer.alloc(20 * 2 ** 20, '\n');
  const before = process.resourceUsage().maxRSS;
  assert.throws(() => take(body), { detail: { param: `line ${body.length + 1}, byte ${body.length}` } });
  const kilobytes = process.resourceUsage().maxRSS - before;
  assert.ok(kilobytes < 100 * 1024, `${kilobytes} KB`);
});

test('reads model and stream, and keeps the bytes as they came', () => {
  const body = '{ "stream" : true, "model":"caf\\u00e9", "x": [1, 2] }';
  const call = take(body);
  assert.equal(call.model, 'café');
  assert.equal(call.stream, true);
  assert.equal(call.wire.bytes.toString(), body);
  assert.equal(call.receipt.askedModel, 'café');
  assert.equal(call.receipt.bytesIn, Buffer.byteLength(body));
});

for (const [why, body, forwarded] of [
  ['a plain body', '{"model":"a"}', '{"model":"a"}'],
  ['a body that is written anew', '{"model":"b","mod\\u0065l":"a"}', '{"model":"a"}'],
] as const) {
  test(`a byte order mark before ${why} is not forwarded`, () => {
    const call = take(`\ufeff${body}`);
    assert.equal(call.model, 'a');
    assert.equal(call.wire.bytes.toString(), forwarded);
    assert.equal(call.receipt.bytesIn, Buffer.byteLength(body) + 3);
  });
}

test('counting is never streamed', () => {
  assert.equal(take('{"model":"a","stream":true}', 'count').stream, false);
});

for (const [why, body] of [
  ['a model named twice', '{"model":"cheap","model":"dear","n":1}'],
  ['an escaped key', '{"model":"cheap","mod\\u0065l":"dear","n":1}'],
] as const) {
  test(`${why}: the model that is checked is the one that is forwarded`, () => {
    const call = take(body);
    assert.equal(call.model, 'dear');
    assert.equal(call.wire.bytes.toString(), '{"model":"dear","n":1}');
  });
}

for (const model of ['.', '..']) {
  test(`${model} in the path is a step, not a model`, () => {
    assert.throws(() => take('{}', 'chat', { model }), { code: 'bad_request' });
    assert.equal(take('{}', 'chat', { model: `${model}x` }).model, `${model}x`);
  });
}
