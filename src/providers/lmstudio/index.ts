// LM Studio on this machine. Windows come from its own list: that of a loaded model is what calls may use.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { discover, recognise } from './discover.ts';

export const lmstudio: Provider = {
  id: 'lmstudio',
  summary: 'LM Studio on this machine.',
  zone: 'local',
  timers: slowPrefill,
  protocols: ['openai-chat'],
  baseUrl: 'http://127.0.0.1:1234',
  secretEnv: ['LM_API_TOKEN'],
  ports: [1234],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'openai-chat': ['complete', 'embed'] },
  quirks: { ...chatQuirks, topK: true, imageUrls: false },
  discover,
};
