// The ai package with four of its provider packages, which between them speak three of our faces.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenResponses } from '@ai-sdk/open-responses';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { clientCases } from './cases.js';
import { aiSdk } from './drivers/ai-sdk.js';
import { versioned } from './versioned.js';

const signedIn = ({ url, key }) => ({ baseURL: `${url}/v1`, apiKey: key });
const providers = [
  {
    name: `${versioned('@ai-sdk/openai')} responses`,
    face: 'responses',
    modelFor: (at) => createOpenAI(signedIn(at)).responses(at.model),
    thinking: { openai: { reasoningEffort: 'high', reasoningSummary: 'auto' } },
  },
  {
    name: `${versioned('@ai-sdk/openai')} chat`,
    // OpenAI's own Chat API tells no reasoning, so this package does not look for it.
    hidesReasoning: true,
    face: 'chat',
    modelFor: (at) => createOpenAI(signedIn(at)).chat(at.model),
    thinking: { openai: { reasoningEffort: 'high' } },
  },
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

/** It does not know x-should-retry; what breaks a stream it says by its own means and does not throw. */
const own = {
  ignoresShouldRetry: true,
  failsBy: { textStream: 'tells onError', text: 'finishes with error', fullStream: 'error part' },
};

clientCases(
  providers.map(({ name, hidesReasoning, wordsInBody, ...parts }) => [
    aiSdk(name, parts),
    { ...own, hidesReasoning, wordsInBody },
  ]),
);
