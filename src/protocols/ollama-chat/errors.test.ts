import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, GatewayError } from '../../canonical/errors.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { decodeError, inBandError } from './errors.ts';

const rows: readonly (readonly [why: string, status: number, body: string, code: ErrorCode])[] = [
  ['a model nobody pulled', 404, '{"error":"model \'x\' not found"}', 'upstream_model_missing'],
  [
    'another way to say so',
    404,
    '{"error":"model \\"x\\" not found, try pulling it first"}',
    'upstream_model_missing',
  ],
  ['a name it cannot read', 400, '{"error":"model is required"}', 'upstream_model_missing'],
  ['a path it does not have', 404, '404 page not found', 'upstream_fault'],
  [
    'a prompt that does not fit',
    400,
    '{"error":"the input length exceeds the context length"}',
    'context_too_long',
  ],
  [
    'the same with a status of its own',
    500,
    '{"error":"input exceeds maximum context length and cannot be truncated further"}',
    'context_too_long',
  ],
  ['a model that cannot think', 400, '{"error":"\\"x\\" does not support thinking"}', 'unsupported'],
  [
    'one without tools',
    400,
    '{"error":"registry.ollama.ai/library/x does not support tools"}',
    'unsupported',
  ],
  [
    'a mistake of the caller',
    400,
    '{"error":"json: cannot unmarshal array into Go struct field"}',
    'bad_request',
  ],
  ['an older gateway’s validation', 422, '{"error":"no"}', 'bad_request'],
  ['its cloud knows us not', 401, '{"error":"unauthorized","signin_url":"https://x"}', 'upstream_auth'],
  ['nor lets us', 403, '{"error":"no"}', 'upstream_auth'],
  ['its cloud’s limits', 429, '{"error":"too many"}', 'upstream_rate_limited'],
  [
    'a full queue',
    503,
    '{"error":"server busy, please try again.  maximum pending requests exceeded"}',
    'upstream_overloaded',
  ],
  ['a body too large', 413, '', 'body_too_large'],
  [
    'no memory',
    500,
    '{"error":"model requires more system memory (9 GiB) than is available (4 GiB)"}',
    'upstream_fault',
  ],
  ['the caller before us left', 499, '{"error":"request canceled"}', 'upstream_fault'],
  ['a proxy’s page', 502, '<html>', 'upstream_fault'],
  ['a proxy’s patience', 504, '', 'upstream_timeout'],
  ['no error at all', 302, '', 'upstream_garbled'],
];

for (const [why, status, body, code] of rows) {
  test(`from upstream: ${why}`, () => {
    const error = decodeError(status, { 'retry-after': '3' }, Buffer.from(body));
    assert.equal(error.code, code);
    assert.equal(error.detail.retryAfter, 3);
  });
}

test('the caller’s own mistakes keep their words, the upstream’s troubles do not', () => {
  const said = (status: number, words: string) =>
    decodeError(status, {}, Buffer.from(JSON.stringify({ error: words }))).message;
  assert.equal(said(400, 'option "x" must be of type integer'), 'option "x" must be of type integer');
  assert.equal(said(500, 'CUDA error at /home/op/x.cu'), 'The upstream failed (status 500).');
});

const lines: readonly (readonly [why: string, line: object, code: ErrorCode | undefined])[] = [
  ['none', { done: false }, undefined],
  ['none, in so many words', { error: '' }, undefined],
  ['a fault', { error: 'an error was encountered while running the model' }, 'upstream_fault'],
  ['no room', { error: 'the input length exceeds the context length' }, 'context_too_long'],
  ['no time', { error: 'server busy, please try again' }, 'upstream_overloaded'],
  ['no entry', { error: 'unauthorized' }, 'upstream_auth'],
  ['an object, as proxies have it', { error: { message: 'x' } }, 'upstream_fault'],
];

for (const [why, line, code] of lines) {
  test(`in a stream: ${why}`, () => assert.equal(inBandError({ ...line })?.code, code));
}

const ours: readonly (readonly [why: string, error: GatewayError, status: number, body: unknown])[] = [
  [
    'the place of a mistake stands in the sentence',
    new GatewayError('bad_request', 'It must be a number.', { param: 'options.x', remedy: 'Send one.' }),
    400,
    { error: 'options.x: It must be a number. Send one.' },
  ],
  [
    'unless it is named there',
    new GatewayError('bad_request', '`options.x` must be a number.', { param: 'options.x' }),
    400,
    { error: '`options.x` must be a number.' },
  ],
  [
    'a stranger: its Go client reads nothing but `status`',
    new GatewayError('invalid_key', 'No key.', { param: 'authorization', remedy: 'Send one.' }),
    401,
    { error: 'No key. Send one.', status: 'No key. Send one.' },
  ],
  [
    'a prompt that does not fit, in its own words',
    new GatewayError('context_too_long', 'x', { context: { input: 3, output: 2, limit: 4 } }),
    400,
    { error: 'the input length exceeds the context length: 3 + 2 > 4 tokens' },
  ],
  [
    'the same without figures',
    new GatewayError('context_too_long', 'x'),
    400,
    { error: 'the input length exceeds the context length' },
  ],
  ['what is not done here', new GatewayError('unsupported', 'No.', { status: 501 }), 501, { error: 'No.' }],
];

for (const [why, error, status, body] of ours) {
  test(`ours: ${why}`, () => {
    const encoded = encodeError(error, 'call-1');
    assert.equal(encoded.status, status);
    assert.deepEqual(JSON.parse(encoded.body), body);
    assert.equal(encoded.headers['x-request-id'], 'call-1');
  });
}

test('ours: how long to wait, in whole seconds', () => {
  const error = new GatewayError('rate_limited', 'Slowly.', { retryAfter: 1.2 });
  assert.equal(encodeError(error, 'x').headers['retry-after'], '2');
});

test('ours: in a stream one line, without a status', () => {
  assert.equal(encodeStreamError(new GatewayError('invalid_key', 'No.')), '{"error":"No."}\n');
});
