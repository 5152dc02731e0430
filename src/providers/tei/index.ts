// Hugging Face's Text Embeddings Inference: vectors and rankings only, the latter in a shape of its own.
import type { Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { discover, recognise } from './discover.ts';

export const tei: Provider = {
  id: 'tei',
  summary: "Hugging Face's Text Embeddings Inference.",
  zone: 'local',
  protocols: ['openai-chat'],
  baseUrl: 'http://127.0.0.1:8080',
  ports: [8080],
  recognise,
  authorize: bearer,
  path: (wish) => (wish.operation === 'rerank' ? '/rerank' : rootPath(wish)),
  also: { 'openai-chat': ['embed', 'rerank'] },
  quirks: { identity: false, rerankShape: 'tei' },
  discover,
};
