import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { ErrorCode } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { decodeError, errorIn } from './errors.ts';

interface Row {
  readonly why: string;
  readonly status: number;
  readonly error: JsonObject;
  readonly code: ErrorCode;
}

const rows: readonly Row[] = [
  {
    why: 'a call it does not understand',
    status: 400,
    error: { code: 'invalid_request', message: "Unknown parameter 'presence_penalty'." },
    code: 'bad_request',
  },
  {
    why: "the same in Google's usual words",
    status: 400,
    error: { code: 400, message: 'Request contains an invalid argument.', status: 'INVALID_ARGUMENT' },
    code: 'bad_request',
  },
  {
    why: 'a key that is none',
    status: 400,
    error: {
      code: 400,
      message: 'API key not valid. Please pass a valid API key.',
      status: 'INVALID_ARGUMENT',
      details: [{ reason: 'API_KEY_INVALID' }],
    },
    code: 'upstream_auth',
  },
  {
    why: 'the same in a small word',
    status: 400,
    error: { code: 'invalid_request', message: 'API key not valid. Please pass a valid API key.' },
    code: 'upstream_auth',
  },
  { why: 'no right to it', status: 403, error: { code: 'forbidden', message: 'No.' }, code: 'upstream_auth' },
  {
    why: 'too much for its window',
    status: 400,
    error: {
      code: 'invalid_request',
      message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    },
    code: 'context_too_long',
  },
  {
    why: 'no such model',
    status: 404,
    error: { code: 'not_found', message: 'Model gemini-0 is not found.' },
    code: 'upstream_model_missing',
  },
  {
    why: 'no such interaction',
    status: 404,
    error: { code: 'not_found', message: 'Result not found.' },
    code: 'upstream_fault',
  },
  {
    why: 'too many calls',
    status: 429,
    error: { code: 'too_many_requests', message: 'Slow down.' },
    code: 'upstream_rate_limited',
  },
  {
    why: 'too many for today',
    status: 429,
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'Quota exceeded.',
      details: [{ violations: [{ quotaId: 'GenerateRequestsPerDayPerProject' }] }],
    },
    code: 'upstream_quota',
  },
  {
    why: 'its own fault',
    status: 500,
    error: { code: 'internal_error', message: 'Oops.' },
    code: 'upstream_fault',
  },
  {
    why: 'too busy',
    status: 503,
    error: { code: 'overloaded', message: 'Later.' },
    code: 'upstream_overloaded',
  },
  {
    why: 'too slow',
    status: 504,
    error: { code: 'gateway_timeout', message: 'Late.' },
    code: 'upstream_timeout',
  },
  { why: 'a word nobody knows', status: 400, error: { code: 'odd', message: 'Odd.' }, code: 'bad_request' },
  {
    why: 'a word that is a name of ours',
    status: 500,
    error: { code: 'constructor', message: 'Odd.' },
    code: 'upstream_fault',
  },
];

describe('an answer that is an error', () => {
  for (const { why, status, error, code } of rows) {
    it(why, () => {
      assert.equal(decodeError(status, {}, Buffer.from(JSON.stringify({ error }))).code, code);
    });
  }

  test('says when to come back, in the header or in its details', () => {
    const error = { code: 'too_many_requests', message: 'Slow down.' };
    const told = decodeError(429, { 'retry-after': '7' }, Buffer.from(JSON.stringify({ error })));
    assert.equal(told.detail.retryAfter, 7);
    const detailed = { ...error, details: [{ retryDelay: '34.4s' }] };
    const read = decodeError(429, {}, Buffer.from(JSON.stringify({ error: detailed })));
    assert.equal(read.detail.retryAfter, 34.4);
  });

  test("keeps the figures, so that a context error is not masked as one of the upstream's", () => {
    const message = 'The input token count is 1200000 but model only supports up to 1048576.';
    const error = { code: 'invalid_request', message };
    const { detail } = decodeError(400, {}, Buffer.from(JSON.stringify({ error })));
    assert.deepEqual(detail.context, { input: 1_200_000, output: 0, limit: 1_048_576 });
  });
});

describe('an event that is an error', () => {
  const events: readonly (readonly [why: string, event: JsonObject, code: ErrorCode | undefined])[] = [
    ['none', { event_type: 'step.stop', index: 0 }, undefined],
    ['none, said so', { event_type: 'step.stop', error: null }, undefined],
    [
      'a small word',
      { event_type: 'error', error: { code: 'gateway_timeout', message: 'Late.' } },
      'upstream_timeout',
    ],
    [
      'a status of HTTP',
      { event_type: 'error', error: { code: 503, message: 'Busy.' } },
      'upstream_overloaded',
    ],
    ['a number of gRPC', { event_type: 'step.start', step: { error: { code: 8 } } }, 'upstream_rate_limited'],
    ['nothing but words', { event_type: 'error', error: 'It broke.' }, 'upstream_fault'],
    ['nothing at all', { event_type: 'error' }, 'upstream_fault'],
  ];
  for (const [why, event, code] of events) {
    it(why, () => assert.equal(errorIn(event)?.code, code));
  }
});
