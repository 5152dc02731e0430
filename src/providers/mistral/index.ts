// Mistral: refuses every field it does not know (422), asks for ids of nine letters or digits, calls the
// seed `random_seed`, and states the usage of a stream without being asked.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { versionedPath } from '../paths.ts';
import { discover } from './discover.ts';

export const mistral: Provider = {
  id: 'mistral',
  summary: 'Mistral: models by Mistral AI.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.mistral.ai/v1',
  secretEnv: ['MISTRAL_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'mistral',
  // Its batches have another shape.
  also: { 'openai-chat': ['embed', 'file'] },
  quirks: {
    ...chatQuirks,
    reasoningField: 'none',
    callIds: 'nine',
    streamUsage: false,
    seedField: 'random_seed',
    refuses: [
      'logprobs',
      'top_logprobs',
      'logit_bias',
      'metadata',
      'modalities',
      'prompt_cache_key',
      'safety_identifier',
      'seed',
      'service_tier',
      'store',
      'stream_options',
      'user',
      'verbosity',
    ],
  },
  discover,
};
