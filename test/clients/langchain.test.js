// @langchain/openai over Chat and Responses, @langchain/anthropic over Messages.
import assert from 'node:assert/strict';
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage } from '@langchain/core/messages';
import { StringOutputParser } from '@langchain/core/output_parsers';
import { ChatPromptTemplate } from '@langchain/core/prompts';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { PROMPT, RESULTS } from './ask.js';
import { clientCases, overEach, TIME, WEATHER } from './cases.js';
import { langchain } from './drivers/langchain.js';
import { it } from './it.js';
import { versioned } from './versioned.js';

const openai = (useResponsesApi) => (at, more) =>
  new ChatOpenAI({
    model: at.model,
    apiKey: at.key,
    maxRetries: at.retries ?? 0,
    configuration: { baseURL: `${at.url}/v1` },
    useResponsesApi,
    ...more,
  });
const embedder = ({ url, key, model }) =>
  new OpenAIEmbeddings({ model, apiKey: key, maxRetries: 0, configuration: { baseURL: `${url}/v1` } });
const anthropic = (at, more) =>
  new ChatAnthropic({
    model: at.model,
    apiKey: at.key,
    anthropicApiUrl: at.url,
    maxRetries: at.retries ?? 0,
    maxTokens: 2000,
    ...more,
  });

/** It has retries of its own, which do not know x-should-retry. */
const own = { ignoresShouldRetry: true, paceOfItsOwn: true };
const structure = { method: 'jsonSchema' };
/** It keeps the input tokens that a stream begins with, which nobody knows yet, and adds all outputs up. */
const streamedUsage = (dialect) =>
  dialect === 'messages' ? { input: 7, output: 4 } : { input: 0, output: 3 };

const rows = [
  [
    langchain(`${versioned('@langchain/openai')} chat`, {
      face: 'chat',
      modelFor: openai(false),
      embedderFor: embedder,
      thinking: { reasoning: { effort: 'high' } },
      structure,
    }),
    own,
  ],
  [
    langchain(`${versioned('@langchain/openai')} responses`, {
      face: 'responses',
      modelFor: openai(true),
      thinking: { reasoning: { effort: 'high', summary: 'auto' } },
      structure,
    }),
    // Its parser of streams cannot read the parts of a Responses message.
    { ...own, streamsNoStructure: true },
  ],
  [
    langchain(versioned('@langchain/anthropic'), {
      face: 'messages',
      modelFor: anthropic,
      thinking: { thinking: { type: 'enabled', budget_tokens: 1024 } },
      structure,
    }),
    { ...own, streamedUsage },
  ],
];
const scene = clientCases(rows);

for (const [driver] of rows) {
  overEach(scene, driver, ({ at, answer, next, heard }) => {
    it('helpers: a loop of bound tools until there is an answer', async () => {
      next({ tools: [WEATHER, TIME] }, { tools: [{ ...WEATHER, id: 'call_3' }] }, { text: 'Sunny.' });
      const model = driver.modelFor(at()).bindTools(driver.boundTools);
      const turns = [new HumanMessage(PROMPT)];
      for (;;) {
        const reply = await model.invoke(turns);
        turns.push(reply);
        if (reply.tool_calls.length === 0) break;
        for (const call of reply.tool_calls) {
          turns.push(await driver.boundTools.find(({ name }) => name === call.name).invoke(call));
        }
      }
      assert.equal(turns.at(-1).text, 'Sunny.');
      assert.deepEqual(heard().results, [...Object.values(RESULTS), RESULTS.get_weather]);
    });

    it('helpers: asks several at once, in order', async () => {
      answer({ text: 'Hello.' });
      const replies = await driver.modelFor(at()).batch(['One?', 'Two?', 'Three?']);
      assert.deepEqual(
        replies.map((reply) => reply.text),
        Array(3).fill('Hello.'),
      );
    });

    it('helpers: streams through a chain', async () => {
      answer({ text: ['Hel', 'lo.'] });
      const chain = ChatPromptTemplate.fromTemplate('Say {word}.')
        .pipe(driver.modelFor(at()))
        .pipe(new StringOutputParser());
      let text = '';
      for await (const piece of await chain.stream({ word: 'hello' })) text += piece;
      assert.equal(text, 'Hello.');
    });
  });
}
