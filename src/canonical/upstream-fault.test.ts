import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fault, faultOf, readFault } from './upstream-fault.ts';

const rows: readonly (readonly [why: string, body: unknown, fault: Partial<Fault>])[] = [
  [
    "OpenAI's nested object",
    { error: { message: 'Bad n.', type: 'invalid_request_error', param: 'n', code: 'invalid_value' } },
    { message: 'Bad n.', type: 'invalid_request_error', param: 'n', code: 'invalid_value' },
  ],
  [
    "Anthropic's, with its id beside and its exact code inside",
    {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Spent.', details: { error_code: 'spend_limit' } },
      request_id: 'req_1',
    },
    { message: 'Spent.', type: 'rate_limit_error', code: 'spend_limit', requestId: 'req_1' },
  ],
  [
    "Google's array",
    [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Slow.' } }],
    { message: 'Slow.', type: 'RESOURCE_EXHAUSTED', code: '429' },
  ],
  [
    "vLLM's flat object",
    { object: 'error', message: 'No.', type: 'NotFoundError', code: 404 },
    { message: 'No.', type: 'NotFoundError', code: '404' },
  ],
  ["Ollama's string", { error: 'invalid options' }, { message: 'invalid options', type: '' }],
  ["TGI's string and type", { error: 'x', error_type: 'overloaded' }, { message: 'x', type: 'overloaded' }],
  [
    "FastAPI's findings",
    { detail: [{ loc: ['body', 'messages', 0], msg: 'Field required' }, { msg: 'Also' }, {}] },
    { message: 'body.messages.0: Field required; Also' },
  ],
  ["FastAPI's sentence", { detail: 'Not Found' }, { message: 'Not Found' }],
  ["Mistral's nested detail", { message: { detail: [{ msg: 'No.' }] } }, { message: 'No.' }],
  [
    'Azure, with only the inner error saying why',
    { error: { innererror: { code: 'ResponsibleAIPolicyViolation' } } },
    { code: 'ResponsibleAIPolicyViolation' },
  ],
  ['a lone string', '"no"', { message: 'no', wire: {} }],
  ['a page', '<html>no</html>', { message: '', wire: undefined }],
  ['plain words', 'upstream connect error', { message: 'upstream connect error', wire: undefined }],
  ['a number', 5, { message: '', wire: undefined }],
  ['nothing', '', { message: '', wire: undefined }],
  [
    'words with a key in them',
    { error: { message: 'Incorrect API key provided: sk-proj-0123456789abcdef' } },
    { message: 'Incorrect API key provided: [redacted]' },
  ],
];

for (const [why, body, expected] of rows) {
  test(`a fault is read from ${why}`, () => {
    const fault = readFault(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
    for (const [name, value] of Object.entries(expected)) {
      assert.deepEqual(fault[name as keyof Fault], value, name);
    }
  });
}

test('words of endless length are cut', () => {
  assert.ok(faultOf({ error: 'x'.repeat(100_000) }).message.length < 3000);
});
