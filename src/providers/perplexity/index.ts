// Perplexity: answers from the web. No version in its path, no tools, usage in every chunk unasked. What is
// its own (`citations`, `search_results`, `search_domain_filter`) passes through between callers and it.
// https://docs.perplexity.ai/docs/sonar/openai-compatibility
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { versionedPath } from '../paths.ts';

export const perplexity: Provider = {
  id: 'perplexity',
  summary: 'Perplexity: answers from the web, with sources.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.perplexity.ai',
  secretEnv: ['PERPLEXITY_API_KEY', 'PPLX_API_KEY'],
  authorize: bearer,
  path: versionedPath,
  catalogue: 'perplexity',
  quirks: { ...chatQuirks, reasoningField: 'none', streamUsage: false },
  // It has no list to ask for.
  models: [
    { id: 'sonar', contextWindow: 128_000 },
    { id: 'sonar-pro', contextWindow: 200_000 },
    { id: 'sonar-reasoning-pro', contextWindow: 128_000 },
    { id: 'sonar-deep-research', contextWindow: 128_000 },
  ],
};
