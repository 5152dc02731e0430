// OpenRouter: many services behind one address. Its list tells windows, abilities and prices. What is its own
// (`models`, `provider`, `plugins`, `usage.cost`) passes through between callers and it.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { versionedPath } from '../paths.ts';
import { discover } from './discover.ts';

export const openrouter: Provider = {
  id: 'openrouter',
  summary: 'OpenRouter: hundreds of models of many vendors.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://openrouter.ai/api/v1',
  secretEnv: ['OPENROUTER_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'openrouter',
  also: { 'openai-chat': ['complete', 'embed'] },
  quirks: { ...chatQuirks, reasoningField: 'reasoning', topK: true },
  discover,
};
