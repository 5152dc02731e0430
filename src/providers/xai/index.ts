// xAI: its reasoning models, and by now that is nearly all of them, refuse both penalties (400). They refuse
// `stop`, too, but to go on after a stop string would be another answer: that is left for it to say.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const xai: Provider = {
  id: 'xai',
  summary: 'xAI: the Grok models.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.x.ai/v1',
  secretEnv: ['XAI_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'x-ai',
  also: { 'openai-chat': ['draw'] },
  quirks: {
    ...chatQuirks,
    maxTokensField: 'max_completion_tokens',
    developerRole: true,
    refuses: ['presence_penalty', 'frequency_penalty'],
  },
  discover: discoverVersionedList,
};
