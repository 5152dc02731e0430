// Hugging Face's Text Generation Inference: chats and completions, schemas as grammars, in maintenance.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { countTokens } from './count.ts';
import { discover, recognise, slots } from './discover.ts';

export const tgi: Provider = {
  id: 'tgi',
  summary: "Hugging Face's Text Generation Inference.",
  zone: 'local',
  timers: slowPrefill,
  protocols: ['openai-chat', 'tgi-generate'],
  baseUrl: 'http://127.0.0.1:3000',
  ports: [3000, 8080],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'openai-chat': ['complete'], 'tgi-generate': ['complete'] },
  prefers: { complete: 'tgi-generate' },
  quirks: {
    countsOutput: true,
    maxTokensField: 'max_tokens',
    reasoningField: 'none',
    schemaStyle: 'tgi',
    toolChoice: 'full',
    developerRole: false,
    topK: true,
    customTools: false,
  },
  discover,
  slots,
  countTokens,
};
