// The openai package in two majors, speaking Chat Completions and Responses.
import assert from 'node:assert/strict';
import { OpenAI } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { OpenAI as OpenAI6 } from 'openai-6';
import * as zod6 from 'openai-6/helpers/zod';
import { z } from 'zod';
import { CITY, RESULTS } from './ask.js';
import { clientCases, overEach, TIME, WEATHER } from './cases.js';
import { openaiChat } from './drivers/openai-chat.js';
import { openaiResponses } from './drivers/openai-responses.js';
import { it } from './it.js';
import { json } from './scene.js';
import { versioned } from './versioned.js';

const place = z.object({ city: z.string() });
const kinds = { 400: 'BadRequestError', 401: 'AuthenticationError', 404: 'NotFoundError' };
const majors = [
  [versioned('openai'), { OpenAI, zodResponseFormat, zodTextFormat, place }],
  [versioned('openai-6', 'openai'), { ...zod6, OpenAI: OpenAI6, place }],
];

const chats = majors.map(([name, parts]) => openaiChat(`${name} chat`, parts));
const responses = majors.map(([name, parts]) => openaiResponses(`${name} responses`, parts));
const scene = clientCases([...chats, ...responses].map((driver) => [driver, { kinds }]));

for (const driver of chats) {
  overEach(scene, driver, ({ at, answer, next, heard }) => {
    for (const stream of [false, true]) {
      it(`helpers: runTools calls them until there is an answer, ${stream ? 'streamed' : 'whole'}`, async () => {
        next({ reasoning: 'Look.', tools: [WEATHER, TIME] }, { text: ['Sun', 'ny.'] });
        const asked = [];
        const tools = ['get_weather', 'get_time'].map((name) => ({
          type: 'function',
          function: {
            name,
            parameters: CITY,
            parse: JSON.parse,
            function: (input) => {
              asked.push([name, input]);
              return RESULTS[name];
            },
          },
        }));
        const runner = driver.client(at()).chat.completions.runTools({ ...driver.body(at()), tools, stream });
        assert.equal(await runner.finalContent(), 'Sunny.');
        assert.deepEqual(asked, [
          ['get_weather', WEATHER.input],
          ['get_time', TIME.input],
        ]);
        assert.deepEqual(heard().results, Object.values(RESULTS));
      });
    }

    it('helpers: stream() tells words and tool arguments as they come', async () => {
      answer({ text: ['Let me ', 'see.'], tools: [WEATHER] });
      const told = { content: '', arguments: '', done: [] };
      const stream = driver
        .client(at())
        .chat.completions.stream(driver.body(at()))
        .on('content.delta', ({ delta }) => {
          told.content += delta;
        })
        .on('tool_calls.function.arguments.delta', ({ arguments_delta: delta }) => {
          told.arguments += delta;
        })
        .on('tool_calls.function.arguments.done', ({ name }) => told.done.push(name));
      const final = await stream.finalChatCompletion();
      assert.equal(final.choices[0].finish_reason, 'tool_calls');
      const words = JSON.stringify(WEATHER.input);
      assert.deepEqual(told, { content: 'Let me see.', arguments: words, done: ['get_weather'] });
    });

    it('helpers: a legacy completion', async () => {
      if (at().model === 'chat') {
        // This upstream has the operation itself.
        const choices = [{ index: 0, text: 'time.', finish_reason: 'length', logprobs: null }];
        scene.upstream.respond(
          json({ id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm', choices }),
        );
      } else if (at().model === 'ollama') {
        const done = { model: 'm', created_at: '2025-10-09T08:53:20.1Z', response: 'time.', done: true };
        scene.upstream.respond(json({ ...done, done_reason: 'length' }));
      } else {
        answer({ text: 'time.' });
      }
      const asked = { model: at().model, prompt: 'Once upon a', max_tokens: 40 };
      assert.equal((await driver.client(at()).completions.create(asked)).choices[0].text, 'time.');
    });
  });
}

for (const driver of responses) {
  overEach(scene, driver, ({ dialect, at, answer, next }) => {
    it('helpers: stream() tells words as they come and gathers the response', async () => {
      answer({ reasoning: 'Look.', text: ['Hel', 'lo.'], tools: [WEATHER] });
      let words = '';
      const stream = driver.client(at()).responses.stream(driver.body(at()));
      stream.on('response.output_text.delta', ({ delta }) => {
        words += delta;
      });
      const final = await stream.finalResponse();
      assert.equal(words, 'Hello.');
      assert.equal(final.output_text, 'Hello.');
      assert.deepEqual(
        final.output.map(({ type }) => type),
        // The signature of Gemini's call stands behind it.
        ['reasoning', 'message', 'function_call', ...(dialect === 'gemini' ? ['reasoning'] : [])],
      );
    });

    it('helpers: goes on from an answer by its id', async () => {
      next({ text: 'One.' }, { text: 'Two.' });
      const { responses: api } = driver.client(at());
      const first = await api.create({ model: at().model, input: 'One?' });
      const second = await api.create({ model: at().model, input: 'Two?', previous_response_id: first.id });
      assert.equal(second.output_text, 'Two.');
      for (const turn of ['One?', 'One.', 'Two?']) {
        assert.ok(scene.upstream.calls.at(-1).text.includes(turn), turn);
      }
    });
  });
}
