// Bedrock's Converse, asked of Bedrock. As a face it is tried where its bytes can be read.
import { converseHi, eventStream } from '../../testkit/converse-replies.ts';
import { json } from '../../testkit/script.ts';
import { calls, replies } from './converse-cases.ts';
import type { Dialect } from './dialect.ts';

export const converse: Dialect = {
  name: 'converse',
  protocol: 'bedrock-converse',
  calls,
  replies,
  upstream: {
    config: (url) =>
      `{ provider: bedrock, url: ${url}, secret: bedrock-key, options: { region: us-east-1, buckets: [bucket] }, protocols: [bedrock-converse] }`,
    model: 'us.anthropic.claude-opus-4-5-20251101-v1:0',
    answer: converseHi,
    whole: json,
    streamed: eventStream,
    spliced: (_name, body) => JSON.stringify(body),
  },
};
