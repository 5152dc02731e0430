// The ai package with its provider packages that are no vendor's of ours, and Anthropic's.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenResponses } from '@ai-sdk/open-responses';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { clientCases } from './cases.js';
import { aiSdk, sdkOwn, signedIn } from './drivers/ai-sdk.js';
import { sdkBuilders } from './drivers/ai-sdk-builders.js';
import { versioned } from './versioned.js';

const providers = [
  {
    name: versioned('@ai-sdk/openai-compatible'),
    face: 'chat',
    modelFor: (at) =>
      createOpenAICompatible({
        ...signedIn(at),
        name: 'signalbox',
        includeUsage: true,
        supportsStructuredOutputs: true,
      })(at.model),
    embedderFor: (at) =>
      createOpenAICompatible({ ...signedIn(at), name: 'signalbox' }).embeddingModel(at.model),
    thinking: { signalbox: { reasoningEffort: 'high' } },
  },
  {
    name: versioned('@ai-sdk/anthropic'),
    face: 'messages',
    modelFor: (at) => createAnthropic(signedIn(at))(at.model),
    thinking: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
    // Models it does not know by name are given the schema as a tool.
    structure: { anthropic: { structuredOutputMode: 'outputFormat' } },
  },
  {
    name: versioned('@ai-sdk/open-responses'),
    // It reads the words of an error only where `param` and `code` are not null, as they are at OpenAI's.
    wordsInBody: true,
    face: 'responses',
    modelFor: ({ url, key, model }) =>
      createOpenResponses({ name: 'signalbox', url: `${url}/v1/responses`, apiKey: key })(model),
    thinking: { signalbox: { reasoningEffort: 'high', reasoningSummary: 'auto' } },
  },
];

const rows = providers.map(({ name, wordsInBody, ...parts }) => [
  aiSdk(name, parts),
  { ...sdkOwn, wordsInBody },
]);
const scene = clientCases(rows);
for (const [driver] of rows) sdkBuilders(scene, driver);
