// Ollama: speaks both dialects itself. Its /v1 ignores tool_choice and takes images as data only.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { discover, recognise } from './discover.ts';

export const ollama: Provider = {
  id: 'ollama',
  summary: 'Ollama on this machine or another one of yours.',
  zone: 'local',
  protocols: ['openai-chat', 'anthropic-messages'],
  baseUrl: 'http://127.0.0.1:11434',
  baseUrlEnv: ['OLLAMA_HOST'],
  ports: [11434],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'openai-chat': ['complete', 'embed'] },
  quirks: {
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning',
    schemaStyle: 'openai',
    toolChoice: 'none',
    imageUrls: false,
    developerRole: false,
    customTools: false,
  },
  discover,
};
