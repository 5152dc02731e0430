// Anthropic's Messages, asked of Anthropic itself.
import { checkMessagesBody, checkMessagesStream } from '../../testkit/messages-checker.ts';
import { messagesReply } from '../../testkit/replies.ts';
import { json, sse } from '../../testkit/script.ts';
import { callCases } from '../call-cases.ts';
import { replyCases } from '../reply-cases.ts';
import type { Dialect } from './dialect.ts';

export const messages: Dialect = {
  name: 'messages',
  protocol: 'anthropic-messages',
  calls: Object.fromEntries(
    callCases.flatMap(({ name, messages: body, headers = {} }) =>
      body === undefined ? [] : [[name, { body, headers }]],
    ),
  ),
  replies: Object.fromEntries(
    replyCases.flatMap(({ name, messages: reply }) => (reply === undefined ? [] : [[name, reply]])),
  ),
  face: {
    path: () => '/v1/messages',
    named: (model, body) => ({ model, ...body }),
    question: (stream) => ({ max_tokens: 1000, messages: [{ role: 'user', content: 'Hello.' }], stream }),
    checkBody: checkMessagesBody,
    checkStream: checkMessagesStream,
  },
  upstream: {
    config: (url) => `{ provider: anthropic, url: ${url}, secret: sk-ant-upstream }`,
    model: 'claude-opus-4-5',
    answer: messagesReply({ text: 'Hi.' }),
    whole: json,
    streamed: sse,
    spliced: (_name, body) => JSON.stringify({ model: 'claude-opus-4-5', ...body }),
  },
};
