// Google's own client against upstreams of its dialect and of another. It is no dependency of ours: CLIENTS names
// a folder where it has been installed (`npm install @google/genai@2`, the newest that runs on Node 20).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { JsonValue } from '../testkit/json-value.ts';
import { chatReply } from '../testkit/replies.ts';
import { bytes, fin, json, type Script, sse, sseHead } from '../testkit/script.ts';
import {
  createScriptedUpstream,
  type RecordedCall,
  type ScriptedUpstream,
} from '../testkit/scripted-upstream.ts';
import { type Gateway, startGateway } from '../testkit/start-gateway.ts';

const entry = join(resolve(process.env['CLIENTS'] ?? ''), 'node_modules/@google/genai/dist/node/index.mjs');
const skip =
  process.env['CLIENTS'] !== undefined && existsSync(entry)
    ? false
    : 'CLIENTS names no folder with @google/genai in it';

const TOOL = {
  functionDeclarations: [
    {
      name: 'get_weather',
      parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
    },
  ],
};
const HEAD = { modelVersion: 'gemini-3-flash', responseId: 'r1' };

function reply(...parts: readonly JsonValue[]): (call: RecordedCall) => Script {
  const candidate = { content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 };
  const usageMetadata = { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 };
  const body = { candidates: [candidate], usageMetadata, ...HEAD };
  return ({ path }) => (path.includes(':stream') ? sse(`data: ${JSON.stringify(body)}\r\n\r\n`) : json(body));
}

describe('@google/genai', { skip }, () => {
  let own: ScriptedUpstream;
  let chat: ScriptedUpstream;
  let gateway: Gateway;
  let client: JsonValue;

  before(async () => {
    own = await createScriptedUpstream();
    chat = await createScriptedUpstream();
    gateway = await startGateway(`
upstreams:
  own: { provider: gemini, url: ${own.url}, secret: AIza-upstream }
  chat: { provider: openai-compatible, url: ${chat.url} }
models:
  own: { targets: [own/gemini-3-flash] }
  chat: { targets: [chat/up-model] }
`);
    const { GoogleGenAI } = (await import(pathToFileURL(entry).href)) as JsonValue;
    client = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
  });
  after(async () => {
    await gateway?.quiet();
    await gateway?.stop();
    await own?.close();
    await chat?.close();
  });

  const tools = [{ id: 'call_1', name: 'get_weather', input: { city: 'Zürich' } }];
  const call = { functionCall: { id: 'call_1', name: 'get_weather', args: { city: 'Zürich' } } };
  for (const model of ['own', 'chat']) {
    const respond = (text: string, calls: boolean): void => {
      own.respond(reply({ text }, ...(calls ? [call] : [])));
      chat.respond(chatReply({ text, input: 7, output: 3, ...(calls ? { tools } : {}) }));
    };

    it(`reads a text and its usage over ${model}`, async () => {
      respond('Grüße 👋', false);
      const got = await client.models.generateContent({ model, contents: 'Hello.' });
      assert.equal(got.text, 'Grüße 👋');
      assert.equal(got.candidates[0].finishReason, 'STOP');
      assert.equal(got.usageMetadata.totalTokenCount, 10);
    });

    it(`streams a text over ${model}`, async () => {
      respond('Grüße 👋', false);
      let text = '';
      let total = 0;
      for await (const chunk of await client.models.generateContentStream({ model, contents: 'Hello.' })) {
        text += chunk.text ?? '';
        total = chunk.usageMetadata?.totalTokenCount ?? total;
      }
      assert.equal(text, 'Grüße 👋');
      assert.equal(total, 10);
    });

    for (const streamed of [false, true]) {
      it(`makes a call over ${model}, ${streamed ? 'streamed' : 'whole'}`, async () => {
        respond('Let me see.', true);
        const question = {
          model,
          contents: 'Hello.',
          config: { tools: [TOOL], systemInstruction: 'Be brief.' },
        };
        let calls: JsonValue = [];
        if (streamed) {
          for await (const chunk of await client.models.generateContentStream(question)) {
            calls = [...calls, ...(chunk.functionCalls ?? [])];
          }
        } else calls = (await client.models.generateContent(question)).functionCalls;
        assert.deepEqual(calls, [{ id: 'call_1', name: 'get_weather', args: { city: 'Zürich' } }]);
      });
    }

    it(`holds a conversation over ${model}`, async () => {
      const conversation = client.chats.create({ model });
      respond('One.', false);
      await conversation.sendMessage({ message: 'One?' });
      respond('Two.', false);
      assert.equal((await conversation.sendMessage({ message: 'Two?' })).text, 'Two.');
      assert.equal(conversation.getHistory(true).length, 4);
    });

    it(`hears of an error in its own terms over ${model}`, async () => {
      const refusal = json(
        { error: { code: 429, message: 'Slow down.', status: 'RESOURCE_EXHAUSTED' } },
        429,
      );
      own.respond(refusal);
      chat.respond(json({ error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }, 429));
      await assert.rejects(
        client.models.generateContent({ model, contents: 'Hello.' }),
        (error: JsonValue) => {
          assert.equal(error.status, 429);
          assert.equal(JSON.parse(error.message).error.status, 'RESOURCE_EXHAUSTED');
          return true;
        },
      );
    });

    it(`notices that a stream over ${model} broke off`, async () => {
      const half = {
        candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }],
        ...HEAD,
      };
      own.respond([sseHead(), bytes(`data: ${JSON.stringify(half)}\r\n\r\n`), fin]);
      const delta = {
        id: 'c',
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: { content: 'Hi' } }],
      };
      chat.respond([sseHead(), bytes(`data: ${JSON.stringify(delta)}\n\n`), fin]);
      const stream = await client.models.generateContentStream({ model, contents: 'Hello.' });
      await assert.rejects(async () => {
        for await (const _ of stream);
      }, /broke off|ended its stream|502/);
    });
  }

  it('counts tokens', async () => {
    own.respond(json({ totalTokens: 31 }));
    assert.equal((await client.models.countTokens({ model: 'own', contents: 'Hello.' })).totalTokens, 31);
    assert.ok((await client.models.countTokens({ model: 'chat', contents: 'Hello.' })).totalTokens > 0);
  });
});
