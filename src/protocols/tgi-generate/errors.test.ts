import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeError } from './errors.ts';

const rows: readonly (readonly [why: string, status: number, body: string, code: string])[] = [
  ['full', 429, '{"error":"Model is overloaded","error_type":"overloaded"}', 'upstream_overloaded'],
  [
    'a mistake of the caller',
    422,
    '{"error":"Input validation error: `inputs` cannot be empty","error_type":"validation"}',
    'bad_request',
  ],
  [
    'too long',
    422,
    '{"error":"Input validation error: `inputs` must have less than 1024 tokens. Given: 2000","error_type":"validation"}',
    'context_too_long',
  ],
  [
    'a failure',
    424,
    '{"error":"Request failed during generation: x","error_type":"generation"}',
    'upstream_fault',
  ],
  [
    'broken off',
    500,
    '{"error":"Incomplete generation","error_type":"incomplete_generation"}',
    'upstream_fault',
  ],
  ['down', 503, '{"error":"unhealthy","error_type":"healthcheck"}', 'upstream_overloaded'],
  ['a body it cannot read', 422, 'Failed to deserialize the JSON body into the target type', 'bad_request'],
  ['no key', 401, '', 'upstream_auth'],
  ['another server', 404, 'Not Found', 'upstream_fault'],
  ['the limits of whoever stands before it', 429, '{"error":"Rate limit reached"}', 'upstream_rate_limited'],
];

for (const [why, status, body, code] of rows) {
  test(`errors: ${why}`, () => assert.equal(decodeError(status, {}, Buffer.from(body)).code, code));
}

test('errors: the caller reads what is wrong with the call, and its figures', () => {
  const body =
    '{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 2040 `inputs` tokens and 20 `max_new_tokens`","error_type":"validation"}';
  const { detail, message } = decodeError(422, {}, Buffer.from(body));
  assert.deepEqual(detail.context, { limit: 2048, input: 2040, output: 20 });
  assert.match(message, /must be <= 2048/);
});
