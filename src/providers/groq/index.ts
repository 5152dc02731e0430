// Groq: refuses what follows with a 400, and more than one choice. Reasoning comes back as `reasoning`
// and is not wanted again.
// https://console.groq.com/docs/openai
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const groq: Provider = {
  id: 'groq',
  summary: 'Groq: open models, fast.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.groq.com/openai/v1',
  secretEnv: ['GROQ_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'groq',
  also: { 'openai-chat': ['speak', 'transcribe', 'translate', 'file', 'batch'] },
  // https://console.groq.com/docs/batch
  batchPercent: 50,
  quirks: {
    ...chatQuirks,
    maxTokensField: 'max_completion_tokens',
    reasoningField: 'none',
    mostStops: 4,
    refuses: ['logprobs', 'top_logprobs', 'logit_bias'],
  },
  discover: discoverVersionedList,
};
