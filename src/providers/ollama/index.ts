// Ollama, in its own dialect: only there can a call state the window it needs and that nothing may be cut off in
// silence. What it offers as /v1 cannot, so it is spoken where a config asks for it.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { discover, recognise } from './discover.ts';
import { ollamaSettings } from './options.ts';

export const ollama: Provider = {
  id: 'ollama',
  summary: 'Ollama on this machine or another one of yours.',
  zone: 'local',
  timers: slowPrefill,
  protocols: ['ollama-chat'],
  baseUrl: 'http://127.0.0.1:11434',
  baseUrlEnv: ['OLLAMA_HOST'],
  ports: [11434],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'ollama-chat': ['complete', 'embed'] },
  quirks: {
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning',
    schemaStyle: 'openai',
    toolChoice: 'none',
    imageUrls: false,
    developerRole: false,
    customTools: false,
    prefill: 'last',
  },
  configure: (options) => {
    const { window, keepAlive } = ollamaSettings(options);
    return {
      quirks: {
        ...ollama.quirks,
        ...(window === undefined ? {} : { contextWindow: window }),
        ...(keepAlive === undefined ? {} : { keepAlive }),
      },
      discover: (probe) => discover(probe, window),
    };
  },
  discover: (probe) => discover(probe, undefined),
};
