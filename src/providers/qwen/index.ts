// Qwen by Alibaba Cloud's Model Studio (DashScope), international. Keys belong to a region: for others give
// the url, e.g. https://dashscope.aliyuncs.com/compatible-mode/v1 for Beijing.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const qwen: Provider = {
  id: 'qwen',
  summary: 'Qwen: Alibaba Cloud Model Studio.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  secretEnv: ['DASHSCOPE_API_KEY'],
  baseUrlEnv: ['DASHSCOPE_API_BASE'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  also: { 'openai-chat': ['embed'] },
  quirks: { ...chatQuirks, topK: true },
  discover: discoverVersionedList,
};
