// The two wire dialects of the rig: the calls the load generator sends and the replies the mock upstream gives.
// Every piece of reply text carries "@" and a four-digit ordinal, which survives any translation: readers count by it.

const FILL = 'The lamp of the signal box burns through the night and the trains run to time. ';
const CREATED = 1786000000;

/** @param {number} ordinal */
function mark(ordinal) {
  return `@${String(ordinal).padStart(4, '0')}`;
}

/** @param {number} length */
function textOf(length) {
  return FILL.repeat(Math.ceil(length / FILL.length)).slice(0, length);
}

// Long prompts carry what real ones do: line breaks and quotation marks, escaped on the wire.
function promptOf(length) {
  const paragraph = `${FILL}"Stop," said the signalman,\n"and then go on." ${FILL}`;
  return paragraph.repeat(Math.ceil(length / paragraph.length)).slice(0, length);
}

const TURN_BYTES = 65536;

/** @param {{ promptBytes: number, id?: string }} call */
function turnsOf(call) {
  const name = call.id === undefined ? '' : `bench-id:${call.id} `;
  if (call.promptBytes <= TURN_BYTES) return [{ role: 'user', content: name + promptOf(call.promptBytes) }];
  const count = Math.ceil(call.promptBytes / TURN_BYTES / 2) * 2 - 1;
  const each = Math.ceil(call.promptBytes / count);
  return Array.from({ length: count }, (_, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content: name + promptOf(each),
  }));
}

/**
 * The body of a call.
 * @param {{ dialect: 'chat' | 'messages', model: string, stream: boolean, promptBytes: number, id?: string }} call
 */
export function callBody(call) {
  const { model, stream } = call;
  const turns = turnsOf(call);
  if (call.dialect === 'messages') {
    return JSON.stringify({ model, max_tokens: 128, stream, system: 'Answer briefly.', messages: turns });
  }
  const messages = [{ role: 'system', content: 'Answer briefly.' }, ...turns];
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

function messagesEvent(type, fields) {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const CHAT = {
  json: chatJson,
  opening: () => chatDelta({ role: 'assistant', content: '', refusal: null }, null),
  frame: (ordinal) => chatDelta({ content: mark(ordinal) }, null),
  closing: () =>
    chatDelta({}, 'stop') +
    chatEvent([], { prompt_tokens: 42, completion_tokens: 100, total_tokens: 142 }) +
    'data: [DONE]\n\n',
};

const MESSAGES = {
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

/** Reply writers by dialect. A frame is about 0.25 KB in both. */
export const REPLIES = { chat: CHAT, messages: MESSAGES };

/** What the last bytes of a whole stream contain, by the caller's dialect. */
export const TERMINALS = { chat: 'data: [DONE]', messages: 'message_stop' };
