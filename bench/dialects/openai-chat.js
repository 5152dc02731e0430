// OpenAI's Chat Completions: calls as its callers write them, replies as its servers do.

import { CREATED, mark, textOf, turnsOf } from './text.js';

function callBody(call) {
  const { model, stream } = call;
  const messages = [{ role: 'system', content: 'Answer briefly.' }, ...turnsOf(call)];
  const options = stream ? { stream, stream_options: { include_usage: true } } : { stream };
  return JSON.stringify({ model, ...options, temperature: 0.2, max_tokens: 128, messages });
}

function chatJson() {
  return JSON.stringify({
    id: 'chatcmpl-bench0123456789abcdefghijk',
    object: 'chat.completion',
    created: CREATED,
    model: 'gpt-4o-mini-2024-07-18',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: mark(0) + textOf(158), refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 42,
      completion_tokens: 17,
      total_tokens: 59,
      prompt_tokens_details: { cached_tokens: 0 },
    },
    system_fingerprint: 'fp_560af6e559',
  });
}

function chatEvent(choices, usage) {
  const event = {
    id: 'chatcmpl-bench0123456789',
    object: 'chat.completion.chunk',
    created: CREATED,
    model: 'gpt-4o-mini-2024-07-18',
    system_fingerprint: 'fp_560af6e559',
    choices,
    usage,
  };
  return `data: ${JSON.stringify(event)}\n\n`;
}

function chatDelta(delta, finish) {
  return chatEvent([{ index: 0, delta, logprobs: null, finish_reason: finish }], null);
}

/** @type {import('../dialects.js').Dialect} */
export const openaiChat = {
  letter: 'c',
  name: 'OpenAI',
  model: 'gpt-4o-mini',
  path: () => '/v1/chat/completions',
  isCall: (head) => head.includes('/chat/completions'),
  headers: (secret) => ({ authorization: `Bearer ${secret}` }),
  upstream: {
    provider: 'openai-compatible',
    base: '/v1',
    models: '{ gpt-4o-mini: { context_window: 2000000, price: { input: 0.15, output: 0.6 } } }',
  },
  portkey: 'openai',
  callBody,
  terminal: 'data: [DONE]',
  json: chatJson,
  opening: () => chatDelta({ role: 'assistant', content: '', refusal: null }, null),
  frame: (ordinal) => chatDelta({ content: mark(ordinal) }, null),
  closing: () =>
    chatDelta({}, 'stop') +
    chatEvent([], { prompt_tokens: 42, completion_tokens: 100, total_tokens: 142 }) +
    'data: [DONE]\n\n',
};
