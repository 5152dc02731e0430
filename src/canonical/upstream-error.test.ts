import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, errorTable } from './errors.ts';
import type { Json } from './json.ts';
import { upstreamError } from './upstream-error.ts';
import { faultOf, readFault } from './upstream-fault.ts';

const words = 'org-123 may not do that';
const fault = faultOf({ error: { message: words, param: 'n' } });

function plainError(code: ErrorCode, status: number, body: Json = { error: words }) {
  return upstreamError(code, faultOf(body), { status, headers: {} });
}

test("the upstream's words reach callers only for mistakes of their own, and are kept for operators", () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const error = upstreamError(code, fault, { status: 400, headers: {} });
    const theirs = errorTable[code].blame === 'caller';
    assert.equal(error.message === words, theirs, code);
    assert.equal(error.detail.param, theirs ? 'n' : undefined, code);
    assert.equal(error.detail.upstream?.message, words, code);
    assert.equal(error.detail.cause, undefined, code);
  }
});

test('the words that are kept are bounded, and no key is in them', () => {
  const long = plainError('upstream_fault', 500, { error: 'x'.repeat(1000) });
  assert.equal(long.detail.upstream?.message?.length, 300);
  const key = plainError('upstream_auth', 401, { error: 'Incorrect API key: sk-proj-0123456789abcdef' });
  assert.equal(key.detail.upstream?.message, 'Incorrect API key: [redacted]');
});

test('a proxy speaks of its own troubles', () => {
  const said = readFault(Buffer.from('connect error or reset before headers'));
  const error = upstreamError('bad_request', said, { status: 400, headers: {} });
  assert.equal(error.message, 'The upstream refused the call (status 400).');
  assert.equal(error.detail.upstream?.message, 'connect error or reset before headers');
});

test('inside a reply there is no status to tell', () => {
  const error = upstreamError('upstream_overloaded', faultOf(words), { status: undefined, headers: {} });
  assert.equal(error.message, 'The upstream is overloaded.');
  assert.deepEqual(error.detail.upstream, { message: words });
});

const statuses: readonly (readonly [code: ErrorCode, status: number, told: number])[] = [
  ['bad_request', 400, 400],
  ['bad_request', 409, 409],
  ['bad_request', 422, 422],
  ['bad_request', 500, 400],
  ['upstream_fault', 409, 502],
];

for (const [code, status, told] of statuses) {
  test(`a ${code} with ${status} is told as ${told}`, () => {
    assert.equal(plainError(code, status).status, told);
  });
}

test('the wait comes from headers, else from where Google states it', () => {
  const body = { error: { details: [{ retryDelay: '37s' }] } };
  assert.equal(plainError('upstream_rate_limited', 429, body).detail.retryAfter, 37);
  const headers = { 'retry-after': '7' };
  const error = upstreamError('upstream_rate_limited', faultOf(body), { status: 429, headers });
  assert.equal(error.detail.retryAfter, 7);
});

test('figures go with a context that is full, and with nothing else', () => {
  const body = { error: { message: 'prompt is too long: 5 tokens > 4 maximum' } };
  const context = { input: 5, output: 0, limit: 4 };
  assert.deepEqual(plainError('context_too_long', 400, body).detail.context, context);
  assert.equal(plainError('bad_request', 400, body).detail.context, undefined);
});

for (const name of ['request-id', 'x-request-id', 'apim-request-id']) {
  test(`the upstream's id is read from ${name}`, () => {
    const error = upstreamError('upstream_fault', fault, { status: 500, headers: { [name]: 'req_1' } });
    assert.equal(error.detail.upstream?.requestId, 'req_1');
  });
}
