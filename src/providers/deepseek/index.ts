// DeepSeek: while thinking, every turn that calls tools must bring its reasoning back, be it empty; without
// the field the call is refused (400). https://api-docs.deepseek.com/guides/thinking_mode
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const deepseek: Provider = {
  id: 'deepseek',
  summary: 'DeepSeek: models by DeepSeek.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.deepseek.com',
  secretEnv: ['DEEPSEEK_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'deepseek',
  quirks: { ...chatQuirks, reasoningOnCalls: true },
  discover: discoverVersionedList,
};
