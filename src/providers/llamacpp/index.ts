// llama.cpp's llama-server: all three dialects, and it counts tokens itself.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { countTokens } from './count.ts';
import { discover, recognise, slots } from './discover.ts';

export const llamacpp: Provider = {
  id: 'llamacpp',
  summary: "llama.cpp's llama-server.",
  zone: 'local',
  timers: slowPrefill,
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses'],
  baseUrl: 'http://127.0.0.1:8080',
  secretEnv: ['LLAMA_API_KEY'],
  ports: [8080],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'openai-chat': ['complete', 'embed', 'rerank'], 'anthropic-messages': ['count'] },
  quirks: {
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning_content',
    schemaStyle: 'llamacpp',
    toolChoice: 'full',
    developerRole: false,
    topK: true,
    customTools: false,
    prefill: 'last',
  },
  discover,
  slots,
  countTokens,
};
