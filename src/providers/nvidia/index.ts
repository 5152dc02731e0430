// NVIDIA's hosted NIM. A NIM of your own is a vLLM: use that provider for it.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const nvidia: Provider = {
  id: 'nvidia',
  summary: 'NVIDIA: hosted NIM models.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://integrate.api.nvidia.com/v1',
  secretEnv: ['NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  also: { 'openai-chat': ['embed'] },
  quirks: chatQuirks,
  discover: discoverVersionedList,
};
