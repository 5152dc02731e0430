import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextFigures, isContextFault } from './context-faults.ts';
import type { JsonObject } from './json.ts';
import { faultOf } from './upstream-fault.ts';

/** Input, output, limit; undefined where the upstream gives none. */
type Figures = readonly [input: number, output: number, limit: number] | undefined;

const wordings: readonly (readonly [who: string, message: string, figures: Figures])[] = [
  [
    'Anthropic, the prompt alone',
    'prompt is too long: 210000 tokens > 200000 maximum',
    [210_000, 0, 200_000],
  ],
  [
    'Anthropic, with the output',
    'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input',
    [188_240, 21_333, 200_000],
  ],
  [
    'OpenAI, asked for in one sum',
    "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens (112946 in the messages, 10000 in the completion). Please reduce the length of the messages.",
    [112_946, 10_000, 16_384],
  ],
  [
    'OpenAI, messages alone',
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    [9000, 0, 8192],
  ],
  [
    'vLLM, with the output',
    "This model's maximum context length is 2048 tokens. However, your request has 8 input tokens plus 2045 'max_tokens'. Please reduce one or the other.",
    [8, 2045, 2048],
  ],
  [
    'vLLM, the prompt alone',
    "This model's maximum context length is 2048 tokens. However, your request has 3000 input tokens. Please reduce",
    [3000, 0, 2048],
  ],
  [
    'vLLM, of a bound it knows',
    "This model's maximum context length is 2048 tokens. However, your request contains at least 3000 tokens.",
    [3000, 0, 2048],
  ],
  [
    'vLLM, an output bound that does not fit',
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 100 input tokens (5000 > 4096 - 100).",
    [100, 5000, 4096],
  ],
  [
    'llama-server',
    'request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it',
    [5000, 0, 4096],
  ],
  ['older llama-server', 'the request exceeds the available context size. try increasing it', undefined],
  [
    'TGI, with the output',
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1500 `inputs` tokens and 1000 `max_new_tokens`',
    [1500, 1000, 2048],
  ],
  [
    'TGI, the prompt alone',
    'Input validation error: `inputs` must have less than 1024 tokens. Given: 1500',
    [1500, 0, 1024],
  ],
  [
    'SGLang',
    "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    [5000, 0, 4096],
  ],
  [
    'SGLang, with the output',
    "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 4000 tokens from the input messages and 1000 tokens for the completion.",
    [4000, 1000, 4096],
  ],
  [
    'Cohere',
    'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292. Try using a shorter prompt',
    [4292, 0, 4081],
  ],
  [
    'Cohere, by how much alone',
    'too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs',
    undefined,
  ],
  [
    'Mistral',
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    [40_000, 0, 32_768],
  ],
  [
    'xAI',
    "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    [140_000, 0, 131_072],
  ],
  [
    'Gemini',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    [1_200_000, 0, 1_048_576],
  ],
  ['llama-cpp-python', 'Requested tokens (5000) exceed context window of 4096', [5000, 0, 4096]],
  [
    'LM Studio',
    'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    [5000, 0, 4096],
  ],
  ['Ollama', 'prompt too long; exceeded max context length by 4 tokens', undefined],
  ['Bedrock', 'Input is too long for requested model.', undefined],
];

for (const [who, message, figures] of wordings) {
  test(`too long, says ${who}`, () => {
    const fault = faultOf({ error: { message } });
    assert.equal(isContextFault(fault), true);
    const context = figures && { input: figures[0], output: figures[1], limit: figures[2] };
    assert.deepEqual(contextFigures(fault), context);
  });
}

test('a code is enough, and figures may stand beside the words', () => {
  const coded: JsonObject = { code: 'context_length_exceeded', message: 'Please reduce the length.' };
  assert.equal(isContextFault(faultOf({ error: coded })), true);
  const typed = { type: 'exceed_context_size_error', n_prompt_tokens: 14_429, n_ctx: 8192 };
  assert.equal(isContextFault(faultOf({ error: typed })), true);
  assert.deepEqual(contextFigures(faultOf({ error: typed })), { input: 14_429, output: 0, limit: 8192 });
});

const others = [
  'max_tokens is too large: 100000. This model supports at most 16384 completion tokens.',
  'max_tokens must be positive',
  'The image exceeds the maximum size.',
  '',
];

for (const message of others) {
  test(`not the context: "${message}"`, () => {
    const fault = faultOf({ error: { message } });
    assert.equal(isContextFault(fault), false);
    assert.equal(contextFigures(fault), undefined);
  });
}
