import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContent } from '../../canonical/content.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger } from '../../canonical/ledger.ts';
import { encodeCall } from './encode-call.ts';

const base: CallContent = {
  origin: 'openai-completions',
  model: 'm',
  stream: false,
  system: [],
  messages: [{ role: 'user', blocks: [{ type: 'text', text: 'Once' }] }],
  tools: [],
  serverTools: [],
  includeUsage: false,
  extras: {},
};

function encode(more: Partial<CallContent>, model = 'up') {
  const ledger = new Ledger();
  const options = { model, ledger, quirks: {}, facts: undefined, operation: 'complete' } as const;
  const { body } = encodeCall({ ...base, ...more }, options);
  return { body, told: ledger.entries.map(({ outcome, field }) => `${outcome} ${field}`) };
}

const usual = { details: true, max_new_tokens: null, do_sample: true, adapter_id: 'up' };

test('a call, field by field', () => {
  const { body, told } = encode({
    maxTokens: 16,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    frequencyPenalty: 0.2,
    seed: 7,
    logprobs: { top: 3 },
    format: { type: 'schema', name: 'x', schema: { type: 'object', properties: {} } },
    extras: { repetition_penalty: 1.1, typical_p: 0.95, watermark: true, truncate: 1000 },
  });
  assert.deepEqual(body, {
    inputs: 'Once',
    parameters: {
      details: true,
      max_new_tokens: 16,
      do_sample: true,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      frequency_penalty: 0.2,
      seed: 7,
      top_n_tokens: 3,
      grammar: { type: 'json', value: { type: 'object', properties: {} } },
      adapter_id: 'up',
      repetition_penalty: 1.1,
      typical_p: 0.95,
      watermark: true,
      truncate: 1000,
    },
  });
  assert.deepEqual(told, []);
});

const rows: readonly (readonly [
  why: string,
  call: Partial<CallContent>,
  parameters: JsonObject,
  told: readonly string[],
])[] = [
  ['no bound is as long as the window allows', {}, usual, []],
  ['a temperature of 0 is no sampling', { temperature: 0 }, { ...usual, do_sample: false }, []],
  [
    'and nothing else may turn it on again',
    { temperature: 0, topP: 0.5, topK: 3, extras: { typical_p: 0.5 } },
    { ...usual, do_sample: false },
    [],
  ],
  ['nor a top_p of 0', { topP: 0, temperature: 1 }, { ...usual, do_sample: false }, []],
  [
    'what narrows nothing is refused there, and left out',
    { topP: 1, frequencyPenalty: 0, presencePenalty: 0, extras: { typical_p: 1 } },
    usual,
    [],
  ],
  [
    'it stops, but keeps what it stopped at',
    { stop: ['END'] },
    { ...usual, stop: ['END'] },
    ['approximated stop'],
  ],
  ['no stop strings are none', { stop: [] }, usual, []],
  [
    'one alternative shows that somebody asked',
    { logprobs: { top: 0 } },
    { ...usual, top_n_tokens: 1 },
    ['mapped logprobs'],
  ],
  ['JSON of any shape is no grammar', { format: { type: 'json' } }, usual, ['dropped format']],
  ['a seed is not negative', { seed: -1 }, usual, ['dropped seed']],
  [
    "vLLM's words for grammars and for cutting are understood",
    { extras: { guided_regex: '[a-z]+', truncate_prompt_tokens: 9 } },
    { ...usual, grammar: { type: 'regex', value: '[a-z]+' }, truncate: 9 },
    ['mapped guided_regex', 'mapped truncate_prompt_tokens'],
  ],
  [
    'its own, too',
    { extras: { grammar: { type: 'json', value: {} } } },
    { ...usual, grammar: { type: 'json', value: {} } },
    [],
  ],
  ["but not llama.cpp's", { extras: { grammar: 'root ::= "x"' } }, usual, ['dropped grammar']],
  [
    "Ollama's words for a raw prompt",
    { origin: 'ollama-chat', extras: { raw: true, 'options.repeat_penalty': 1.1, 'options.mirostat': 1 } },
    { ...usual, repetition_penalty: 1.1 },
    ['approximated options.repeat_penalty', 'dropped options.mirostat'],
  ],
  [
    'what it does not know is named',
    { presencePenalty: 1, logitBias: {}, user: 'ada', extras: { best_of: 3, constructor: 1 } },
    usual,
    [
      'dropped logit_bias',
      'dropped presence_penalty',
      'dropped user',
      'dropped best_of',
      'dropped constructor',
    ],
  ],
];

for (const [why, call, parameters, told] of rows) {
  test(`call: ${why}`, () => {
    const got = encode(call);
    assert.deepEqual(got.body, { inputs: 'Once', parameters });
    assert.deepEqual(got.told, told);
  });
}

test("call: an operator's instructions stand before the prompt", () => {
  const { body, told } = encode({ system: [{ type: 'text', text: 'Be brief.' }] });
  assert.equal(body.inputs, 'Be brief.\n\nOnce');
  assert.deepEqual(told, ['approximated system']);
});

test('call: the name that stands for none names no adapter', () => {
  assert.ok(!('adapter_id' in (encode({}, 'tgi').body.parameters as JsonObject)));
});

const refused: readonly (readonly [why: string, call: Partial<CallContent>, param: string])[] = [
  ['several answers', { n: 2 }, 'n'],
  ['tools', { tools: [{ name: 'x', schema: {} }] }, 'tools'],
  ['a conversation', { messages: [...base.messages, { role: 'assistant', blocks: [] }] }, 'messages'],
  [
    'pictures',
    {
      messages: [
        {
          role: 'user',
          blocks: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aa' } }],
        },
      ],
    },
    'prompt',
  ],
];

for (const [why, call, param] of refused) {
  test(`call: ${why} cannot be part of it`, () => {
    assert.throws(
      () => encode(call),
      (error) =>
        error instanceof GatewayError && error.code === 'unsupported' && error.detail.param === param,
    );
  });
}
