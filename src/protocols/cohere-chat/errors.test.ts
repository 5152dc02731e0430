import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { decodeError, errorInEnd, errorInside } from './errors.ts';

const said = (message: string) => JSON.stringify({ id: 'e-1', message });

const rows: readonly (readonly [why: string, status: number, body: string, code: ErrorCode])[] = [
  ['a mistake of the caller', 400, said('invalid request: temperature must be at most 1'), 'bad_request'],
  [
    'claude-code-router#1799: a prompt that does not fit',
    400,
    said('too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.'),
    'context_too_long',
  ],
  [
    'the same without figures',
    400,
    said('too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs'),
    'context_too_long',
  ],
  [
    'a bound on output that is too high is no prompt that is too long',
    400,
    said('too many tokens: max tokens must be less than or equal to 4096 - received 8192.'),
    'bad_request',
  ],
  ['a bad key', 401, said('invalid api token'), 'upstream_auth'],
  ['a bill', 402, said('Please add or update your payment method'), 'upstream_billing'],
  ['a key without rights', 403, said('no'), 'upstream_auth'],
  [
    'a model it does not have',
    404,
    said("model 'x' not found, make sure the model ID is right"),
    'upstream_model_missing',
  ],
  ['a path it does not have', 404, said('not found'), 'upstream_fault'],
  ['another one', 405, '', 'upstream_fault'],
  ['a body too large', 413, '', 'body_too_large'],
  ['what cannot be processed', 422, said('no'), 'bad_request'],
  [
    'a limit',
    429,
    said('You are past the per minute request limit, please wait and try again later.'),
    'upstream_rate_limited',
  ],
  [
    'a trial that is over',
    429,
    said('You are using a Trial key, which is limited to 1000 API calls / month.'),
    'upstream_quota',
  ],
  ['a word on a list', 498, said('blocked'), 'content_filtered'],
  ['it thought we had left', 499, said('request cancelled'), 'upstream_fault'],
  ['its own trouble', 500, said('internal server error, request id 5'), 'upstream_fault'],
  ['what this model cannot', 501, said('not implemented'), 'unsupported'],
  ['no room', 503, said('no'), 'upstream_overloaded'],
  ['no time', 504, said('no'), 'upstream_timeout'],
  ['a proxy’s page', 400, '<html>', 'upstream_fault'],
];

for (const [why, status, body, code] of rows) {
  test(`error: ${why}`, () => assert.equal(decodeError(status, {}, Buffer.from(body)).code, code));
}

test('the figures of a prompt that does not fit, how long to wait, and the id for its support are kept', () => {
  const [, , context] = rows[1]!;
  assert.deepEqual(decodeError(400, {}, Buffer.from(context)).detail.context, {
    input: 4292,
    output: 0,
    limit: 4081,
  });
  const limited = decodeError(429, { 'retry-after': '7' }, Buffer.from(said('no')));
  assert.equal(limited.detail.retryAfter, 7);
  assert.equal(limited.detail.upstream?.requestId, 'e-1');
});

test('inside a reply an end or an object may be an error', () => {
  const ends: readonly (readonly [JsonObject, ErrorCode | undefined])[] = [
    [{ finish_reason: 'COMPLETE' }, undefined],
    [{ finish_reason: 'ERROR' }, 'upstream_fault'],
    [
      { finish_reason: 'ERROR', error: 'too many tokens: size limit exceeded by 5 tokens' },
      'context_too_long',
    ],
    [{ finish_reason: 'timeout' }, 'upstream_timeout'],
  ];
  for (const [end, code] of ends) assert.equal(errorInEnd(end)?.code, code);
  assert.equal(errorInside({ type: 'content-delta', delta: {} }), undefined);
  assert.equal(errorInside({ message: { role: 'assistant' }, error: null }), undefined);
  assert.equal(errorInside({ type: 'error' })?.code, 'upstream_fault');
});
