import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, errorTable, GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import { encodeError, encodeStreamError } from './encode-error.ts';
import { decodeError, decodeStreamError } from './errors.ts';

function anthropic(type: string, message: string): Json {
  return { type: 'error', error: { type, message }, request_id: 'req_1' };
}

function decode(status: number, body: Json | string, headers: Record<string, string> = {}): GatewayError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodeError(status, headers, Buffer.from(text));
}

test('an upstream error becomes the code that says who has to act', () => {
  const page = '<html><head><title>400 Bad Request</title></head></html>';
  const rows: readonly (readonly [why: string, status: number, body: Json | string, code: ErrorCode])[] = [
    ['our secret is wrong', 401, anthropic('authentication_error', 'invalid x-api-key'), 'upstream_auth'],
    ['our secret may not', 403, anthropic('permission_error', 'no access'), 'upstream_auth'],
    ['our account', 402, anthropic('billing_error', 'pay'), 'upstream_billing'],
    [
      'our account, said with a 400',
      400,
      anthropic('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
      'upstream_billing',
    ],
    ['no such model', 404, anthropic('not_found_error', 'model: x'), 'upstream_model_missing'],
    ['too large', 413, anthropic('request_too_large', 'Request exceeds the maximum size'), 'body_too_large'],
    ['rate', 429, anthropic('rate_limit_error', 'slow down'), 'upstream_rate_limited'],
    [
      'spend limit',
      429,
      {
        type: 'error',
        error: {
          type: 'rate_limit_error',
          message: 'spent',
          details: { error_code: 'contract_spend_limit_reached' },
        },
      },
      'upstream_quota',
    ],
    ['overloaded', 529, anthropic('overloaded_error', 'Overloaded'), 'upstream_overloaded'],
    ['overloaded behind a proxy', 500, anthropic('overloaded_error', 'Overloaded'), 'upstream_overloaded'],
    [
      'loading',
      503,
      { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
      'upstream_overloaded',
    ],
    ['timeout', 504, anthropic('timeout_error', 'late'), 'upstream_timeout'],
    ['timeout without a body', 408, '', 'upstream_timeout'],
    ['fault', 500, anthropic('api_error', 'oops'), 'upstream_fault'],
    ['caller mistake', 400, anthropic('invalid_request_error', 'messages: odd'), 'bad_request'],
    [
      'caller mistake in the words of FastAPI',
      422,
      { detail: [{ loc: ['body'], msg: 'bad' }] },
      'bad_request',
    ],
    ['caller mistake in the words of Ollama', 400, { error: 'bad thing' }, 'bad_request'],
    ['a page is no verdict on the body', 400, page, 'upstream_fault'],
    ['an unlucky type', 500, anthropic('constructor', 'x'), 'upstream_fault'],
    ['garbage', 502, '\u0000\u0001', 'upstream_fault'],
  ];
  for (const [why, status, body, code] of rows) assert.equal(decode(status, body).code, code, why);
});

test('a prompt that is too long is told with its figures (claude-code-router#1799)', () => {
  const message = 'prompt is too long: 210000 tokens > 200000 maximum';
  for (const status of [400, 413, 422, 500]) {
    const error = decode(status, anthropic('invalid_request_error', message));
    assert.equal(error.code, 'context_too_long', String(status));
    assert.deepEqual(error.detail.context, { input: 210_000, output: 0, limit: 200_000 });
    assert.equal(error.message, message);
  }
  assert.equal(decodeStreamError({ message }).code, 'context_too_long', 'inside a stream');
  const rate = decode(429, anthropic('rate_limit_error', message));
  assert.equal(rate.code, 'upstream_rate_limited', 'a rate is no context');
});

test('callers read their own mistakes in the words of the upstream, and no others', () => {
  assert.equal(decode(400, anthropic('invalid_request_error', 'tools.0: odd')).message, 'tools.0: odd');
  const auth = decode(401, anthropic('authentication_error', 'key sk-ant-abc is revoked'));
  assert.equal(auth.text, 'The upstream does not accept the secret configured for it (status 401).');
  assert.equal(auth.detail.cause, undefined);
  const fault = decode(500, anthropic('api_error', 'org-1 is broken'));
  assert.equal(fault.text, 'The upstream failed (status 500).');
  assert.equal(fault.detail.upstream?.message, 'org-1 is broken');
});

test('what helps to find the fault is kept', () => {
  const error = decode(429, anthropic('rate_limit_error', 'x'), {
    'request-id': 'req_h',
    'retry-after': '7',
  });
  assert.deepEqual(error.detail.upstream, {
    status: 429,
    type: 'rate_limit_error',
    requestId: 'req_h',
    message: 'x',
  });
  assert.equal(error.detail.retryAfter, 7);
  assert.equal(decode(500, anthropic('api_error', 'x')).detail.upstream?.requestId, 'req_1');
});

test('an error inside a stream has no status: its type decides', () => {
  const rows: readonly (readonly [type: string, code: ErrorCode])[] = [
    ['overloaded_error', 'upstream_overloaded'],
    ['rate_limit_error', 'upstream_rate_limited'],
    ['api_error', 'upstream_fault'],
    ['timeout_error', 'upstream_timeout'],
    ['invalid_request_error', 'bad_request'],
    ['not_found_error', 'upstream_model_missing'],
    ['something_new', 'upstream_fault'],
  ];
  for (const [type, code] of rows) assert.equal(decodeStreamError({ type, message: 'm' }).code, code, type);
  const told = decodeStreamError('words');
  assert.equal(told.message, 'The upstream failed.');
  assert.deepEqual(told.detail.upstream, { type: 'error', message: 'words' });
});

function encode(
  code: ErrorCode,
  detail = {},
): { status: number; headers: object; type: string; message: string } {
  const { status, body, headers } = encodeError(new GatewayError(code, 'It broke.', detail), 'call_1');
  const parsed = JSON.parse(body) as {
    type: string;
    error: { type: string; message: string };
    request_id: string;
  };
  assert.equal(parsed.type, 'error');
  assert.equal(parsed.request_id, 'call_1');
  return { status, headers, ...parsed.error };
}

test('every code has a status and a type that clients know', () => {
  const statuses: Record<string, number[]> = {
    invalid_request_error: [400, 405, 431, 499],
    authentication_error: [401],
    billing_error: [402],
    permission_error: [403],
    not_found_error: [404],
    request_too_large: [413],
    rate_limit_error: [429],
    timeout_error: [408, 504],
    overloaded_error: [529],
    api_error: [500, 502],
  };
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { status, type } = encode(code);
    assert.ok(statuses[type]?.includes(status), `${code}: ${status} ${type}`);
  }
});

test('clients are told when another try is no use', () => {
  const rows: readonly (readonly [code: ErrorCode, hint: string | undefined, why: string])[] = [
    ['upstream_fault', 'false', 'our fallbacks are exhausted'],
    ['upstream_rate_limited', 'false', 'nobody says when it passes'],
    ['bad_request', 'false', 'the same call stays wrong'],
    ['rate_limited', undefined, 'later it works'],
    ['overloaded', undefined, 'later it works'],
    ['draining', undefined, 'another node answers'],
  ];
  for (const [code, hint, why] of rows) {
    const { headers } = encode(code) as { headers: Record<string, string> };
    assert.equal(headers['x-should-retry'], hint, `${code}: ${why}`);
  }
  for (const code of ['upstream_rate_limited', 'upstream_overloaded'] as const) {
    const { headers } = encode(code, { retryAfter: 2 }) as { headers: Record<string, string> };
    assert.equal(headers['x-should-retry'], undefined, `${code}: it passes in two seconds`);
  }
  const { headers } = encode('rate_limited', { retryAfter: 0.2 }) as { headers: Record<string, string> };
  assert.equal(headers['retry-after'], '1');
});

test('Claude Code heals itself only on these very words', () => {
  const rows: readonly (readonly [figures: object | undefined, message: string])[] = [
    [
      { input: 188_240, output: 21_333, limit: 200_000 },
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
    ],
    [{ input: 210_000, output: 0, limit: 200_000 }, 'prompt is too long: 210000 tokens > 200000 maximum'],
    [{ input: 210_000, output: 4096, limit: 200_000 }, 'prompt is too long: 210000 tokens > 200000 maximum'],
    [undefined, 'prompt is too long: It broke.'],
  ];
  for (const [context, message] of rows)
    assert.equal(encode('context_too_long', { context }).message, message);
});

test('the remedy follows the fault', () => {
  assert.equal(encode('bad_request', { remedy: 'Do this.' }).message, 'It broke. Do this.');
});

test('an error inside a stream is one event', () => {
  assert.equal(
    encodeStreamError(new GatewayError('upstream_truncated', 'It broke.'), 'c'),
    'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke."},"request_id":"c"}\n\n',
  );
});
