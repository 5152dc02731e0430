// Cohere through its compatibility API, which passes over what it does not know: such fields are left out and
// named instead. Whether it lists models there is not documented, so it is not asked.
// https://docs.cohere.com/docs/compatibility-api
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { versionedPath } from '../paths.ts';

export const cohere: Provider = {
  id: 'cohere',
  summary: 'Cohere: Command models, by the compatibility API.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.cohere.ai/compatibility/v1',
  secretEnv: ['CO_API_KEY', 'COHERE_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'cohere',
  also: { 'openai-chat': ['embed'] },
  quirks: {
    ...chatQuirks,
    reasoningField: 'none',
    refuses: ['logit_bias', 'metadata', 'parallel_tool_calls', 'service_tier', 'store', 'top_logprobs'],
  },
};
