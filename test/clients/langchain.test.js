// @langchain/openai over Chat and Responses, @langchain/anthropic over Messages.
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { clientCases } from './cases.js';
import { langchain } from './drivers/langchain.js';
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
const own = { ignoresShouldRetry: true };
const structure = { method: 'jsonSchema' };
/** It keeps the input tokens that a stream begins with, which nobody knows yet, and adds all outputs up. */
const streamedUsage = (dialect) =>
  dialect === 'messages' ? { input: 7, output: 4 } : { input: 0, output: 3 };

clientCases([
  [
    langchain(`${versioned('@langchain/openai')} chat`, {
      face: 'chat',
      modelFor: openai(false),
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
]);
