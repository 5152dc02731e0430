// Anthropic's Messages: calls as its callers write them, replies as its servers do.

import { mark, textOf, turnsOf } from './text.js';

function callBody(call) {
  const { model, stream } = call;
  const system = 'Answer briefly.';
  return JSON.stringify({ model, max_tokens: 128, stream, system, messages: turnsOf(call) });
}

function messagesJson() {
  return JSON.stringify({
    id: 'msg_bench0123456789abcdefgh',
    type: 'message',
    role: 'assistant',
    model: 'claude-mock',
    content: [{ type: 'text', text: mark(0) + textOf(240) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: 42,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 17,
      service_tier: 'standard',
    },
  });
}

function messagesEvent(type, fields) {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** @type {import('../dialects.js').Dialect} */
export const anthropicMessages = {
  letter: 'a',
  name: 'Anthropic',
  model: 'claude-mock',
  path: () => '/v1/messages',
  isCall: (head) => head.includes('/messages'),
  headers: (secret) => ({ 'x-api-key': secret, 'anthropic-version': '2023-06-01' }),
  upstream: { provider: 'anthropic', base: '' },
  portkey: 'anthropic',
  callBody,
  terminal: 'message_stop',
  json: messagesJson,
  opening: () =>
    messagesEvent('message_start', {
      message: {
        id: 'msg_bench0123456789abcdefgh',
        type: 'message',
        role: 'assistant',
        model: 'claude-mock',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 42, cache_read_input_tokens: 0, output_tokens: 1 },
      },
    }) + messagesEvent('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  frame: (ordinal) =>
    messagesEvent('content_block_delta', {
      index: 0,
      delta: { type: 'text_delta', text: mark(ordinal) + textOf(117) },
    }),
  closing: () =>
    messagesEvent('content_block_stop', { index: 0 }) +
    messagesEvent('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 100 },
    }) +
    messagesEvent('message_stop', {}),
};
