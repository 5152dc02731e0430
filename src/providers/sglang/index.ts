// SGLang's server. It serves Anthropic's dialect, too, but some of its releases put text into open tool
// calls there (sgl-project/sglang#24293), so it is spoken to in chat.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { rootPath } from '../paths.ts';
import { slowPrefill } from '../patience.ts';
import { discover, recognise, slots } from './discover.ts';

export const sglang: Provider = {
  id: 'sglang',
  summary: "SGLang's HTTP server.",
  zone: 'local',
  timers: slowPrefill,
  protocols: ['openai-chat'],
  baseUrl: 'http://127.0.0.1:30000',
  secretEnv: ['SGLANG_API_KEY'],
  ports: [30000],
  recognise,
  authorize: bearer,
  path: rootPath,
  also: { 'openai-chat': ['complete', 'embed', 'rerank'] },
  quirks: { ...chatQuirks, topK: true, countsOutput: true },
  discover,
  slots,
};
