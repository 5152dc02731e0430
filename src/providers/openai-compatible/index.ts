// Whatever speaks OpenAI's dialect under a base URL of its own: LM Studio, SGLang, hosted services.
// The zone is `cloud` unless the config says otherwise: an unknown address is not trusted with secrets.
import type { Probe, Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { everyOperation } from '../every-operation.ts';
import { discoverVersionedList } from '../model-list.ts';
import { versionedPath } from '../paths.ts';

export const openaiCompatible: Provider = {
  id: 'openai-compatible',
  summary: "Any other service or engine that speaks OpenAI's dialect.",
  zone: 'cloud',
  protocols: ['openai-chat'],
  ports: [1234, 30000],
  recognise,
  authorize: bearer,
  versioned: true,
  path: versionedPath,
  also: { 'openai-chat': everyOperation },
  quirks: {
    maxTokensField: 'max_tokens',
    reasoningField: 'reasoning_content',
    schemaStyle: 'openai',
    toolChoice: 'full',
    developerRole: false,
    // Some refuse fields they do not know.
    identity: false,
    customTools: false,
  },
  discover: discoverVersionedList,
};

async function recognise(probe: Probe): Promise<boolean> {
  try {
    await discoverVersionedList(probe);
    return true;
  } catch {
    return false;
  }
}
