// Cohere's own chat, asked of Cohere. Nobody calls us in it.
import {
  cohereBody,
  cohereContent,
  cohereEvents,
  cohereReply,
  cohereStream,
} from '../../testkit/cohere-replies.ts';
import type { JsonValue } from '../../testkit/json-value.ts';
import type { ReplyOptions } from '../../testkit/replies.ts';
import { json, sse } from '../../testkit/script.ts';
import type { Dialect, ReplyCase } from './dialect.ts';

function both(options: ReplyOptions): ReplyCase {
  return { body: cohereBody(options), stream: cohereStream(options) };
}

const CALL = { id: 'get_time_1', type: 'function', function: { name: 'get_time', arguments: '' } };
const LINKED = {
  start: 0,
  end: 2,
  text: 'Hi',
  sources: [
    {
      type: 'document',
      id: 'doc:0',
      document: { id: 'doc:0', title: 'Greetings', url: 'https://example.com' },
    },
    { type: 'tool', id: 'get_time_1:0', tool_output: { url: 'https://example.org' } },
  ],
  type: 'TEXT_CONTENT',
};
const UNLINKED = {
  start: 0,
  end: 3,
  text: 'Hi.',
  sources: [{ type: 'document', id: 'doc:1', document: { id: 'doc:1', text: 'Hi.', title: 'notes' } }],
  type: 'TEXT_CONTENT',
};
const HI = cohereContent(0, 'text', ['Hi.']);

/** A text with citations, which come before its end. */
function cited(...citations: readonly JsonValue[]): ReplyCase {
  const events = citations.flatMap((citation, index) => [
    { type: 'citation-start', index, delta: { message: { citations: citation } } },
    { type: 'citation-end', index },
  ]);
  const body = cohereBody({ text: 'Hi.' });
  return {
    body: { ...body, message: { ...body.message, citations } },
    stream: cohereEvents({}, [...HI.slice(0, -1), ...events, ...HI.slice(-1)]),
  };
}

function withoutArguments(whole: string): ReplyCase {
  const body = cohereBody({ finish: 'TOOL_CALL' });
  const call = { ...CALL, function: { name: 'get_time', arguments: whole } };
  const plan = 'I will look.';
  return {
    body: { ...body, message: { role: 'assistant', tool_plan: plan, tool_calls: [call] } },
    stream: cohereEvents({ finish: 'TOOL_CALL' }, [
      { type: 'tool-plan-delta', delta: { message: { tool_plan: plan } } },
      { type: 'tool-call-start', index: 0, delta: { message: { tool_calls: CALL } } },
      { type: 'tool-call-end', index: 0 },
    ]),
  };
}

const LOGPROBS = { text: 'Hi.', token_ids: [2, 3], logprobs: [-0.5, -1] };

const replies: Readonly<Record<string, ReplyCase>> = {
  text: both({ text: ['Grü', 'ße 👋', ' "quoted"\n'] }),
  length: both({ text: 'Hi', finish: 'MAX_TOKENS' }),
  'stop-string': both({ text: 'Hi', finish: 'STOP_SEQUENCE' }),
  empty: both({}),
  tool: both({ tools: [{ id: 'get_time_1', name: 'get_time', input: {} }] }),
  tools: both({
    text: ['I will ', 'look.'],
    tools: [
      { id: 'get_weather_1', name: 'get_weather', input: { city: 'Zürich', unit: 'c' } },
      { id: 'get_time_2', name: 'get_time', input: { zone: 'UTC' } },
    ],
  }),
  'length-within-a-call': both({
    tools: [{ id: 'get_time_1', name: 'get_time', input: { zone: 'UTC' } }],
    finish: 'MAX_TOKENS',
  }),
  'tool-without-arguments': withoutArguments(''),
  'tool-with-null-arguments': withoutArguments('null'),
  'tool-custom': both({
    tools: [{ id: 'p_1', name: 'apply_patch__freetext', input: { input: '*** "Begin"' } }],
  }),
  'tool-of-an-escaped-name': both({ tools: [{ id: 'a_1', name: 'get_x2d_time', input: {} }] }),
  reasoning: both({ reasoning: 'Hm.', text: 'Hi.' }),
  'reasoning-with-tools': both({
    reasoning: 'Hm.',
    tools: [{ id: 'get_time_1', name: 'get_time', input: {} }],
  }),
  'cited-with-addresses': cited(LINKED),
  'cited-without': cited(LINKED, UNLINKED),
  logprobs: {
    body: { ...cohereBody({ text: 'Hi.' }), logprobs: [LOGPROBS] },
    stream: cohereEvents(
      {},
      HI.map((event) => (event.type === 'content-delta' ? { ...event, logprobs: LOGPROBS } : event)),
    ),
  },
  'only-all-tokens': {
    body: {
      ...cohereBody({ text: 'Hi.' }),
      usage: { tokens: { input_tokens: 500, output_tokens: 8 }, cached_tokens: 448 },
    },
    stream: cohereEvents({}, HI, {
      usage: { tokens: { input_tokens: 500, output_tokens: 8 }, cached_tokens: 448 },
    }),
  },
};

export const cohere: Dialect = {
  name: 'cohere',
  protocol: 'cohere-chat',
  calls: {},
  replies,
  upstream: {
    config: (url) => `{ provider: cohere, url: ${url}, secret: co-upstream }`,
    model: 'command-a',
    answer: cohereReply({ text: 'Hi.' }),
    whole: json,
    streamed: sse,
    spliced: () => undefined,
  },
};
