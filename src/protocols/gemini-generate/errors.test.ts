import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { encodeError } from './encode-error.ts';
import { decodeError } from './errors.ts';

const TYPES = 'type.googleapis.com/google.rpc.';

function fault(code: number, status: string, message = 'x', details: readonly JsonObject[] = []): string {
  return JSON.stringify({ error: { code, message, status, details } });
}

const quota = (quotaId: string): JsonObject => ({
  '@type': `${TYPES}QuotaFailure`,
  violations: [{ quotaId }],
});

for (const [why, status, body, code] of [
  ['a wrong argument', 400, fault(400, 'INVALID_ARGUMENT', 'Bad field.'), 'bad_request'],
  ['the same in a list, as streams answer it', 400, `[${fault(400, 'INVALID_ARGUMENT')}]`, 'bad_request'],
  [
    'a bad key, which comes as a wrong argument',
    400,
    fault(400, 'INVALID_ARGUMENT', 'API key not valid.', [
      { '@type': `${TYPES}ErrorInfo`, reason: 'API_KEY_INVALID' },
    ]),
    'upstream_auth',
  ],
  [
    'a bad key in words only',
    400,
    fault(400, 'INVALID_ARGUMENT', 'API key expired. Renew it.'),
    'upstream_auth',
  ],
  ['no credentials', 401, fault(401, 'UNAUTHENTICATED'), 'upstream_auth'],
  ['no permission', 403, fault(403, 'PERMISSION_DENIED'), 'upstream_auth'],
  [
    'no billing',
    403,
    fault(403, 'PERMISSION_DENIED', 'x', [{ reason: 'BILLING_DISABLED' }]),
    'upstream_billing',
  ],
  [
    'no billing in words',
    400,
    fault(400, 'FAILED_PRECONDITION', 'Please enable billing.'),
    'upstream_billing',
  ],
  ['a place that is not served', 400, fault(400, 'FAILED_PRECONDITION', 'User location …'), 'upstream_fault'],
  ['no such model', 404, fault(404, 'NOT_FOUND'), 'upstream_model_missing'],
  ['too many calls', 429, fault(429, 'RESOURCE_EXHAUSTED'), 'upstream_rate_limited'],
  [
    'too many a minute',
    429,
    fault(429, 'RESOURCE_EXHAUSTED', 'x', [quota('RequestsPerMinutePerProject')]),
    'upstream_rate_limited',
  ],
  [
    'too many a day',
    429,
    fault(429, 'RESOURCE_EXHAUSTED', 'x', [quota('RequestsPerDayPerProject')]),
    'upstream_quota',
  ],
  ['overloaded', 503, fault(503, 'UNAVAILABLE'), 'upstream_overloaded'],
  ['too slow', 504, fault(504, 'DEADLINE_EXCEEDED'), 'upstream_timeout'],
  ['its own fault', 500, fault(500, 'INTERNAL'), 'upstream_fault'],
  [
    'too large',
    400,
    fault(400, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit'),
    'body_too_large',
  ],
  ['a page of some proxy', 403, '<html>no</html>', 'upstream_auth'],
] as const) {
  test(`${why} is ${code}`, () => {
    assert.equal(decodeError(status, {}, Buffer.from(body)).code, code);
  });
}

describe('a prompt that is too long', () => {
  for (const [message, figures] of [
    [
      'The input token count (134123) exceeds the maximum number of tokens allowed (131072).',
      { input: 134_123, output: 0, limit: 131_072 },
    ],
    ['The input token count exceeds the maximum number of tokens allowed 1048576.', undefined],
    [
      'Unable to submit request because the input token count is 2845475 but model only supports up to 1048576. Reduce the input token count and try again.',
      { input: 2_845_475, output: 0, limit: 1_048_576 },
    ],
  ] as const) {
    test(message.slice(0, 70), () => {
      const error = decodeError(400, {}, Buffer.from(fault(400, 'INVALID_ARGUMENT', message)));
      assert.equal(error.code, 'context_too_long');
      assert.deepEqual(error.detail.context, figures);
    });
  }

  test('is told in the words that clients know', () => {
    const context = { input: 2000, output: 100, limit: 2048 };
    const { body, status } = encodeError(new GatewayError('context_too_long', 'Too long.', { context }), 'c');
    assert.equal(status, 400);
    assert.equal(
      JSON.parse(body).error.message,
      'The input token count (2000) plus maxOutputTokens (100) is 2100, which exceeds the maximum number of tokens allowed (2048).',
    );
  });
});

test("places are told by this dialect's names", () => {
  const param = 'messages[1].content[0]';
  const { body } = encodeError(new GatewayError('bad_request', `\`${param}\` is odd.`, { param }), 'c');
  const { error } = JSON.parse(body);
  assert.equal(error.message, '`contents[1].parts[0]` is odd.');
  assert.deepEqual(error.details[1].fieldViolations, [
    { field: 'contents[1].parts[0]', description: '`contents[1].parts[0]` is odd.' },
  ]);
});

test('an error of ours: number, word, sentence, place and patience', () => {
  const error = new GatewayError('rate_limited', 'Too many.', {
    param: 'model',
    remedy: 'Wait.',
    retryAfter: 6.2,
  });
  const { status, headers, body } = encodeError(error, 'c1');
  assert.equal(status, 429);
  assert.equal(headers['retry-after'], '7');
  assert.deepEqual(JSON.parse(body), {
    error: {
      code: 429,
      message: 'Too many. Wait.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': `${TYPES}ErrorInfo`, reason: 'RATE_LIMITED', domain: 'signalbox' },
        { '@type': `${TYPES}BadRequest`, fieldViolations: [{ field: 'model', description: 'Too many.' }] },
        { '@type': `${TYPES}RetryInfo`, retryDelay: '7s' },
      ],
    },
  });
});
