// The vendors' own clients take keepalives before an answer and within it for what they are, helpers included, and
// throw what fails behind one.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { chatStream, messagesStream } from '../testkit/replies.ts';
import { responsesStream } from '../testkit/responses-replies.ts';
import { bytes, createGate, end, json, sseHead, wait } from '../testkit/script.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';
import { cutAfter } from './setting.ts';

const streams = {
  chat: cutAfter(chatStream({ text: ['Hel', 'lo'] }), 'Hel'),
  messages: cutAfter(messagesStream({ text: ['Hel', 'lo'] }), 'Hel'),
  responses: cutAfter(responsesStream({ text: ['Hel', 'lo'] }), '"delta":"Hel"'),
} as const;
type Dialect = keyof typeof streams;
const dialects = Object.keys(streams) as Dialect[];

let upstream: ScriptedUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await createScriptedUpstream();
  gateway = await startGateway(`
keepalive: 100ms
upstreams:
  chat: { health: off, provider: openai-compatible, url: ${upstream.url} }
  messages: { health: off, provider: anthropic, url: ${upstream.url}, secret: sk-ant-upstream }
  responses: { health: off, provider: openai, url: ${upstream.url}, secret: sk-up, protocols: [openai-responses] }
models:
  chat: { targets: [chat/up-model] }
  messages: { targets: [messages/claude-opus-4-5] }
  responses: { targets: [responses/gpt-5.4] }
`);
});
after(async () => {
  await gateway.quiet();
  await gateway.stop();
  await upstream.close();
});

const KEEPALIVE = /: keepalive\n|event: (ping|keepalive)\n/;

/** Hears what the client hears: `before` and `within` settle once a keepalive has come before the answer, and in it. */
function ears() {
  const [before, within] = [createGate(), createGate()];
  const listen = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder();
    let heard = '';
    for await (const piece of body) {
      heard += decoder.decode(piece, { stream: true });
      if (KEEPALIVE.test(heard)) before.open();
      const said = heard.indexOf('Hel');
      if (said >= 0 && KEEPALIVE.test(heard.slice(said))) within.open();
    }
  };
  return {
    before: before.opened,
    within: within.opened,
    fetch: async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const response = await fetch(url, init);
      if (response.body === null) return response;
      const [mine, theirs] = response.body.tee();
      void listen(mine).catch(() => {});
      return new Response(theirs, response);
    },
  };
}
type Fetch = ReturnType<typeof ears>['fetch'];

const openai = (fetch: Fetch): OpenAI =>
  new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0, fetch });
const anthropic = (fetch: Fetch): Anthropic =>
  new Anthropic({ apiKey: gateway.key, baseURL: gateway.url, maxRetries: 0, fetch });
const messages = [{ role: 'user', content: 'Hello.' }] as const;

/** Every way these clients have to read a stream. */
const ways: Readonly<Record<string, (fetch: Fetch, model: string) => Promise<string | null>>> = {
  'openai chat, raw': async (fetch, model) => {
    const stream = await openai(fetch).chat.completions.create({
      model,
      messages: [...messages],
      stream: true,
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    return text;
  },
  'openai chat, its helper': async (fetch, model) => {
    const stream = openai(fetch).chat.completions.stream({ model, messages: [...messages] });
    return (await stream.finalChatCompletion()).choices[0]?.message.content ?? null;
  },
  'openai responses, raw': async (fetch, model) => {
    const stream = await openai(fetch).responses.create({ model, input: 'Hello.', stream: true });
    let text = '';
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
    return text;
  },
  'openai responses, its helper': async (fetch, model) => {
    const stream = openai(fetch).responses.stream({ model, input: 'Hello.' });
    return (await stream.finalResponse()).output_text;
  },
  'anthropic, raw': async (fetch, model) => {
    const stream = await anthropic(fetch).messages.create({
      model,
      max_tokens: 50,
      messages: [...messages],
      stream: true,
    });
    let text = '';
    for await (const event of stream)
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
    return text;
  },
  'anthropic, its helper': (fetch, model) =>
    anthropic(fetch)
      .messages.stream({ model, max_tokens: 50, messages: [...messages] })
      .finalText(),
};

for (const [way, read] of Object.entries(ways)) {
  describe(way, () => {
    for (const dialect of dialects) {
      it(`reads a whole answer of a ${dialect} upstream between keepalives`, async () => {
        const heard = ears();
        const [beginning, rest] = streams[dialect];
        upstream.respond([
          wait(heard.before),
          sseHead(),
          bytes(beginning),
          wait(heard.within),
          bytes(rest),
          end,
        ]);
        assert.equal(await read(heard.fetch, dialect), 'Hello');
        await gateway.quiet();
        assert.ok(gateway.receipts().at(-1).keepalives >= 2);
      });
    }

    it('throws what fails behind a keepalive', async () => {
      const heard = ears();
      upstream.respond([wait(heard.before), ...json({ error: { message: 'It broke.' } }, 500)]);
      await assert.rejects(read(heard.fetch, 'chat'), /status 500/);
    });

    it('throws when an answer breaks off behind keepalives within it', async () => {
      const heard = ears();
      upstream.respond([wait(heard.before), sseHead(), bytes(streams.chat[0]), wait(heard.within), end]);
      await assert.rejects(read(heard.fetch, 'chat'));
    });
  });
}
