// What the ai package builds on its models: agents, structured output beside tools, streams for user interfaces.
import assert from 'node:assert/strict';
import { isStepCount, jsonSchema, Output, streamText, ToolLoopAgent, tool, toUIMessageStream } from 'ai';
import { CITY, gather, PROMPT, RESULTS } from '../ask.js';
import { overEach, TIME, WEATHER } from '../cases.js';
import { it } from '../it.js';

export function sdkBuilders(scene, driver) {
  const asked = [];
  const tools = Object.fromEntries(
    [WEATHER, TIME].map(({ name }) => [
      name,
      tool({
        inputSchema: jsonSchema({ type: 'object', properties: {} }),
        execute: (input) => {
          asked.push([name, input]);
          return RESULTS[name];
        },
      }),
    ]),
  );

  overEach(scene, driver, ({ at, answer, next, heard }) => {
    it('helpers: an agent takes several steps', async () => {
      asked.length = 0;
      next(
        { reasoning: 'Look.', tools: [WEATHER] },
        { tools: [{ ...TIME, id: 'call_3' }] },
        { text: 'Sunny.' },
      );
      const { model } = driver.body(at());
      const agent = new ToolLoopAgent({ model, tools, stopWhen: isStepCount(5), maxRetries: 0 });
      const result = await agent.generate({ prompt: PROMPT });
      assert.equal(result.text, 'Sunny.');
      assert.equal(result.steps.length, 3);
      assert.deepEqual(asked, [
        ['get_weather', WEATHER.input],
        ['get_time', TIME.input],
      ]);
      assert.deepEqual(heard().results, Object.values(RESULTS));
      assert.equal(result.totalUsage.inputTokens, 30);
    });

    it('helpers: streams an object in its parts', async () => {
      answer({ text: ['{"city":', '"Zürich"}'] });
      const output = Output.object({ schema: jsonSchema(CITY) });
      const result = streamText(driver.body(at(), { output }));
      let last;
      await gather(result.partialOutputStream, (part) => {
        last = part;
      });
      assert.deepEqual(last, { city: 'Zürich' });
      assert.deepEqual(await result.output, last);
    });

    it('helpers: streams to a user interface', async () => {
      next({ tools: [WEATHER] }, { text: ['Sun', 'ny.'] });
      const result = streamText(driver.body(at(), { tools, stopWhen: isStepCount(3) }));
      const kinds = new Set();
      let text = '';
      await gather(toUIMessageStream({ stream: result.stream, tools }), (part) => {
        kinds.add(part.type);
        if (part.type === 'text-delta') text += part.delta;
      });
      assert.equal(text, 'Sunny.');
      for (const kind of ['tool-input-available', 'tool-output-available', 'finish'])
        assert.ok(kinds.has(kind), kind);
    });
  });
}
