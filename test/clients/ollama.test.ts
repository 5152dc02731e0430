// Ollama's own JavaScript client over real sockets, against every upstream dialect. The package is no dependency of
// ours: CLIENTS names a folder in which `npm install ollama@0.6` has been run.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { JsonValue } from '../testkit/json-value.ts';
import { ndjson, ollamaDone, ollamaLine, ollamaReply } from '../testkit/ollama-replies.ts';
import { chatReply, messagesReply, type ReplyOptions } from '../testkit/replies.ts';
import { bytes, end, fin, head, json, type Script } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const folder = process.env['CLIENTS'] ?? '';
const manifest = resolve(folder, 'node_modules/ollama/package.json');
const missing =
  folder === '' || !existsSync(manifest)
    ? 'the client is missing: npm install ollama@0.6 somewhere, and name that folder in CLIENTS'
    : undefined;

type Reply = (options?: ReplyOptions) => (call: RecordedCall) => Script;
const replies: Readonly<Record<string, Reply>> = {
  chat: chatReply,
  messages: messagesReply,
  native: ollamaReply,
};
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];
const HELLO = [{ role: 'user', content: 'Hello.' }];
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

async function gather(stream: AsyncIterable<JsonValue>): Promise<readonly JsonValue[]> {
  const parts: JsonValue[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

describe('ollama-js', { skip: missing ?? false }, () => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let client: JsonValue;
  let Ollama: JsonValue;

  before(async () => {
    upstream = await createScriptedUpstream();
    gateway = await startGateway(`
upstreams:
  chat: { provider: openai-compatible, url: ${upstream.url}, models: { up-model: { context_window: 4096, abilities: [tools, reasoning] } } }
  messages: { provider: anthropic, url: ${upstream.url}, secret: sk-ant-upstream }
  native: { provider: ollama, url: ${upstream.url}, options: { num_ctx: 8192 } }
models:
  chat: { targets: [chat/up-model] }
  messages: { targets: [messages/claude-opus-4-5] }
  native: { targets: [native/up-model] }
`);
    const entry = createRequire(manifest).resolve('ollama');
    const module: JsonValue = await import(pathToFileURL(join(entry, '..', 'index.mjs')).href);
    Ollama = module.Ollama;
    client = new Ollama({ host: gateway.url, headers: { Authorization: `Bearer ${gateway.key}` } });
  });
  after(async () => {
    await gateway?.quiet();
    await gateway?.stop();
    await upstream?.close();
  });

  for (const [to, reply] of Object.entries(replies)) {
    describe(`to ${to}`, () => {
      it('a chat, whole', async () => {
        upstream.respond(reply({ text: 'Hi.' }));
        const answer = await client.chat({ model: to, messages: HELLO });
        assert.equal(answer.message.content, 'Hi.');
        assert.equal(answer.done, true);
        assert.equal(answer.done_reason, 'stop');
        assert.deepEqual([answer.prompt_eval_count, answer.eval_count], [10, 5]);
        assert.ok(answer.total_duration > 0 && answer.eval_duration >= 0);
        assert.ok(!Number.isNaN(new Date(answer.created_at).getTime()));
      });

      it('a chat, streamed, that thinks', async () => {
        upstream.respond(reply({ reasoning: 'A greeting.', text: ['Hel', 'lo 👋'] }));
        const parts = await gather(
          await client.chat({ model: to, messages: HELLO, stream: true, think: true }),
        );
        assert.equal(parts.map((part) => part.message.thinking ?? '').join(''), 'A greeting.');
        assert.equal(parts.map((part) => part.message.content).join(''), 'Hello 👋');
        assert.equal(parts.at(-1).done, true);
        assert.equal(parts.at(-1).eval_count, 5);
      });

      it('parallel tools, streamed and whole, and their results', async () => {
        const tools = [
          { id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
          { id: 'call_2', name: 'get_weather', input: { city: 'Rome' } },
        ];
        upstream.respond(reply({ tools }));
        const cities = (parts: readonly JsonValue[]): readonly string[] =>
          parts.flatMap((part) => part.message.tool_calls ?? []).map((call) => call.function.arguments.city);
        const stream = await client.chat({ model: to, messages: HELLO, tools: TOOLS, stream: true });
        assert.deepEqual(cities(await gather(stream)), ['Paris', 'Rome']);
        const whole = await client.chat({ model: to, messages: HELLO, tools: TOOLS });
        assert.deepEqual(cities([whole]), ['Paris', 'Rome']);

        upstream.respond(reply({ text: 'Warm.' }));
        const results = ['18 °C', '24 °C'].map((content) => ({
          role: 'tool',
          tool_name: 'get_weather',
          content,
        }));
        const answer = await client.chat({
          model: to,
          messages: [...HELLO, whole.message, ...results],
          tools: TOOLS,
        });
        assert.equal(answer.message.content, 'Warm.');
        assert.match(upstream.calls.at(-1)?.text ?? '', /18 °C.*24 °C/s);
      });

      it('a picture', async () => {
        upstream.respond(reply({ text: 'A pixel.' }));
        const images = [new Uint8Array(Buffer.from(PIXEL, 'base64'))];
        await client.chat({ model: to, messages: [{ role: 'user', content: 'What?', images }] });
        assert.ok(upstream.calls.at(-1)?.text.includes(PIXEL));
      });

      it('an error before the answer has a status and words', async () => {
        upstream.respond(json({ error: { message: 'It is broken.' } }, 500));
        await assert.rejects(client.chat({ model: to, messages: HELLO }), (error: JsonValue) => {
          assert.equal(error.name, 'ResponseError');
          assert.equal(error.status_code, 502);
          return /upstream failed/.test(error.message);
        });
      });
    });
  }

  it('a prompt, whole and streamed, by way of a chat', async () => {
    upstream.respond(chatReply({ text: ['One ', 'two.'] }));
    const whole = await client.generate({ model: 'chat', prompt: 'Count.', system: 'Be brief.' });
    assert.equal(whole.response, 'One two.');
    assert.deepEqual(upstream.calls.at(-1)?.json.messages, [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Count.' },
    ]);
    const parts = await gather(await client.generate({ model: 'chat', prompt: 'Count.', stream: true }));
    assert.equal(parts.map((part) => part.response).join(''), 'One two.');
  });

  it('a prompt to an Ollama, byte for byte but for the window', async () => {
    const line = `{"model":"up-model","created_at":"2025-10-09T08:53:20.1Z","response":"Hi.","done":false}\n`;
    const done = `{"model":"up-model","created_at":"2025-10-09T08:53:20.2Z","response":"","done":true,"done_reason":"stop","context":[1,2]}\n`;
    upstream.respond(ndjson(line + done));
    const parts = await gather(
      await client.generate({ model: 'native', prompt: 'Hi', suffix: '.', context: [7], stream: true }),
    );
    assert.deepEqual(parts.at(-1).context, [1, 2]);
    const { json: sent } = upstream.calls.at(-1) ?? {};
    assert.deepEqual([sent?.context, sent?.suffix, sent?.options.num_ctx], [[7], '.', 8192]);
  });

  it('a break in the middle is an error of the client', async () => {
    upstream.respond([
      head(200, { 'content-type': 'application/x-ndjson' }),
      bytes(ollamaLine({ content: 'Hel' })),
      fin,
    ]);
    const stream = await client.chat({ model: 'native', messages: HELLO, stream: true });
    await assert.rejects(gather(stream), /upstream/);
  });

  it('an error line of an Ollama reaches the client as one', async () => {
    upstream.respond([
      head(200, { 'content-type': 'application/x-ndjson' }),
      bytes(`${ollamaLine({ content: 'Hel' })}{"error":"llama runner has died"}\n`),
      end,
    ]);
    const stream = await client.chat({ model: 'native', messages: HELLO, stream: true });
    await assert.rejects(gather(stream), /upstream failed/);
  });

  it('loading and unloading: answered here, passed on to an Ollama', async () => {
    const before = upstream.calls.length;
    const loaded = await client.generate({ model: 'chat', prompt: '' });
    assert.equal(loaded.done_reason, 'load');
    const unloaded = await client.chat({ model: 'messages', messages: [], keep_alive: 0 });
    assert.equal(unloaded.done_reason, 'unload');
    assert.equal(upstream.calls.length, before);

    upstream.respond(json(ollamaDone({ done: true, done_reason: 'unload' })));
    const passed = await client.chat({ model: 'native', messages: [], keep_alive: 0 });
    assert.equal(passed.done_reason, 'unload');
    assert.equal(upstream.calls.at(-1)?.json.keep_alive, 0);
  });

  it('the pages: list, show, ps, version', async () => {
    const { models } = await client.list();
    const names = models.map((model: JsonValue) => model.name);
    for (const name of ['chat', 'messages', 'native']) assert.ok(names.includes(name), name);
    const shown = await client.show({ model: 'chat:latest' });
    assert.deepEqual(shown.capabilities, ['completion', 'tools', 'thinking']);
    assert.equal(shown.model_info['signalbox.context_length'], 4096);
    assert.deepEqual(await client.ps(), { models: [] });
    assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/);
  });

  it('vectors, in both forms', async () => {
    upstream.respond(json({ model: 'up-model', embeddings: [[1, 0.5]], prompt_eval_count: 2 }));
    const { embeddings } = await client.embed({ model: 'native', input: ['a'] });
    assert.deepEqual(embeddings, [[1, 0.5]]);
    const { embedding } = await client.embeddings({ model: 'native', prompt: 'a' });
    assert.deepEqual(embedding, [1, 0.5]);
  });

  it('what cannot be done here is refused in words', async () => {
    for (const refused of [
      () => client.pull({ model: 'llama3.2' }),
      () => client.delete({ model: 'chat' }),
      () => client.copy({ source: 'chat', destination: 'other' }),
      () => client.create({ model: 'mine', from: 'chat' }),
    ]) {
      await assert.rejects(refused, (error: JsonValue) => {
        assert.equal(error.status_code, 501);
        return /This gateway does not/.test(error.message);
      });
    }
    await assert.rejects(client.show({ model: 'nobody' }), /model 'nobody' not found/);
  });

  it('without a key it says what to do', async () => {
    const stranger = new Ollama({ host: gateway.url });
    for (const asked of [
      () => stranger.list(),
      () => stranger.chat({ model: 'chat', messages: HELLO }),
      () => stranger.show({ model: 'chat' }),
    ]) {
      await assert.rejects(asked, (error: JsonValue) => {
        assert.equal(error.status_code, 401);
        return /carries no key.*authorization/.test(error.message);
      });
    }
  });
});
