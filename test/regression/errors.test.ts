// Failures that were hidden elsewhere: a prompt that is too long, a stream that just stops, a caller who left.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../testkit/json-value.ts';
import { createRawClient, type RawReply, requestBytes } from '../testkit/raw-client.ts';
import { chatStream, messagesStream } from '../testkit/replies.ts';
import { responsesStream } from '../testkit/responses-replies.ts';
import {
  bytes,
  createGate,
  end,
  fin,
  head,
  json,
  type Script,
  sse,
  sseHead,
  stall,
  wait,
} from '../testkit/script.ts';
import { strictEvents } from '../testkit/sse-lines.ts';
import { eventsOf, HELLO, useScene } from './scene.ts';

const scene = useScene();
const callers = ['chat', 'messages', 'responses'] as const;
type Caller = (typeof callers)[number];

const paths: Readonly<Record<Caller, string>> = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  responses: '/v1/responses',
};

function bodyOf(caller: Caller, model: string, fields: JsonValue = {}): JsonValue {
  const said = caller === 'responses' ? { input: 'Hello.' } : { messages: HELLO, max_tokens: 100 };
  return { model, ...said, ...fields };
}

function ask(caller: Caller, model: string, fields?: JsonValue): Promise<RawReply> {
  return scene.gateway.ask(paths[caller], bodyOf(caller, model, fields));
}

describe('40: a prompt that is too long looks like any other failure', () => {
  const refusals: readonly (readonly [model: string, how: string, answer: Script])[] = [
    [
      'chat',
      "by a status of OpenAI's",
      json(
        {
          error: {
            message:
              "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
            type: 'invalid_request_error',
            param: 'messages',
            code: 'context_length_exceeded',
          },
        },
        400,
      ),
    ],
    [
      'chat',
      'by an engine with fields of its own',
      json(
        {
          error: {
            code: 400,
            message: 'the request exceeds the available context size',
            type: 'exceed_context_size_error',
            n_prompt_tokens: 9000,
            n_ctx: 8192,
          },
        },
        400,
      ),
    ],
    [
      'messages',
      'by words of Anthropic',
      json(
        {
          type: 'error',
          error: { type: 'invalid_request_error', message: 'prompt is too long: 9000 tokens > 8192 maximum' },
        },
        400,
      ),
    ],
    [
      'gemini',
      'by words of Google',
      json(
        {
          error: {
            code: 400,
            message: 'The input token count (9000) exceeds the maximum number of tokens allowed (8192).',
            status: 'INVALID_ARGUMENT',
          },
        },
        400,
      ),
    ],
    [
      'ollama',
      'by an engine that has only words',
      json({ error: 'the prompt (9000 tokens) exceeds the available context size (8192)' }, 400),
    ],
  ];
  for (const [model, how, answer] of refusals) {
    it(`said ${how}`, async () => {
      scene.answer(answer);
      for (const stream of [false, true]) {
        const chat = await ask('chat', model, { stream });
        assert.deepEqual([chat.status, chat.json.error.code], [400, 'context_length_exceeded']);
        const responses = await ask('responses', model, { stream });
        assert.deepEqual([responses.status, responses.json.error.code], [400, 'context_length_exceeded']);
        const messages = await ask('messages', model, { stream });
        assert.deepEqual([messages.status, messages.json.error.type], [400, 'invalid_request_error']);
        assert.match(messages.json.error.message, /prompt is too long: 9000 tokens > 8192 maximum/);
      }
    });
  }

  it('said by nothing but a code', async () => {
    scene.answer(
      json(
        { error: { message: 'No.', type: 'invalid_request_error', code: 'context_length_exceeded' } },
        400,
      ),
    );
    const messages = await ask('messages', 'chat');
    assert.match(messages.json.error.message, /^prompt is too long/);
    const responses = await ask('responses', 'chat');
    assert.equal(responses.json.error.code, 'context_length_exceeded');
  });

  it('said after the stream has begun, to callers who act on the code', async () => {
    const error = { code: 'context_length_exceeded', message: 'Your input exceeds the context window.' };
    const failed = { id: 'resp_up', object: 'response', status: 'failed', error, output: [] };
    const begun = responsesStream({ text: 'Hel' }).split('event: response.output_text.done')[0] ?? '';
    const event = { type: 'response.failed', sequence_number: 99, response: failed };
    scene.answer(sse(`${begun}event: response.failed\ndata: ${JSON.stringify(event)}\n\n`));
    const chat = await ask('chat', 'responses', { stream: true });
    assert.equal(eventsOf(chat).at(-1)?.error.code, 'context_length_exceeded');
    const responses = await ask('responses', 'responses', { stream: true });
    assert.match(responses.text, /"type":"response\.failed".*context_length_exceeded/s);
  });
});

