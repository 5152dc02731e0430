// OpenAI itself. Its list says no context windows; those come from config.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const openai: Provider = {
  id: 'openai',
  summary: "OpenAI's own API.",
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.openai.com',
  secretEnv: ['OPENAI_API_KEY'],
  baseUrlEnv: ['OPENAI_BASE_URL'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  quirks: {
    countsOutput: true,
    maxTokensField: 'max_completion_tokens',
    reasoningField: 'none',
    schemaStyle: 'openai',
    toolChoice: 'full',
    developerRole: true,
    cacheBreakpoints: true,
    sealedOrigin: 'openai',
    mostStops: 4,
    mostToolName: 64,
    reasoningModels: '^(?:ft:)?(?:o\\d|gpt-(?:[5-9]|\\d\\d)(?!.*-chat))',
  },
  catalogue: 'openai',
  encoding: 'o200k',
  discover: discoverVersionedList,
};
