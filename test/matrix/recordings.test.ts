// Vendor replies, recorded or written by hand, played back as upstreams through both faces over real sockets. A
// caller of the reply's own dialect gets its very bytes; one of the other dialect gets the same answer in valid words.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkChatBody, checkChatStream } from '../testkit/chat-checker.ts';
import { checkMessagesBody, checkMessagesStream } from '../testkit/messages-checker.ts';
import type { RawReply } from '../testkit/raw-client.ts';
import type { ReplySummary } from '../testkit/reply-summary.ts';
import { json, sse } from '../testkit/script.ts';
import {
  FOLDER,
  failures,
  haveRecordings,
  isSpliced,
  type Recording,
  recordings,
  whatItSays,
} from './recordings.ts';
import { useReplayGateway } from './replay-gateway.ts';

/** The other dialect's word for the same ending. */
const CHAT_WORDS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  refusal: 'content_filter',
  pause_turn: 'stop',
};
const MESSAGES_WORDS: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  tool_calls: 'tool_use',
  length: 'max_tokens',
  content_filter: 'refusal',
};

const QUESTION = [{ role: 'user', content: 'Say it again.' }];

it('replays recorded vendor replies', (t) => {
  if (!haveRecordings())
    t.skip(`THE RECORDINGS IN ${FOLDER} ARE MISSING: only our own replies are played back`);
});

const replay = useReplayGateway();

const ask = (
  recording: Omit<Recording, 'values'> & { readonly status?: number },
  path: string,
  usage: boolean,
): Promise<RawReply> => {
  const { stream, bytes } = recording;
  replay.upstream.respond(stream ? sse(bytes) : json(bytes.toString(), recording.status ?? 200));
  return replay.gateway.ask(path, {
    model: recording.dialect,
    max_tokens: 1000,
    messages: QUESTION,
    ...(stream ? { stream } : {}),
    ...(usage ? { stream_options: { include_usage: true } } : {}),
  });
};

describe('same dialect: the recorded bytes', () => {
  for (const recording of recordings()) {
    const path = recording.dialect === 'openai-chat' ? '/v1/chat/completions' : '/v1/messages';
    it(recording.name, async () => {
      const reply = await ask(recording, path, recording.dialect === 'openai-chat' && recording.stream);
      if (isSpliced(recording)) return assertBroken(reply);
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.text, recording.bytes.toString());
    });
    if (recording.dialect !== 'openai-chat' || !recording.stream) continue;
    it(`${recording.name}, without the usage nobody asked for`, async () => {
      const reply = await ask(recording, path, false);
      assert.equal(reply.text, withoutUsageChunk(recording));
    });
  }
});

describe('other dialect: the same answer, by the letter of §2', () => {
  for (const recording of recordings()) {
    const toChat = recording.dialect === 'anthropic-messages';
    it(`${recording.name} for a caller of ${toChat ? 'Chat' : 'Messages'}`, async () => {
      const reply = await ask(
        recording,
        toChat ? '/v1/chat/completions' : '/v1/messages',
        toChat && recording.stream,
      );
      if (isSpliced(recording)) return assertBroken(reply);
      assert.equal(reply.status, 200, reply.text);
      const got = toChat ? readChat(reply, recording.stream) : readMessages(reply, recording.stream);
      assertSame(got, recording, toChat ? CHAT_WORDS : MESSAGES_WORDS);
    });
  }
});

describe('failures: said in the words of either face, and never as an answer', () => {
  for (const failure of failures()) {
    for (const path of ['/v1/chat/completions', '/v1/messages']) {
      it(`${failure.name} for a caller of ${path}`, async () => {
        const reply = await ask(failure, path, false);
        if (failure.stream) {
          assert.equal(reply.status, 200, reply.text);
          assert.match(reply.text, /The points/);
          return assertBroken(reply);
        }
        assert.equal(reply.status, failure.status, reply.text);
        assert.match(reply.json.error.message, /No train has 1000 cars\./);
        assert.equal(reply.json.type, path === '/v1/messages' ? 'error' : undefined);
      });
    }
  }
});

function readChat(reply: RawReply, stream: boolean): ReplySummary {
  return stream ? checkChatStream(reply.text, { usage: true }) : checkChatBody(reply.json);
}

function readMessages(reply: RawReply, stream: boolean): ReplySummary {
  return stream ? checkMessagesStream(reply.text) : checkMessagesBody(reply.json);
}

function assertSame(got: ReplySummary, recording: Recording, words: Readonly<Record<string, string>>): void {
  const said = whatItSays(recording);
  assert.deepEqual(
    {
      text: got.text,
      reasoning: got.reasoning,
      tools: got.tools.map(({ name, input }) => ({ name, input })),
      stop: got.stop,
      usage: got.usage,
    },
    {
      text: said.text,
      reasoning: said.reasoning,
      tools: said.tools.map(({ name, input }) => ({ name, input })),
      stop: words[said.finish],
      usage: said.usage,
    },
  );
  assert.deepEqual(
    got.tools.map(({ id }) => id),
    said.tools.map(({ id }) => id),
    'ids of calls come through, or their results could not be matched',
  );
}

/** A stream that restarts in the middle is no answer: it must not end as if it were one. */
function assertBroken(reply: RawReply): void {
  if (reply.status !== 200) {
    assert.equal(reply.status, 502, reply.text);
    return;
  }
  assert.match(reply.text, /"error":/);
  assert.doesNotMatch(reply.text, /\[DONE\]|message_stop/);
}

function withoutUsageChunk(recording: Recording): string {
  return recording.bytes
    .toString()
    .split('\n\n')
    .filter((event) => !(event.includes('"choices":[]') && /"usage":\{/.test(event)))
    .join('\n\n');
}
