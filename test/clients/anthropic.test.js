// The @anthropic-ai/sdk package in two majors: two versions of the API, two ways to show a key.
import assert from 'node:assert/strict';
import { Anthropic } from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { Anthropic as Anthropic0 } from 'anthropic-0';
import { betaZodTool as betaZodTool0 } from 'anthropic-0/helpers/beta/zod';
import { zodOutputFormat as zodOutputFormat0 } from 'anthropic-0/helpers/zod';
import { z } from 'zod';
import { RESULTS } from './ask.js';
import { clientCases, overEach, WEATHER } from './cases.js';
import { anthropic } from './drivers/anthropic.js';
import { it } from './it.js';
import { json } from './scene.js';
import { versioned } from './versioned.js';

const place = z.object({ city: z.string() });
const kinds = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError' };

const drivers = [
  [anthropic(versioned('@anthropic-ai/sdk'), { Anthropic, zodOutputFormat, place }), betaZodTool],
  [
    anthropic(versioned('anthropic-0', '@anthropic-ai/sdk'), {
      Anthropic: Anthropic0,
      zodOutputFormat: zodOutputFormat0,
      place,
    }),
    betaZodTool0,
  ],
];
const scene = clientCases(drivers.map(([driver]) => [driver, { kinds }]));

for (const [driver, zodTool] of drivers) {
  overEach(scene, driver, ({ dialect, at, answer, next, heard }) => {
    for (const stream of [false, true]) {
      it(`helpers: the tool runner calls until there is an answer, ${stream ? 'streamed' : 'whole'}`, async () => {
        next({ reasoning: 'Look.', tools: [WEATHER] }, { text: ['Sun', 'ny.'] });
        const asked = [];
        const tool = zodTool({
          name: 'get_weather',
          description: 'Weather of a city.',
          inputSchema: place,
          run: (input) => {
            asked.push(input);
            return RESULTS.get_weather;
          },
        });
        const { messages } = driver.client(at()).beta;
        const reply = await messages
          .toolRunner({ ...driver.body(at()), tools: [tool], stream })
          .runUntilDone();
        assert.equal(reply.content.at(-1).text, 'Sunny.');
        assert.deepEqual(asked, [WEATHER.input]);
        assert.deepEqual(heard().results, [RESULTS.get_weather]);
      });
    }

    it('helpers: stream() tells words and tool arguments as they come', async () => {
      answer({ reasoning: 'Look.', text: ['Let me ', 'see.'], tools: [WEATHER] });
      const told = { text: '', thinking: '', json: '' };
      const stream = driver
        .client(at())
        .messages.stream(driver.body(at()))
        .on('text', (delta) => {
          told.text += delta;
        })
        .on('thinking', (delta) => {
          told.thinking += delta;
        })
        .on('inputJson', (delta) => {
          told.json += delta;
        });
      const final = await stream.finalMessage();
      assert.equal(final.stop_reason, 'tool_use');
      assert.deepEqual(final.content.at(-1).input, WEATHER.input);
      assert.deepEqual(told, {
        text: 'Let me see.',
        thinking: 'Look.',
        json: JSON.stringify(WEATHER.input),
      });
    });

    it('helpers: counts tokens, by the upstream where it can', async () => {
      const counts = {
        messages: { input_tokens: 42 },
        gemini: { totalTokens: 42 },
        bedrock: { inputTokens: 42 },
        responses: { object: 'response.input_tokens', input_tokens: 42 },
      };
      const before = scene.upstream.calls.length;
      if (counts[dialect] !== undefined) scene.upstream.respond(json(counts[dialect]));
      const { max_tokens: _, ...call } = driver.body(at());
      const counted = await driver.client(at()).messages.countTokens(call);
      const asked = scene.upstream.calls.length - before;
      assert.ok(
        asked === 1 ? counted.input_tokens === 42 : counted.input_tokens > 0,
        String(counted.input_tokens),
      );
    });
  });
}