describe('a stream of an upstream that just stops looks like an answer', () => {
  const streams: Readonly<Record<Caller, string>> = {
    chat: chatStream({ text: ['Hel', 'lo'] }),
    messages: messagesStream({ text: ['Hel', 'lo'] }),
    responses: responsesStream({ text: ['Hel', 'lo'] }),
  };
  for (const model of callers) {
    const whole = streams[model];
    const cut = whole.slice(0, whole.indexOf('\n\n', whole.indexOf('Hel')) + 2);
    for (const [how, last] of [
      ['in good order', end],
      ['without a word', fin],
    ] as const) {
      it(`when ${model} ends ${how}`, async () => {
        scene.answer([sseHead(), bytes(cut), last]);
        const chat = await ask('chat', model, { stream: true });
        assert.equal(typeof eventsOf(chat).at(-1)?.error.message, 'string');
        assert.doesNotMatch(chat.text, /"finish_reason":"|\[DONE\]/);
        const messages = strictEvents((await ask('messages', model, { stream: true })).text);
        assert.equal(messages.at(-1)?.name, 'error');
        const responses = strictEvents((await ask('responses', model, { stream: true })).text);
        assert.deepEqual(
          responses.slice(-2).map(({ name }) => name),
          ['error', 'response.failed'],
        );
      });
    }
  }
});

describe('the upstream works on for a caller who has left', () => {
  const moments: readonly (readonly [when: string, stream: boolean, script: Script])[] = [
    ['before the first byte', true, [stall]],
    ['before the first token', true, [sseHead(), stall]],
    ['before an answer that is not streamed', false, [stall]],
    ['within one', false, [head(200, { 'content-length': '99' }, 'raw'), bytes('{"id"'), stall]],
  ];
  for (const [when, stream, script] of moments) {
    for (const caller of callers) {
      it(`${when}, of ${caller}`, async () => {
        scene.answer(script);
        const at = scene.upstream.calls.length;
        const client = await createRawClient(scene.gateway.url);
        const headers = { authorization: `Bearer ${scene.gateway.key}` };
        await client.write(
          requestBytes(paths[caller], { headers, body: bodyOf(caller, 'chat', { stream }) }),
        );
        const call = await scene.upstream.call(at);
        client.abort();
        await call.aborted;
        await scene.gateway.quiet();
      });
    }
  }

  it('in the middle of a stream', async () => {
    const gate = createGate();
    const whole = chatStream({ text: ['Hel', 'lo'] });
    const cut = whole.indexOf('\n\n', whole.indexOf('Hel')) + 2;
    scene.answer([sseHead(), bytes(whole.slice(0, cut)), wait(gate.opened), stall]);
    const at = scene.upstream.calls.length;
    const client = await createRawClient(scene.gateway.url);
    const headers = { authorization: `Bearer ${scene.gateway.key}` };
    await client.write(
      requestBytes(paths.messages, { headers, body: bodyOf('messages', 'chat', { stream: true }) }),
    );
    await client.until('Hel');
    client.abort();
    await (await scene.upstream.call(at)).aborted;
    gate.open();
    await scene.gateway.quiet();
  });
});
