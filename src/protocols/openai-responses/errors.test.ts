import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ErrorCode } from '../../canonical/errors.ts';
import { decodeError, errorOfEvent } from './errors.ts';

const statuses: readonly [string, number, object | string, ErrorCode][] = [
  [
    'a stored reply that is gone',
    400,
    { error: { code: 'previous_response_not_found', message: 'x', param: 'previous_response_id' } },
    'bad_request',
  ],
  [
    "a seal of somebody else's",
    400,
    { error: { code: 'invalid_encrypted_content', message: 'x' } },
    'bad_request',
  ],
  [
    'a prompt that does not fit',
    400,
    { error: { code: 'context_length_exceeded', message: 'x' } },
    'context_too_long',
  ],
  ['no money left', 429, { error: { code: 'insufficient_quota', message: 'x' } }, 'upstream_quota'],
  ['too fast', 429, { error: { code: 'rate_limit_exceeded', message: 'x' } }, 'upstream_rate_limited'],
  ['no such model', 404, { error: { code: 'model_not_found', message: 'x' } }, 'upstream_model_missing'],
  ['no such path', 404, { detail: 'Not Found' }, 'upstream_fault'],
  [
    "a validator's findings",
    422,
    { detail: [{ loc: ['body', 'input'], msg: 'Field required' }] },
    'bad_request',
  ],
  ['a page of a proxy', 502, '<html>', 'upstream_fault'],
];

describe('errors with a status', () => {
  for (const [sentence, status, body, code] of statuses) {
    it(`${sentence}: ${code}`, () => {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      assert.equal(decodeError(status, {}, bytes).code, code);
    });
  }
});

const events: readonly [string, object, ErrorCode | undefined][] = [
  [
    'flat',
    { type: 'error', code: 'rate_limit_exceeded', message: 'x', param: null, sequence_number: 3 },
    'upstream_rate_limited',
  ],
  [
    'nested',
    { type: 'error', error: { type: 'server_error', code: 'server_error', message: 'x' } },
    'upstream_fault',
  ],
  ['flat, with its status', { type: 'error', code: 429, message: 'x' }, 'upstream_rate_limited'],
  ['without any words', { type: 'error' }, 'upstream_fault'],
  [
    'a failed response',
    { type: 'response.failed', response: { error: { code: 'context_length_exceeded', message: 'x' } } },
    'context_too_long',
  ],
  [
    'a prompt the vendor does not answer',
    { type: 'response.failed', response: { error: { code: 'invalid_prompt', message: 'x' } } },
    'bad_request',
  ],
  ['a failed response without a response', { type: 'response.failed' }, 'upstream_fault'],
  ['a cancelled one', { type: 'response.cancelled' }, 'upstream_fault'],
  ['an error without a type', { error: { message: 'x' } }, 'upstream_fault'],
  [
    'a tool that failed is no failure of the answer',
    { type: 'response.output_item.done', item: { type: 'mcp_call', error: { message: 'x' } } },
    undefined,
  ],
  ['a delta', { type: 'response.output_text.delta', delta: 'x' }, undefined],
  ['no error', { type: 'response.created', response: { error: null } }, undefined],
];

describe('errors in a stream', () => {
  for (const [sentence, event, code] of events) {
    it(`${sentence}: ${code ?? 'none'}`, () => assert.equal(errorOfEvent({ ...event })?.code, code));
  }
});
