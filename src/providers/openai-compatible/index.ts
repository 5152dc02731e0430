// Whatever speaks OpenAI's dialect under a base URL of its own and has no folder here.
// The zone is `cloud` unless the config says otherwise: an unknown address is not trusted with secrets.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { everyOperation } from '../every-operation.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';
import { storeQuirks } from '../shared-store.ts';

export const openaiCompatible: Provider = {
  id: 'openai-compatible',
  summary: "Any other service or engine that speaks OpenAI's dialect.",
  zone: 'cloud',
  protocols: ['openai-chat'],
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  also: { 'openai-chat': [...everyOperation, 'file', 'batch'] },
  quirks: chatQuirks,
  configure: (options) => ({ quirks: { ...chatQuirks, ...storeQuirks(options) } }),
  discover: discoverVersionedList,
};
