// Together: open models. Its list is a bare array, with windows.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const together: Provider = {
  id: 'together',
  summary: 'Together AI: open models.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.together.xyz/v1',
  secretEnv: ['TOGETHER_API_KEY', 'TOGETHER_AI_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'together',
  also: { 'openai-chat': ['complete', 'embed', 'rerank', 'draw'] },
  quirks: { ...chatQuirks, reasoningField: 'reasoning', topK: true },
  discover: discoverVersionedList,
};
