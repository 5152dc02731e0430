// Fireworks: models are named `accounts/fireworks/models/…`. It lists what an account has, with windows.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { versionedPath } from '../paths.ts';
import { discover } from './discover.ts';

export const fireworks: Provider = {
  id: 'fireworks',
  summary: 'Fireworks AI: open models.',
  zone: 'cloud',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  secretEnv: ['FIREWORKS_API_KEY'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  catalogue: 'fireworks',
  also: { 'openai-chat': ['complete', 'embed'] },
  quirks: { ...chatQuirks, topK: true, mostStops: 4 },
  discover,
};
