// OpenAI's Chat Completions, asked of a compatible service.
import { checkChatBody, readChatStream } from '../../testkit/chat-checker.ts';
import { chatReply } from '../../testkit/replies.ts';
import { json, sse } from '../../testkit/script.ts';
import { callCases } from '../call-cases.ts';
import { replyCases } from '../reply-cases.ts';
import type { Dialect } from './dialect.ts';

/** Calls with something in them that a compatible service may not know: written anew in its own dialect. */
const REWRITTEN = ['system', 'tool-custom'];

export const chat: Dialect = {
  name: 'chat',
  protocol: 'openai-chat',
  calls: Object.fromEntries(
    callCases.flatMap(({ name, chat: body, headers = {} }) =>
      body === undefined ? [] : [[name, { body, headers }]],
    ),
  ),
  replies: Object.fromEntries(
    replyCases.flatMap(({ name, chat: reply }) => (reply === undefined ? [] : [[name, reply]])),
  ),
  face: {
    path: () => '/v1/chat/completions',
    named: (model, body) => ({ model, ...body }),
    question: (stream) => ({
      messages: [{ role: 'user', content: 'Hello.' }],
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
    }),
    checkBody: checkChatBody,
    checkStream: (text) => readChatStream(text, { usage: true }),
  },
  upstream: {
    config: (url) => `{ provider: openai-compatible, url: ${url}, secret: sk-upstream }`,
    model: 'up-model',
    answer: chatReply({ text: 'Hi.' }),
    whole: json,
    streamed: sse,
    // A wish for usage where none was said, and the older name of the output bound, which every service knows.
    spliced: (name, body) => {
      if (REWRITTEN.includes(name)) return undefined;
      const wish = body.stream === true ? { stream_options: { include_usage: true } } : {};
      const text = JSON.stringify({ model: 'up-model', ...body, ...wish });
      return text.replace('"max_completion_tokens":', '"max_tokens":');
    },
  },
};
