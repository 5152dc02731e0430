// Moonshot: Kimi. Like DeepSeek it wants the reasoning of every turn that calls tools back, be it empty.
// Keys of the Chinese platform belong to https://api.moonshot.cn/v1: give that as the url.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { versionedPath } from '../paths.ts';
import { discover } from './discover.ts';

export const moonshot: Provider = {
  id: 'moonshot',
  summary: 'Moonshot AI: Kimi.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.moonshot.ai/v1',
  secretEnv: ['MOONSHOT_API_KEY'],
  baseUrlEnv: ['MOONSHOT_BASE_URL'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'moonshotai',
  quirks: { ...chatQuirks, reasoningOnCalls: true },
  discover,
};
