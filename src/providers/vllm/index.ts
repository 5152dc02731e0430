// vLLM over HTTP: all three dialects, and it counts tokens itself.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { countTokens } from './count.ts';
import { discover, recognise, slots } from './discover.ts';

export const vllm: Provider = {
  id: 'vllm',
  summary: "vLLM's HTTP server.",
  zone: 'local',
  timers: slowPrefill,
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses'],
  baseUrl: 'http://127.0.0.1:8000',
  secretEnv: ['VLLM_API_KEY'],
  ports: [8000],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: {
    'openai-chat': ['complete', 'embed', 'rerank', 'transcribe', 'translate'],
    'anthropic-messages': ['count'],
  },
  quirks: {
    countsOutput: true,
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning',
    schemaStyle: 'openai',
    toolChoice: 'full',
    developerRole: false,
    topK: true,
    customTools: false,
    prefill: 'continue_final_message',
  },
  discover,
  slots,
  countTokens,
};
