// Cohere over real sockets: what it really sent, played back for callers of three dialects; what is billed; vectors
// and rankings by its own API; and its compatibility API for those who name it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkChatBody, checkChatStream } from '../testkit/chat-checker.ts';
import { cohereBody, cohereEvents } from '../testkit/cohere-replies.ts';
import { type JsonValue, parse } from '../testkit/json-value.ts';
import { checkMessagesBody, checkMessagesStream } from '../testkit/messages-checker.ts';
import { chatReply } from '../testkit/replies.ts';
import type { ReplySummary } from '../testkit/reply-summary.ts';
import { checkResponsesBody, checkResponsesStream } from '../testkit/responses-checker.ts';
import { json, sse } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const FOLDER = join('..', 'shared', 'fixtures', 'wire', 'cohere');
const skip = existsSync(FOLDER) ? false : `THE RECORDINGS IN ${FOLDER} ARE MISSING`;

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  const models = `{ command-a: { price: { input: 3, output: 15 } }, rerank-v3.5: { price: { input: 0, output: 0, search: 0.002 } } }`;
  gateway = await startGateway(`
upstreams:
  cohere: { provider: cohere, url: ${upstream.url}, secret: co-up, models: ${models} }
  compatible: { provider: cohere, url: "${upstream.url}/compatibility/v1", secret: co-up, protocols: [openai-chat] }
models:
  command: { targets: [cohere/command-a] }
  vectors: { targets: [cohere/embed-v4.0] }
  ranks: { targets: [cohere/rerank-v3.5] }
  compatible: { targets: [compatible/command-a] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

async function receipt(): Promise<JsonValue> {
  await gateway.quiet();
  return gateway.receipts().at(-1);
}

function recorded(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

function streamOf(file: string): string {
  const lines = recorded(file)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return `${lines.map((line) => `event: ${parse(line).type}\ndata: ${line}\n\n`).join('')}data: [DONE]\n\n`;
}

const HELLO = [{ role: 'user', content: 'Hello.' }];
const PLAN = 'I will use the currentTime tool to find the current time.';

/** What callers of three dialects ask, and how their answers are read. */
const faces: Readonly<Record<string, readonly [path: string, question: JsonValue, read: Reader]>> = {
  Chat: [
    '/v1/chat/completions',
    { messages: HELLO },
    (reply, stream) => (stream ? checkChatStream(reply.text, { usage: true }) : checkChatBody(reply.json)),
  ],
  Messages: [
    '/v1/messages',
    { messages: HELLO, max_tokens: 100 },
    (reply, stream) => (stream ? checkMessagesStream(reply.text) : checkMessagesBody(reply.json)),
  ],
  Responses: [
    '/v1/responses',
    { input: 'Hello.' },
    (reply, stream) => (stream ? checkResponsesStream(reply.text) : checkResponsesBody(reply.json)),
  ],
};
type Reader = (reply: { readonly text: string; readonly json: JsonValue }, stream: boolean) => ReplySummary;

const answers: readonly (readonly [file: string, said: Partial<ReplySummary>])[] = [
  ['cohere-text.json', { text: 'The capital of France is Paris.', usage: { input: 12, output: 7 } }],
  ['cohere-text.chunks.txt', { text: 'The capital of France is Paris.', usage: { input: 12, output: 7 } }],
  ['cohere-max-tokens.json', { text: '**The History of', usage: { input: 11, output: 4 } }],
  ['cohere-citations.json', { usage: { input: 39, output: 27 } }],
  [
    'cohere-null-args.json',
    { text: PLAN, tools: [{ id: 'currentTime_tf4dywn8wgnk', name: 'currentTime', input: {} }] },
  ],
  [
    'cohere-empty-tool-call.chunks.txt',
    { text: PLAN, tools: [{ id: 'currentTime_y46ar19t5gvw', name: 'currentTime', input: {} }] },
  ],
];

describe('a recorded reply', () => {
  for (const [file, said] of answers) {
    for (const [face, [path, question, read]] of Object.entries(faces)) {
      it(`${file}, for a caller of ${face}`, { skip }, async () => {
        const stream = file.endsWith('.txt');
        upstream.respond(stream ? sse(streamOf(file)) : json(recorded(file)));
        const usage = stream && face === 'Chat' ? { stream_options: { include_usage: true } } : {};
        const reply = await gateway.ask(path, { model: 'command', ...question, ...usage, stream });
        assert.equal(reply.status, 200, reply.text);
        const summary = read(reply, stream);
        for (const [name, value] of Object.entries(said)) {
          assert.deepEqual(summary[name as keyof ReplySummary], value, name);
        }
        assert.equal(upstream.calls.at(-1)?.path, '/v2/chat');
      });
    }
  }
});

it('31: only billed units cost something, and the cache nothing on top', { skip }, async () => {
  upstream.respond(json(recorded('cohere-citations.json')));
  await gateway.ask('/v1/chat/completions', { model: 'command', messages: HELLO });
  const { cost_nano, cost_state } = await receipt();
  assert.deepEqual([cost_state, cost_nano], ['priced', String(39 * 3_000 + 27 * 15_000)]);
});

it('a reply that ends in an error is none, though it began as one, and what it cost is known', async () => {
  const said = { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } };
  upstream.respond(sse(cohereEvents({}, [said], { finish_reason: 'ERROR' })));
  const reply = await gateway.ask('/v1/chat/completions', {
    model: 'command',
    messages: HELLO,
    stream: true,
  });
  assert.match(reply.text, /"content":"Hi"/);
  assert.match(reply.text, /data: \{"error":/);
  assert.doesNotMatch(reply.text, /\[DONE\]|"finish_reason":"/);
  assert.equal((await receipt()).cost_nano, String(10 * 3_000 + 5 * 15_000));
});

it('a prompt that does not fit is told in figures', async () => {
  const message = 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.';
  upstream.respond(json({ id: 'e', message }, 400));
  const reply = await gateway.ask('/v1/messages', { model: 'command', max_tokens: 5, messages: HELLO });
  assert.equal(reply.status, 400);
  assert.match(reply.text, /prompt is too long: 4292 tokens > 4081 maximum/);
});

it('vectors come from its own API, in the form the caller asked for', { skip }, async () => {
  upstream.respond(json(recorded('cohere-embedding.json')));
  const ask = {
    model: 'vectors',
    input: ['sunny day at the beach', 'rainy day in the city'],
    dimensions: 256,
  };
  const reply = await gateway.ask('/v1/embeddings', { ...ask, input_type: 'search_query' });
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(reply.json.data[0].embedding.slice(0, 2), [0.03302002, 0.020904541]);
  assert.deepEqual(reply.json.usage, { prompt_tokens: 10, total_tokens: 10 });
  assert.equal(reply.json.model, 'embed-v4.0');
  assert.equal(upstream.calls.at(-1)?.path, '/v2/embed');
  assert.deepEqual(upstream.calls.at(-1)?.json, {
    model: 'embed-v4.0',
    texts: ask.input,
    input_type: 'search_query',
    embedding_types: ['float'],
    output_dimension: 256,
    truncate: 'NONE',
  });
});

it('rankings too, and searches are billed', { skip }, async () => {
  const recording = recorded(join('reranking', 'cohere-reranking.1.json'));
  upstream.respond(json(recording));
  const reply = await gateway.ask('/v1/rerank', { model: 'ranks', query: 'q', documents: ['a', 'b'] });
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(reply.json, parse(recording));
  assert.equal(upstream.calls.at(-1)?.path, '/v2/rerank');
  assert.equal((await receipt()).cost_state, 'priced');
  assert.equal((await receipt()).cost_nano, String(2_000_000));
});

it('who names its compatibility API reaches it', async () => {
  upstream.respond(chatReply({ text: 'Hi.' }));
  const reply = await gateway.ask('/v1/chat/completions', { model: 'compatible', messages: HELLO });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(upstream.calls.at(-1)?.path, '/compatibility/v1/chat/completions');
});

it('a bare prompt is asked in a chat', async () => {
  upstream.respond(json(cohereBody({ text: 'Hi.' })));
  const reply = await gateway.ask('/v1/completions', { model: 'command', prompt: 'Hello.' });
  assert.equal(reply.json.choices[0].text, 'Hi.');
});
