// The ai package with @ai-sdk/openai, which speaks Responses unless told otherwise.
import { createOpenAI } from '@ai-sdk/openai';
import { clientCases } from './cases.js';
import { aiSdk, sdkOwn, signedIn } from './drivers/ai-sdk.js';
import { sdkBuilders } from './drivers/ai-sdk-builders.js';
import { versioned } from './versioned.js';

const providers = [
  {
    name: `${versioned('@ai-sdk/openai')} responses`,
    face: 'responses',
    modelFor: (at) => createOpenAI(signedIn(at))(at.model),
    thinking: { openai: { reasoningEffort: 'high', reasoningSummary: 'auto' } },
  },
  {
    name: `${versioned('@ai-sdk/openai')} chat`,
    // OpenAI's own Chat API tells no reasoning, so this package does not look for it.
    hidesReasoning: true,
    face: 'chat',
    modelFor: (at) => createOpenAI(signedIn(at)).chat(at.model),
    embedderFor: (at) => createOpenAI(signedIn(at)).embedding(at.model),
    thinking: { openai: { reasoningEffort: 'high' } },
  },
];

const rows = providers.map(({ name, hidesReasoning, ...parts }) => [
  aiSdk(name, parts),
  { ...sdkOwn, hidesReasoning },
]);
const scene = clientCases(rows);
for (const [driver] of rows) sdkBuilders(scene, driver);
