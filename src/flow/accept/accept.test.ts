import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProtocol } from '../../../test/testkit/flow-doubles.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asCallId } from '../../canonical/ids.ts';
import type { Operation } from '../../canonical/protocol.ts';
import { ReceiptDraft } from '../../canonical/receipt.ts';
import { accept } from './accept.ts';

function take(body: string | Buffer, operation: Operation = 'chat') {
  const receipt = new ReceiptDraft(asCallId('c'), 'plain', operation, 0, 0);
  return accept(
    {
      face: fakeProtocol(),
      operation,
      bytes: Buffer.from(body),
      place: {},
      headers: {},
      peer: '127.0.0.1',
      receipt,
    },
    64,
  );
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

test('reads model and stream, and keeps the bytes as they came', () => {
  const body = '{ "stream" : true, "model":"caf\\u00e9", "x": [1, 2] }';
  const call = take(body);
  assert.equal(call.model, 'café');
  assert.equal(call.stream, true);
  assert.equal(call.wire.bytes.toString(), body);
  assert.equal(call.receipt.askedModel, 'café');
  assert.equal(call.receipt.bytesIn, Buffer.byteLength(body));
});

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
