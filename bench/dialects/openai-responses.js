// OpenAI's Responses: calls as its callers write them, replies as its servers do.

import { CREATED, mark, textOf, turnsOf } from './text.js';

const ITEM = 'msg_bench0123456789';

function callBody(call) {
  const { model, stream } = call;
  const instructions = 'Answer briefly.';
  return JSON.stringify({
    model,
    stream,
    store: false,
    max_output_tokens: 128,
    instructions,
    input: turnsOf(call),
  });
}

function message(text, status = 'completed') {
  const content = text === undefined ? [] : [{ type: 'output_text', annotations: [], text }];
  return { id: ITEM, type: 'message', status, role: 'assistant', content };
}

function response(status, output, usage) {
  const head = { id: 'resp_bench0123456789', object: 'response', created_at: CREATED, status };
  return { ...head, model: 'gpt-4o-mini', output, usage };
}

function usageOf(output) {
  return {
    input_tokens: 42,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 42 + output,
  };
}

let sequence = 0;

function event(type, fields) {
  sequence += 1;
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...fields })}\n\n`;
}

const place = { item_id: ITEM, output_index: 0, content_index: 0 };

/** @type {import('../dialects.js').Dialect} */
export const openaiResponses = {
  letter: 'r',
  name: 'Responses',
  model: 'gpt-4o-mini-r',
  path: () => '/v1/responses',
  isCall: (head) => head.includes('/responses'),
  headers: (secret) => ({ authorization: `Bearer ${secret}` }),
  upstream: {
    provider: 'openai-compatible',
    base: '/v1',
    models: '{ gpt-4o-mini-r: { context_window: 2000000, price: { input: 0.15, output: 0.6 } } }',
    protocols: '[openai-responses]',
  },
  callBody,
  // Only the last event states usage.
  terminal: '"total_tokens":',
  repeats: true,
  json: () => JSON.stringify(response('completed', [message(mark(0) + textOf(120))], usageOf(17))),
  opening: () =>
    event('response.created', { response: response('in_progress', [], null) }) +
    event('response.in_progress', { response: response('in_progress', [], null) }) +
    event('response.output_item.added', { output_index: 0, item: message(undefined, 'in_progress') }) +
    event('response.content_part.added', {
      ...place,
      part: { type: 'output_text', annotations: [], text: '' },
    }),
  frame: (ordinal) =>
    event('response.output_text.delta', {
      ...place,
      delta: mark(ordinal),
      logprobs: [],
      obfuscation: textOf(40),
    }),
  closing: () =>
    event('response.output_text.done', { ...place, text: 'done' }) +
    event('response.content_part.done', {
      ...place,
      part: { type: 'output_text', annotations: [], text: 'done' },
    }) +
    event('response.output_item.done', { output_index: 0, item: message('done') }) +
    event('response.completed', { response: response('completed', [message('done')], usageOf(100)) }),
};
