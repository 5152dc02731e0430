// OpenAI itself. Its list says no context windows; those come from config. Chat stands before Responses: callers
// of other dialects would lose stop strings, seeds and penalties there.
import type { Provider, Quirks } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';
import { storeQuirks } from '../shared-store.ts';

const quirks: Quirks = {
  countsOutput: true,
  maxTokensField: 'max_completion_tokens',
  reasoningField: 'none',
  schemaStyle: 'openai',
  toolChoice: 'full',
  developerRole: true,
  cacheBreakpoints: true,
  sealedOrigin: 'openai',
  threads: true,
  mostStops: 4,
  mostToolName: 64,
  completionModels: '^(?:ft:)?(?:gpt-3\\.5-turbo-instruct|davinci|babbage|curie|ada|text-|code-)',
  reasoningModels: '^(?:ft:)?(?:o\\d|gpt-(?:[5-9]|\\d\\d)(?!.*-chat))',
};

export const openai: Provider = {
  id: 'openai',
  summary: "OpenAI's own API.",
  zone: 'cloud',
  protocols: ['openai-chat', 'openai-responses'],
  baseUrl: 'https://api.openai.com',
  secretEnv: ['OPENAI_API_KEY'],
  baseUrlEnv: ['OPENAI_BASE_URL'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  also: {
    'openai-responses': ['count'],
    'openai-chat': [
      'complete',
      'embed',
      'moderate',
      'speak',
      'transcribe',
      'translate',
      'draw',
      'redraw',
      'vary',
      'file',
      'batch',
    ],
  },
  quirks,
  configure: (options) => ({ quirks: { ...quirks, ...storeQuirks(options) } }),
  // https://platform.openai.com/docs/guides/batch
  batchPercent: 50,
  catalogue: 'openai',
  encoding: 'o200k',
  discover: discoverVersionedList,
};
