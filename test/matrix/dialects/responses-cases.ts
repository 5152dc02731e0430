// What Responses upstreams answer, whole and streamed.
import type { JsonValue } from '../../testkit/json-value.ts';
import type { ReplyOptions } from '../../testkit/replies.ts';
import {
  responseOf,
  responsesBody,
  responsesStream,
  streamOf,
  textMessage,
} from '../../testkit/responses-replies.ts';
import type { ReplyCase } from './dialect.ts';

function plain(options: ReplyOptions): ReplyCase {
  return { body: responsesBody(options), stream: responsesStream(options) };
}

function of(output: readonly JsonValue[], fields: JsonValue = {}): ReplyCase {
  const body = responseOf(output, fields);
  return { body, stream: streamOf(body) };
}

const refusal = {
  ...textMessage(''),
  content: [{ type: 'refusal', refusal: 'I will not.' }],
};
const citation = {
  type: 'url_citation',
  start_index: 0,
  end_index: 3,
  title: 'Home',
  url: 'https://example.com/',
};
const logprob = { token: 'Hi', logprob: -0.1, bytes: [72, 105], top_logprobs: [] };
const cached = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 8 },
  total_tokens: 120,
};

export const replies: Readonly<Record<string, ReplyCase>> = {
  text: plain({ text: ['Hello ', 'wörld 👋'] }),
  empty: plain({}),
  reasoning: plain({ reasoning: 'A greeting.', text: 'Hello.' }),
  length: plain({ text: 'Hel', finish: 'max_output_tokens' }),
  'length-within-a-call': plain({
    tools: [{ id: 'call_1', name: 'get_time', input: { zone: 'UTC' } }],
    finish: 'max_output_tokens',
  }),
  tool: plain({ tools: [{ id: 'call_1', name: 'get_time', input: {} }] }),
  'tools-in-parallel': plain({
    reasoning: 'Both.',
    text: 'Let me see.',
    tools: [
      { id: 'call_1', name: 'get_weather', input: { city: 'Zürich', unit: 'c' } },
      { id: 'call_2', name: 'get_time', input: { zone: 'UTC' } },
    ],
  }),
  'tool-custom': of([
    {
      id: 'ctc_up_1',
      type: 'custom_tool_call',
      status: 'completed',
      call_id: 'call_1',
      name: 'apply_patch',
      input: '*** Begin "Patch"\n+ä\n*** End',
    },
  ]),
  refusal: of([refusal]),
  'content-filter': of([textMessage('Once')], {
    status: 'incomplete',
    incomplete_details: { reason: 'content_filter' },
  }),
  'usage-with-cache': of([textMessage('Hi.')], { usage: cached }),
  logprobs: of([textMessage('Hi', { logprobs: [logprob] })]),
  annotations: of([textMessage('Hi.', { annotations: [citation] })]),
  'reasoning-sealed-only': of([
    { id: 'rs_up_1', type: 'reasoning', summary: [], encrypted_content: 'gAAAsealed' },
    textMessage('Hi.'),
  ]),
  'web-search': of([
    {
      id: 'ws_up_1',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: 'news' },
    },
    textMessage('Nothing new.'),
  ]),
};
