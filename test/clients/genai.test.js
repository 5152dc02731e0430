// Google's @google/genai package, and its chats and counts.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { GoogleGenAI } from '@google/genai';
import { PROMPT, RESULTS } from './ask.js';
import { clientCases } from './cases.js';
import { genai } from './drivers/genai.js';
import { heardIn } from './heard.js';
import { it } from './it.js';
import { dialects } from './scene.js';
import { versioned } from './versioned.js';

const driver = genai(versioned('@google/genai'), { GoogleGenAI });
// Its retries know no header.
const scene = clientCases([[driver, { ignoresShouldRetry: true, paceOfItsOwn: true }]]);

describe(driver.name, () => {
  for (const [dialect, { reply }] of Object.entries(dialects)) {
    it(`helpers: a chat remembers, over ${dialect}`, async () => {
      const chat = driver.client(scene.gateway).chats.create({ model: dialect });
      scene.upstream.respond(reply({ text: ['One', '.'] }));
      assert.equal((await chat.sendMessage({ message: 'One?' })).text, 'One.');
      scene.upstream.respond(reply({ text: ['Two', '.'] }));
      let text = '';
      for await (const chunk of await chat.sendMessageStream({ message: 'Two?' })) text += chunk.text ?? '';
      assert.equal(text, 'Two.');
      const sent = scene.upstream.calls.at(-1).text;
      for (const turn of ['One?', 'One.', 'Two?']) assert.ok(sent.includes(`"${turn}"`), turn);
    });

    it(`helpers: calls functions by itself, over ${dialect}`, async () => {
      const tools = [{ id: 'call_1', name: 'get_weather', input: { city: 'Zürich' } }];
      scene.upstream.next(reply({ tools }), reply({ text: 'Sunny.' }));
      const callable = {
        tool: async () => ({
          functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: { type: 'object' } }],
        }),
        callTool: async (calls) =>
          calls.map(({ id, name }) => ({
            functionResponse: { id, name, response: { output: RESULTS[name] } },
          })),
      };
      const asked = { model: dialect, contents: PROMPT, config: { tools: [callable] } };
      assert.equal((await driver.client(scene.gateway).models.generateContent(asked)).text, 'Sunny.');
      assert.deepEqual(heardIn(dialect, scene.upstream.calls.at(-1).json).results, [RESULTS.get_weather]);
    });
  }

  it('helpers: counts tokens', async () => {
    const { totalTokens } = await driver
      .client(scene.gateway)
      .models.countTokens({ model: 'sim', contents: PROMPT });
    assert.ok(totalTokens > 0 && totalTokens < 30, String(totalTokens));
  });
});
