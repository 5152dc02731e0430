// Cerebras: refuses what follows with a 400. Reasoning comes back as `reasoning`.
// https://inference-docs.cerebras.ai/resources/openai
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const cerebras: Provider = {
  id: 'cerebras',
  summary: 'Cerebras: open models, very fast.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.cerebras.ai/v1',
  secretEnv: ['CEREBRAS_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'cerebras',
  quirks: {
    ...chatQuirks,
    maxTokensField: 'max_completion_tokens',
    reasoningField: 'reasoning',
    refuses: ['frequency_penalty', 'presence_penalty', 'logit_bias', 'service_tier'],
  },
  discover: discoverVersionedList,
};
