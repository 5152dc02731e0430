// LocalAI: many engines behind one server of the house. Its list tells no windows.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { everyOperation } from '../every-operation.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { discover, recognise } from './discover.ts';

export const localai: Provider = {
  id: 'localai',
  summary: 'LocalAI on a machine of yours.',
  zone: 'local',
  timers: slowPrefill,
  protocols: ['openai-chat'],
  baseUrl: 'http://127.0.0.1:8080',
  secretEnv: ['LOCALAI_API_KEY'],
  ports: [8080],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'openai-chat': everyOperation },
  quirks: { ...chatQuirks, topK: true },
  discover,
};
