// Cohere, by its own API: its compatibility API has no word for documents, citations, plans, a choice among tools, top_k
// or log probabilities, nor for the size of a vector, and passes over what it does not know. Rankings have the shape
// that Chat's callers know.
// https://docs.cohere.com/reference/chat https://docs.cohere.com/docs/compatibility-api
import type { Operation } from '../../canonical/protocol.ts';
import type { PathWish, Provider } from '../../canonical/provider.ts';
import { bearer } from '../authorize.ts';
import { chatQuirks } from '../chat-quirks.ts';
import { rootPath } from '../paths.ts';
import { discover } from './discover.ts';

const COMPATIBLE = '/compatibility';
/** Models that rank are named after it. */
const RANKS = /^rerank/;
const own: Readonly<Partial<Record<Operation, string>>> = { chat: '/v2/chat', embed: '/v2/embed' };

export const cohere: Provider = {
  id: 'cohere',
  summary: 'Cohere: Command models, embeddings and rankings.',
  zone: 'cloud',
  protocols: ['cohere-chat', 'openai-chat'],
  speaks: (protocol, model) => (protocol === 'openai-chat') === RANKS.test(model),
  baseUrl: 'https://api.cohere.com',
  secretEnv: ['CO_API_KEY', 'COHERE_API_KEY'],
  authorize: bearer,
  prefix: COMPATIBLE,
  path,
  catalogue: 'cohere',
  also: { 'cohere-chat': ['embed'], 'openai-chat': ['embed', 'rerank'] },
  // Of the compatibility API, for those who want it.
  quirks: {
    ...chatQuirks,
    reasoningField: 'none',
    refuses: ['logit_bias', 'metadata', 'parallel_tool_calls', 'service_tier', 'store', 'top_logprobs'],
  },
  discover,
};

function path(wish: PathWish): string | undefined {
  if (wish.protocol === 'cohere-chat') return own[wish.operation];
  if (wish.operation === 'rerank') return '/v2/rerank';
  const root = rootPath(wish);
  return root === undefined ? undefined : COMPATIBLE + root;
}
