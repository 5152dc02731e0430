// Counters, odd chunks and torn bytes that went wrong elsewhere.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { converseStream, EVENT_STREAM, HI, HI_BODY } from '../testkit/converse-replies.ts';
import type { JsonValue } from '../testkit/json-value.ts';
import { ollamaStream } from '../testkit/ollama-replies.ts';
import { chatBody, chatStream, messagesBody, messagesStream, namedEvent } from '../testkit/replies.ts';
import { responsesStream } from '../testkit/responses-replies.ts';
import { bytes, end, head, json, type Script, type Step, sse, sseHead, torn } from '../testkit/script.ts';
import { chatChunk, GEMINI, useScene } from './scene.ts';

const scene = useScene();
const STREAM = { stream: true };
const WITH_USAGE = { stream: true, stream_options: { include_usage: true } };

/** 10 fresh, 100 read from a cache, 50 written into one: 160 in all. */
const ANTHROPIC = {
  input_tokens: 10,
  cache_read_input_tokens: 100,
  cache_creation_input_tokens: 50,
  output_tokens: 5,
};
const OPENAI = {
  prompt_tokens: 160,
  completion_tokens: 5,
  total_tokens: 165,
  prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 50 },
};

function lastReceipt(): JsonValue {
  return scene.gateway.receipts().at(-1);
}

