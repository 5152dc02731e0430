import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, type ErrorDetail, errorTable, GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { decodeError, inBandError } from './errors.ts';

interface Row {
  readonly why: string;
  readonly status: number;
  readonly body: unknown;
  readonly headers?: WireHeaders;
  readonly code: ErrorCode;
  readonly detail?: Partial<ErrorDetail>;
  readonly message?: string;
}

const tooLong = (input: number, output: number, limit: number): Partial<ErrorDetail> => ({
  context: { input, output, limit },
});

const rows: Row[] = [
  {
    why: "OpenAI's nested error keeps words and field",
    status: 400,
    body: { error: { message: 'Bad n.', type: 'invalid_request_error', param: 'n', code: 'invalid_value' } },
    code: 'bad_request',
    message: 'Bad n.',
    detail: {
      param: 'n',
      upstream: { status: 400, code: 'invalid_value', type: 'invalid_request_error', message: 'Bad n.' },
    },
  },
  {
    why: 'a 422 stays a 422',
    status: 422,
    body: { detail: [{ loc: ['body', 'messages', 0, 'role'], msg: 'Field required' }] },
    code: 'bad_request',
    message: 'body.messages.0.role: Field required',
    detail: { status: 422 },
  },
  {
    why: 'a detail in plain words',
    status: 400,
    body: { detail: 'There was an error parsing the body' },
    code: 'bad_request',
    message: 'There was an error parsing the body',
  },
  { why: 'details without words', status: 400, body: { detail: [{}] }, code: 'bad_request' },
  { why: 'a number', status: 400, body: 5, code: 'bad_request' },
  { why: 'a lone string', status: 400, body: '"no"', code: 'bad_request', message: 'no' },
  {
    why: "our secret is wrong, not the caller's key; the upstream's words would show part of it",
    status: 401,
    body: { error: { message: 'Incorrect API key provided: sk-abc', code: 'invalid_api_key' } },
    code: 'upstream_auth',
    message: 'The upstream does not accept the secret configured for it (status 401).',
  },
  { why: 'forbidden', status: 403, body: {}, code: 'upstream_auth' },
  {
    why: 'not paid',
    status: 402,
    body: { error: { message: 'Insufficient Balance' } },
    code: 'upstream_billing',
  },
  {
    why: 'no such model',
    status: 404,
    body: { error: { message: 'x', code: 'model_not_found' } },
    code: 'upstream_model_missing',
  },
  {
    why: 'vLLM says so at the top level, with a number for a code',
    status: 404,
    body: { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
    code: 'upstream_model_missing',
    detail: {
      upstream: { status: 404, code: '404', type: 'NotFoundError', message: 'The model `x` does not exist.' },
    },
  },
  {
    why: 'a project without access to the model gets a 403',
    status: 403,
    body: { error: { message: 'x', code: 'model_not_found' } },
    code: 'upstream_model_missing',
  },
  {
    why: 'Azure has no such deployment',
    status: 404,
    body: { error: { code: 'DeploymentNotFound' } },
    code: 'upstream_model_missing',
  },
  {
    why: 'a wrong base URL is no missing model',
    status: 404,
    body: '<html>Not Found</html>',
    code: 'upstream_fault',
  },
  {
    why: 'rate limit with seconds',
    status: 429,
    body: { error: { message: 'Slow down, org-123', code: 'rate_limit_exceeded' } },
    headers: { 'retry-after': '7', 'x-request-id': 'req_1' },
    code: 'upstream_rate_limited',
    message: 'The upstream is limiting the rate of calls (status 429).',
    detail: {
      retryAfter: 7,
      upstream: {
        status: 429,
        code: 'rate_limit_exceeded',
        requestId: 'req_1',
        message: 'Slow down, org-123',
      },
      cause: undefined,
    },
  },
  {
    why: 'milliseconds are more exact',
    status: 429,
    body: {},
    headers: { 'retry-after': '7', 'retry-after-ms': '1500' },
    code: 'upstream_rate_limited',
    detail: { retryAfter: 1.5 },
  },
  {
    why: "a date is measured by the sender's clock",
    status: 503,
    body: {},
    headers: { 'retry-after': 'Fri, 20 Nov 2026 10:00:30 GMT', date: 'Fri, 20 Nov 2026 10:00:00 GMT' },
    code: 'upstream_overloaded',
    detail: { retryAfter: 30 },
  },
  {
    why: 'a quota that is used up is no rate',
    status: 429,
    body: { error: { message: 'x', type: 'insufficient_quota', code: 'insufficient_quota' } },
    code: 'upstream_quota',
  },
  {
    why: 'OpenAI: context, asked for in one sum',
    status: 400,
    body: {
      error: {
        message:
          "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in the messages, 10000 in the completion). Please reduce the length of the messages.",
        code: 'context_length_exceeded',
      },
    },
    code: 'context_too_long',
    detail: tooLong(112946, 10000, 16384),
  },
  {
    why: 'llama-server: a numeric code, figures beside the message',
    status: 400,
    body: {
      error: {
        code: 400,
        message: 'the request exceeds the available context size. try increasing it',
        type: 'exceed_context_size_error',
        n_prompt_tokens: 14429,
        n_ctx: 8192,
      },
    },
    code: 'context_too_long',
    detail: tooLong(14429, 0, 8192),
  },
  {
    why: 'older llama-server says it with a 500',
    status: 500,
    body: { error: { code: 500, message: 'the request exceeds the available context size.' } },
    code: 'context_too_long',
  },
  {
    why: 'Groq: a code is enough',
    status: 400,
    body: {
      error: { message: 'Please reduce the length of the messages.', code: 'context_length_exceeded' },
    },
    code: 'context_too_long',
  },
  {
    why: 'a bound on the output is no context',
    status: 400,
    body: {
      error: {
        message: 'max_tokens is too large: 100000. This model supports at most 16384 completion tokens.',
        param: 'max_tokens',
      },
    },
    code: 'bad_request',
    detail: { param: 'max_tokens' },
  },
  {
    why: 'Gemini, rate limit in an array, with its delay',
    status: 429,
    body: [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '37s' }] } }],
    code: 'upstream_rate_limited',
    detail: { retryAfter: 37 },
  },
  {
    why: 'Gemini, bad key as a 400',
    status: 400,
    body: [
      {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          message: 'x',
          details: [{ reason: 'API_KEY_INVALID' }],
        },
      },
    ],
    code: 'upstream_auth',
  },
  {
    why: "Azure's content filter",
    status: 400,
    body: {
      error: {
        message: 'The response was filtered.',
        code: 'content_filter',
        innererror: { code: 'ResponsibleAIPolicyViolation' },
      },
    },
    code: 'content_filtered',
    message: 'The response was filtered.',
  },
  {
    why: 'Azure, with only the inner error saying why',
    status: 400,
    body: { error: { code: '400', innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    code: 'content_filtered',
  },
  {
    why: 'Ollama',
    status: 400,
    body: { error: 'invalid options' },
    code: 'bad_request',
    message: 'invalid options',
  },
  {
    why: 'TGI is overloaded with a 429',
    status: 429,
    body: { error: 'Model is overloaded', error_type: 'overloaded' },
    code: 'upstream_overloaded',
  },
  {
    why: 'TGI failed while generating',
    status: 424,
    body: { error: 'x', error_type: 'generation' },
    code: 'upstream_fault',
  },
  {
    why: 'HTML garbage',
    status: 502,
    body: '<html>Bad Gateway</html>',
    code: 'upstream_fault',
    message: 'The upstream failed (status 502).',
  },
  {
    why: 'HTML garbage with a 400',
    status: 400,
    body: '<html>',
    code: 'bad_request',
    message: 'The upstream refused the call (status 400).',
  },
  { why: 'nothing at all', status: 500, body: '', code: 'upstream_fault' },
  { why: 'too large', status: 413, body: {}, code: 'body_too_large' },
  { why: 'timed out', status: 408, body: {}, code: 'upstream_timeout' },
  { why: 'gateway timed out', status: 504, body: {}, code: 'upstream_timeout' },
  {
    why: 'loading its model',
    status: 503,
    body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    code: 'upstream_overloaded',
  },
  { why: 'overloaded', status: 529, body: {}, code: 'upstream_overloaded' },
  {
    why: 'conflict',
    status: 409,
    body: { error: { message: 'x' } },
    code: 'bad_request',
    detail: { status: 409 },
  },
  { why: 'a redirect is no reply', status: 302, body: '', code: 'upstream_garbled' },
];

for (const row of rows) {
  test(`upstream error: ${row.why}`, () => {
    const text = typeof row.body === 'string' ? row.body : JSON.stringify(row.body);
    const error = decodeError(row.status, row.headers ?? {}, Buffer.from(text));
    assert.equal(error.code, row.code);
    if (row.message !== undefined) assert.equal(error.message, row.message);
    for (const [name, value] of Object.entries(row.detail ?? {})) {
      assert.deepEqual(error.detail[name as keyof ErrorDetail], value);
    }
    assert.equal(error.detail.upstream?.status, row.status);
  });
}

const inBand: { why: string; error: Json; code: ErrorCode }[] = [
  { why: 'a numeric code is its status', error: { message: 'x', code: 429 }, code: 'upstream_rate_limited' },
  {
    why: 'a word is enough',
    error: { message: 'x', code: 'rate_limit_exceeded' },
    code: 'upstream_rate_limited',
  },
  { why: 'a plain string', error: 'boom', code: 'upstream_fault' },
  { why: 'nothing known', error: { message: 'x' }, code: 'upstream_fault' },
];

for (const row of inBand) {
  test(`in-band error: ${row.why}`, () => assert.equal(inBandError({ error: row.error })?.code, row.code));
}

interface Said {
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: string;
  readonly wire: string;
  /** Do clients try again by themselves? */
  readonly again: boolean;
}

const said: Said[] = [
  { code: 'bad_request', status: 400, type: 'invalid_request_error', wire: 'bad_request', again: false },
  {
    code: 'context_too_long',
    status: 400,
    type: 'invalid_request_error',
    wire: 'context_length_exceeded',
    again: false,
  },
  {
    code: 'content_filtered',
    status: 400,
    type: 'invalid_request_error',
    wire: 'content_filter',
    again: false,
  },
  {
    code: 'body_too_large',
    status: 413,
    type: 'invalid_request_error',
    wire: 'body_too_large',
    again: false,
  },
  { code: 'invalid_key', status: 401, type: 'invalid_request_error', wire: 'invalid_api_key', again: false },
  { code: 'billing', status: 402, type: 'insufficient_quota', wire: 'insufficient_quota', again: false },
  { code: 'permission', status: 403, type: 'permission_error', wire: 'permission_denied', again: false },
  {
    code: 'model_not_found',
    status: 404,
    type: 'invalid_request_error',
    wire: 'model_not_found',
    again: false,
  },
  { code: 'rate_limited', status: 429, type: 'rate_limit_error', wire: 'rate_limit_exceeded', again: true },
  { code: 'overloaded', status: 503, type: 'server_error', wire: 'overloaded', again: true },
  { code: 'internal', status: 500, type: 'server_error', wire: 'internal', again: false },
  {
    code: 'upstream_rate_limited',
    status: 429,
    type: 'rate_limit_error',
    wire: 'rate_limit_exceeded',
    again: true,
  },
  {
    code: 'upstream_quota',
    status: 429,
    type: 'insufficient_quota',
    wire: 'insufficient_quota',
    again: false,
  },
  { code: 'upstream_fault', status: 502, type: 'server_error', wire: 'upstream_fault', again: false },
  { code: 'upstream_auth', status: 502, type: 'server_error', wire: 'upstream_auth', again: false },
  { code: 'upstream_timeout', status: 504, type: 'server_error', wire: 'upstream_timeout', again: false },
];

for (const row of said) {
  test(`our error: ${row.code} is ${row.status} ${row.wire}`, () => {
    const error = new GatewayError(row.code, 'It is wrong.', {
      param: 'n',
      remedy: 'Mend it.',
      retryAfter: 1.2,
    });
    const encoded = encodeError(error, 'call-1');
    assert.equal(encoded.status, row.status);
    assert.deepEqual(JSON.parse(encoded.body), {
      error: { message: 'It is wrong. Mend it.', type: row.type, param: 'n', code: row.wire },
    });
    assert.deepEqual(encoded.headers, {
      'content-type': 'application/json',
      'x-request-id': 'call-1',
      'retry-after': '2',
      ...(row.again ? {} : { 'x-should-retry': 'false' }),
    });
  });
}

test('no upstream blame invites another try unless the upstream said when, and every code can be said', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const error = new GatewayError(code, 'x');
    const { headers, body } = encodeError(error, 'call-1');
    if (error.blame === 'upstream') assert.equal(headers['x-should-retry'], 'false', code);
    const { type } = (JSON.parse(body) as { error: { type: string } }).error;
    assert.equal(type === 'server_error', error.status >= 500, code);
    assert.equal(headers['retry-after'], undefined);
  }
});

test('in a stream an error is one event and nothing after it', () => {
  const error = new GatewayError('upstream_reset', 'It broke.');
  assert.equal(
    encodeStreamError(error),
    'data: {"error":{"message":"It broke.","type":"server_error","param":null,"code":"upstream_reset"}}\n\n',
  );
});
