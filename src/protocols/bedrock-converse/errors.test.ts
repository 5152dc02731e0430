import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WireHeaders } from '../../canonical/wire.ts';
import { decodeError } from './errors.ts';

const rows: readonly (readonly [
  status: number,
  type: string | undefined,
  body: string | object,
  code: string,
  words?: RegExp,
])[] = [
  [
    429,
    'ThrottlingException',
    { message: 'Too many requests, please wait before trying again.' },
    'upstream_rate_limited',
  ],
  [429, 'ThrottlingException', { message: 'Too many tokens per day, please wait.' }, 'upstream_quota'],
  [400, 'ThrottlingException', { message: 'Rate exceeded' }, 'upstream_rate_limited'],
  [400, 'ServiceQuotaExceededException', { message: 'Your request exceeds the quota.' }, 'upstream_quota'],
  [429, 'ModelNotReadyException', { message: 'Model is not ready for inference.' }, 'upstream_overloaded'],
  [
    503,
    'ServiceUnavailableException:http://internal.amazon.com/',
    { message: 'Bedrock is unable to process.' },
    'upstream_overloaded',
  ],
  [408, 'ModelTimeoutException', { message: 'Model has timed out.' }, 'upstream_timeout'],
  [424, 'ModelErrorException', { message: 'The system encountered an unexpected error.' }, 'upstream_fault'],
  [500, 'InternalServerException', { message: 'Oops.' }, 'upstream_fault'],
  [
    403,
    'AccessDeniedException',
    { message: "You don't have access to the model with the specified model ID." },
    'upstream_auth',
    /secret/,
  ],
  [
    403,
    'UnrecognizedClientException',
    { message: 'The security token included in the request is invalid.' },
    'upstream_auth',
  ],
  [
    403,
    'com.amazon.coral.service#InvalidSignatureException',
    { message: 'Signature expired.' },
    'upstream_auth',
  ],
  [403, 'ExpiredTokenException', { message: 'The security token is expired.' }, 'upstream_auth'],
  [403, undefined, { Message: 'Forbidden' }, 'upstream_auth'],
  [
    404,
    'ResourceNotFoundException',
    { message: 'This model version has reached the end of its life.' },
    'upstream_model_missing',
  ],
  [
    400,
    'ValidationException',
    { message: 'The provided model identifier is invalid.' },
    'upstream_model_missing',
  ],
  [
    400,
    'ValidationException',
    { message: 'Invocation of model ID anthropic.claude with on-demand throughput isn’t supported.' },
    'upstream_model_missing',
  ],
  [
    400,
    'ValidationException',
    { message: 'Malformed input request: #: required key [messages] not found' },
    'bad_request',
    /required key/,
  ],
  [400, 'ValidationException', { message: 'Input is too long for requested model.' }, 'context_too_long'],
  [
    400,
    'ValidationException',
    {
      message: 'The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum',
    },
    'context_too_long',
  ],
  [
    400,
    'ValidationException',
    { message: 'Too many input tokens. Max input tokens: 8192, request input token count: 14527 ' },
    'context_too_long',
  ],
  [
    400,
    'ValidationException',
    {
      message:
        'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
    },
    'context_too_long',
  ],
  [
    400,
    'ValidationException',
    {
      message: "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt",
    },
    'context_too_long',
  ],
  [
    400,
    undefined,
    { __type: 'com.amazon.coral.validate#ValidationException', message: 'No.' },
    'bad_request',
  ],
  [413, 'ValidationException', { message: 'Too large.' }, 'body_too_large'],
  [400, undefined, '<html>', 'upstream_fault'],
  [502, undefined, '', 'upstream_fault'],
  [418, undefined, {}, 'upstream_fault'],
];

for (const [status, type, body, code, words] of rows) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  test(`${status} ${type} ${text.slice(0, 70)} is ${code}`, () => {
    const headers: WireHeaders = {
      'x-amzn-requestid': 'id-1',
      'retry-after': '3',
      ...(type === undefined ? {} : { 'x-amzn-errortype': type }),
    };
    const error = decodeError(status, headers, Buffer.from(text));
    assert.equal(error.code, code);
    if (words !== undefined) assert.match(error.message, words);
    assert.equal(error.detail.retryAfter, 3);
    assert.equal(error.detail.upstream?.requestId, 'id-1');
  });
}

test('the figures of a prompt that is too long', () => {
  const said = (message: string) =>
    decodeError(400, { 'x-amzn-errortype': 'ValidationException' }, Buffer.from(JSON.stringify({ message })))
      .detail.context;
  assert.deepEqual(said('prompt is too long: 210000 tokens > 200000 maximum'), {
    input: 210_000,
    output: 0,
    limit: 200_000,
  });
  assert.deepEqual(said('Too many input tokens. Max input tokens: 8192, request input token count: 14527 '), {
    input: 14_527,
    output: 0,
    limit: 8192,
  });
});
