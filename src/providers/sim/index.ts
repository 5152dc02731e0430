// Simulated models: keyless, in this process, labelled as simulated, and as slow or broken as you like.
import type { Provider } from '../../canonical/provider.ts';
import { rootPath } from '../paths.ts';
import { simModels } from './models.ts';
import { createSim } from './transport.ts';

export const sim: Provider = {
  id: 'sim',
  summary: 'Simulated models inside the gateway: for demos, tests and benchmarks.',
  zone: 'local',
  protocols: ['openai-chat', 'anthropic-messages'],
  authorize: () => ({}),
  path: rootPath,
  also: { 'openai-chat': ['complete', 'embed', 'rerank'], 'anthropic-messages': ['count'] },
  quirks: {
    countsOutput: true,
    developerRole: true,
    imageUrls: true,
    toolChoice: 'full',
    schemaStyle: 'openai',
  },
  models: simModels({}),
  simulate: (options) => createSim(options),
};