describe('31: tokens of the cache are counted twice', () => {
  const message = messagesBody({ text: 'Hi.' });
  const stream = [
    {
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { ...ANTHROPIC, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: ANTHROPIC },
    { type: 'message_stop' },
  ];

  it('of Anthropic, for a Chat caller: the prompt is the sum, once', async () => {
    scene.answer(json({ ...message, usage: ANTHROPIC }));
    const { reply } = await scene.chat('messages');
    const { completion_tokens_details: _, ...usage } = reply.json.usage;
    assert.deepEqual(usage, OPENAI);
  });

  it('of Anthropic streamed, which says them at the start and again at the end', async () => {
    scene.answer(sse(stream.map(namedEvent).join('')));
    const said = await scene.chat('messages', WITH_USAGE);
    assert.deepEqual(said.usage, { input: 160, output: 5 });
    const { reply } = await scene.messages('messages', STREAM);
    assert.match(reply.text, /"cache_read_input_tokens":100/);
  });

  it('of OpenAI, for a Messages caller: what is cached is not among the fresh', async () => {
    scene.answer(json({ ...chatBody({ text: 'Hi.' }), usage: OPENAI }));
    const { reply } = await scene.messages('chat');
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = reply.json.usage;
    assert.deepEqual([input_tokens, cache_read_input_tokens, cache_creation_input_tokens], [10, 100, 50]);
  });

  it('of Bedrock, which states them apart, and of Gemini, which states them within', async () => {
    const usage = {
      inputTokens: 10,
      outputTokens: 5,
      totalTokens: 165,
      cacheReadInputTokens: 100,
      cacheWriteInputTokens: 50,
    };
    scene.answer(json({ ...HI_BODY, usage }));
    assert.deepEqual((await scene.chat('converse')).usage, { input: 160, output: 5 });
    assert.deepEqual((await scene.messages('converse')).usage, { input: 160, output: 5 });
    const usageMetadata = {
      promptTokenCount: 160,
      cachedContentTokenCount: 100,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 2,
      totalTokenCount: 165,
    };
    scene.answer(json({ ...GEMINI, usageMetadata }));
    assert.deepEqual((await scene.chat('gemini')).usage, { input: 160, output: 5 });
    const { reply } = await scene.messages('gemini');
    assert.equal(reply.json.usage.input_tokens, 60);
  });

  it('in the receipt, whoever asked whom', async () => {
    const counters = { fresh: 10, cache_read: 100, cache_write: 50, output: 5 };
    for (const [model, answer] of [
      ['messages', json({ ...message, usage: ANTHROPIC })],
      ['chat', json({ ...chatBody({ text: 'Hi.' }), usage: OPENAI })],
    ] as const) {
      scene.answer(answer);
      for (const caller of ['chat', 'messages'] as const) {
        const path = caller === 'chat' ? '/v1/chat/completions' : '/v1/messages';
        const body = { model, max_tokens: 50, messages: [{ role: 'user', content: 'Hello.' }] };
        await scene.gateway.ask(path, body);
        await scene.gateway.quiet();
        const { tokens } = lastReceipt();
        for (const [name, count] of Object.entries(counters)) {
          assert.equal(tokens[name], count, `${caller} over ${model}: ${name}`);
        }
      }
    }
  });
});

describe('32: usage in a chunk without choices is skipped', () => {
  const text = chatStream({ text: 'Hi.', input: 160 });

  it('for callers of other dialects', async () => {
    scene.answer(sse(text));
    assert.deepEqual((await scene.messages('chat', STREAM)).usage, { input: 160, output: 5 });
    assert.deepEqual((await scene.responses('chat', STREAM)).usage, { input: 160, output: 5 });
  });

  it('for Chat callers who ask for it; those who do not are not shown it, and pay for it', async () => {
    scene.answer(sse(text));
    assert.deepEqual((await scene.chat('chat', WITH_USAGE)).usage, { input: 160, output: 5 });
    assert.equal((await scene.chat('chat', STREAM)).usage, undefined);
    assert.deepEqual(scene.sent.stream_options, { include_usage: true });
    await scene.gateway.quiet();
    assert.equal(lastReceipt().tokens.fresh, 160);
  });
});

describe('33: a choice without a delta, or a chunk without choices, ends the reply', () => {
  const filter = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] };
  const odd = [
    chatChunk([], { ...filter, id: '', model: '', created: 0 }),
    chatChunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    chatChunk([{ index: 0, delta: { content: 'Hi.' }, finish_reason: null }]),
    chatChunk([{ index: 0, finish_reason: null, content_filter_offsets: { check_offset: 3 } }]),
    chatChunk([{ index: 0, finish_reason: null, delta: null }]),
    chatChunk([{ index: 0, finish_reason: 'stop' }]),
  ];
  const text = `${odd.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
  for (const caller of ['messages', 'responses'] as const) {
    it(`for ${caller} callers`, async () => {
      scene.answer(sse(text));
      assert.equal((await scene[caller]('chat', STREAM)).text, 'Hi.');
    });
  }

  it('for Chat callers, who are given them as they came', async () => {
    scene.answer(sse(text));
    const body = { model: 'chat', messages: [{ role: 'user', content: 'Hello.' }], ...STREAM };
    const reply = await scene.gateway.ask('/v1/chat/completions', body);
    assert.equal(reply.text, text);
  });
});

describe('39: bytes are torn', () => {
  const words = 'Grüße, 世界 👋🏽.';

  for (const caller of ['chat', 'messages', 'responses'] as const) {
    it(`within a letter, which becomes a question mark for ${caller} callers`, async () => {
      const stream = Buffer.from(chatStream({ text: words }, false));
      const from = stream.indexOf('Gr');
      const everyByte = Array.from({ length: Buffer.byteLength(words) }, (_, at) => from + at);
      scene.answer([sseHead(), ...torn(stream, everyByte), end]);
      assert.equal((await scene[caller]('chat', STREAM)).text, words);
    });
  }

  const others: readonly (readonly [model: string, head: Step, data: Buffer])[] = [
    [
      'ollama',
      head(200, { 'content-type': 'application/x-ndjson' }),
      Buffer.from(ollamaStream({ text: words })),
    ],
    ['messages', sseHead(), Buffer.from(messagesStream({ text: words }))],
    ['responses', sseHead(), Buffer.from(responsesStream({ text: words }))],
    ['converse', head(200, { 'content-type': EVENT_STREAM }), converseStream(...HI)],
  ];
  for (const [model, begins, data] of others) {
    it(`anywhere, by ${model}`, async () => {
      const everyByte = Array.from({ length: data.length - 1 }, (_, at) => at + 1);
      scene.answer([begins, ...torn(data, everyByte), end]);
      assert.equal((await scene.chat(model, STREAM)).text, model === 'converse' ? 'Hi.' : words);
    });
  }

  const long = 'ü'.repeat(200_000);
  const answers: readonly (readonly [model: 'chat' | 'responses', answer: Script])[] = [
    ['chat', sse(chatStream({ text: long }, false))],
    ['chat', [sseHead(), bytes(chatStream({ text: long }, false).replaceAll('\n', '\r\n')), end]],
  ];
  for (const [at, [model, answer]] of answers.entries()) {
    it(`at a line that is longer than 64 KB, ended ${at === 0 ? 'by LF' : 'by CR and LF'}`, async () => {
      scene.answer(answer);
      assert.equal((await scene.messages(model, STREAM)).text.length, long.length);
    });
  }
});
