// Recorded replies of Responses for callers of every face, and those of the other dialects for callers of
// Responses, over real sockets: the very bytes in the same dialect, the same answer in valid words in another.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkChatBody, checkChatStream } from '../testkit/chat-checker.ts';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import { checkMessagesBody, checkMessagesStream } from '../testkit/messages-checker.ts';
import type { RawReply } from '../testkit/raw-client.ts';
import type { ReplySummary } from '../testkit/reply-summary.ts';
import { checkResponsesBody, checkResponsesStream } from '../testkit/responses-checker.ts';
import {
  finalOf,
  type RecordedReply,
  recordedBodies,
  recordedStreams,
} from '../testkit/responses-recordings.ts';
import { json, sse } from '../testkit/script.ts';
import { isSpliced, recordings, whatItSays } from './recordings.ts';
import { useReplayGateway } from './replay-gateway.ts';

const replay = useReplayGateway();

const QUESTION = { messages: [{ role: 'user', content: 'Say it again.' }], max_tokens: 1000 };

function read(path: string, reply: RawReply, stream: boolean): ReplySummary {
  if (path === '/v1/responses')
    return stream ? checkResponsesStream(reply.text) : checkResponsesBody(reply.json);
  if (path === '/v1/messages')
    return stream ? checkMessagesStream(reply.text) : checkMessagesBody(reply.json);
  return stream ? checkChatStream(reply.text, { usage: true }) : checkChatBody(reply.json);
}

/** Of a final response: what a caller of any dialect must learn. */
function saidBy(response: JsonValue): unknown {
  const items = (...types: readonly string[]): JsonValue[] =>
    response.output.filter((item: JsonValue) => types.includes(item.type));
  return {
    text: items('message')
      .flatMap((item) => item.content.map((part: JsonValue) => part.text ?? ''))
      .join(''),
    tools: items('function_call', 'custom_tool_call').map((item) => ({
      id: item.call_id,
      name: item.name,
      input: item.type === 'function_call' ? parse(item.arguments) : item.input,
    })),
    usage: { input: response.usage.input_tokens, output: response.usage.output_tokens },
  };
}

function essence({ text, tools, usage }: ReplySummary): unknown {
  return { text, tools, usage };
}

/** xAI calls tools of its own this way, in streams only; its final response does not tell of them. */
function isWhole({ broken, name }: RecordedReply): boolean {
  return !broken && !name.includes('x-search');
}

for (const [stream, replies] of [
  [true, recordedStreams()],
  [false, recordedBodies()],
] as const) {
  describe(`recorded ${stream ? 'streams' : 'bodies'} of Responses`, () => {
    for (const reply of replies) {
      const respond = (): void => replay.upstream.respond(stream ? sse(reply.text) : json(reply.text));
      it(`${reply.name}: the very bytes`, async () => {
        respond();
        const got = await replay.gateway.ask('/v1/responses', {
          model: 'openai-responses',
          input: 'Again.',
          stream,
          // Of what is kept, the reply says so.
          store: false,
        });
        if (reply.broken) assert.equal(got.status, 502);
        else assert.equal(got.text, reply.text);
      });
      for (const path of ['/v1/chat/completions', '/v1/messages']) {
        it(`${reply.name}: for a caller of ${path}`, async () => {
          respond();
          const wish = stream && path !== '/v1/messages' ? { stream_options: { include_usage: true } } : {};
          const got = await replay.gateway.ask(path, {
            model: 'openai-responses',
            ...QUESTION,
            stream,
            ...wish,
          });
          if (reply.broken) {
            assert.equal(got.status, 502);
            return;
          }
          assert.equal(got.status, 200, got.text);
          const said = read(path, got, stream);
          if (!isWhole(reply)) return;
          const { tools, ...expected } = saidBy(
            JSON.parse(stream ? finalOf(reply.text) : reply.text),
          ) as JsonValue;
          // Free text has no type of its own in Messages: it comes as one field.
          const free = path === '/v1/messages' ? said.tools.map(unwrapped) : said.tools;
          assert.deepEqual({ ...(essence(said) as object), tools: free }, { ...expected, tools });
        });
      }
    }
  });
}

function unwrapped(tool: ReplySummary['tools'][number]): ReplySummary['tools'][number] {
  const { name, input } = tool;
  return name.endsWith('__freetext')
    ? { ...tool, name: name.slice(0, -'__freetext'.length), input: input.input }
    : tool;
}

/** What a response is when the other dialects say this. */
const WORDS: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  max_tokens: 'max_output_tokens',
  content_filter: 'content_filter',
  refusal: 'content_filter',
};

describe('recorded replies of other dialects for callers of Responses', () => {
  for (const recording of recordings()) {
    it(recording.name, async () => {
      const { bytes, dialect, stream } = recording;
      replay.upstream.respond(stream ? sse(bytes) : json(bytes.toString()));
      const got = await replay.gateway.ask('/v1/responses', { model: dialect, input: 'Again.', stream });
      if (isSpliced(recording)) {
        if (got.status === 200) assert.match(got.text, /event: error\n[\s\S]*event: response\.failed\n/);
        else assert.equal(got.status, 502);
        return;
      }
      assert.equal(got.status, 200, got.text);
      const said = read('/v1/responses', got, stream);
      const expected = whatItSays(recording);
      assert.deepEqual(
        { text: said.text, reasoning: said.reasoning, tools: said.tools, stop: said.stop, usage: said.usage },
        {
          text: expected.text,
          reasoning: expected.reasoning,
          tools: expected.tools.map(({ id, name, input }) => ({ id, name, input })),
          stop: WORDS[expected.finish] ?? 'completed',
          usage: expected.usage,
        },
      );
    });
  }
});
