import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../canonical/protocol.ts';
import { basePathOf, requestPath } from './paths.ts';
import { providers } from './registry.ts';

function provider(id: string) {
  return providers.find((one) => one.id === id)!;
}

const rows: readonly [string, string, string, Operation, string, string | undefined][] = [
  ['a root gets the version', 'openai', 'openai-chat', 'chat', '', '/v1/chat/completions'],
  [
    "OpenAI's usual base URL is not versioned twice",
    'openai',
    'openai-chat',
    'chat',
    '/v1',
    '/v1/chat/completions',
  ],
  ['a lone slash is no path', 'openai', 'openai-chat', 'chat', '/', '/v1/chat/completions'],
  ['LM Studio by its root', 'openai-compatible', 'openai-chat', 'chat', '', '/v1/chat/completions'],
  [
    'a vendor path ending in v1',
    'openai-compatible',
    'openai-chat',
    'chat',
    '/openai/v1',
    '/openai/v1/chat/completions',
  ],
  [
    'a path is used as given, trailing slash or not',
    'openai-compatible',
    'openai-chat',
    'chat',
    '/v1beta/openai/',
    '/v1beta/openai/chat/completions',
  ],
  [
    'another version stays',
    'openai-compatible',
    'openai-chat',
    'chat',
    '/api/paas/v4',
    '/api/paas/v4/chat/completions',
  ],
  ['messages below the root', 'anthropic', 'anthropic-messages', 'chat', '', '/v1/messages'],
  ['counting below the root', 'anthropic', 'anthropic-messages', 'count', '', '/v1/messages/count_tokens'],
  ['a prefix that is not a version', 'anthropic', 'anthropic-messages', 'chat', '/api', '/api/v1/messages'],
  ['a pasted v1 is not repeated', 'ollama', 'openai-chat', 'chat', '/v1', '/v1/chat/completions'],
  ['an engine behind a prefix', 'ollama', 'anthropic-messages', 'chat', '/ollama', '/ollama/v1/messages'],
  [
    'prefix and pasted v1 together',
    'vllm',
    'anthropic-messages',
    'count',
    '/gpu/v1/',
    '/gpu/v1/messages/count_tokens',
  ],
  [
    'a name that only ends like a version',
    'llamacpp',
    'openai-chat',
    'chat',
    '/llamav1',
    '/llamav1/v1/chat/completions',
  ],
  ['embeddings of an engine', 'vllm', 'openai-chat', 'embed', '', '/v1/embeddings'],
  ['embeddings in an engine’s own words', 'ollama', 'ollama-chat', 'embed', '', '/api/embed'],
  [
    'embeddings below a path that has its version',
    'openai-compatible',
    'openai-chat',
    'embed',
    '/openai/v1',
    '/openai/v1/embeddings',
  ],
  ['chat with Cohere is its own', 'cohere', 'cohere-chat', 'chat', '', '/v2/chat'],
  [
    'at the address of its compatibility API, too',
    'cohere',
    'cohere-chat',
    'chat',
    '/compatibility/v1',
    '/v2/chat',
  ],
  ['behind a prefix', 'cohere', 'cohere-chat', 'chat', '/co', '/co/v2/chat'],
  ['its vectors are', 'cohere', 'cohere-chat', 'embed', '', '/v2/embed'],
  [
    'unless somebody wants them otherwise',
    'cohere',
    'openai-chat',
    'embed',
    '/compatibility/v1',
    '/compatibility/v1/embeddings',
  ],
  ['its rankings are', 'cohere', 'openai-chat', 'rerank', '', '/v2/rerank'],
  ['a ranking by Cohere', 'openai-compatible', 'openai-chat', 'rerank', '/v2', '/v2/rerank'],
  ['a ranking by TEI has no version', 'tei', 'openai-chat', 'rerank', '', '/rerank'],
  ['its vectors have', 'tei', 'openai-chat', 'embed', '', '/v1/embeddings'],
  ['variations are not edits', 'openai', 'openai-chat', 'vary', '', '/v1/images/variations'],
  ['TGI by its root', 'tgi', 'openai-chat', 'chat', '', '/v1/chat/completions'],
  ['its own prompts have no version', 'tgi', 'tgi-generate', 'complete', '/v1', '/generate_stream'],
  ['nor chats', 'tgi', 'tgi-generate', 'chat', '', undefined],
  ['the simulator has paths too', 'sim', 'anthropic-messages', 'chat', '', '/v1/messages'],
];

for (const [sentence, id, protocol, operation, urlPath, expected] of rows) {
  test(`path: ${sentence} (${id} ${urlPath})`, () => {
    const wish = { protocol, operation, stream: false, options: {} };
    assert.equal(requestPath(provider(id), wish, urlPath), expected);
  });
}

test('path: the base path may be computed twice', () => {
  for (const one of providers) {
    for (const path of ['', '/', '/v1', '/v1/', '/x', '/x/v1', '/x/v1/']) {
      const once = basePathOf(one, path);
      assert.equal(basePathOf(one, once), once, `${one.id} ${path}`);
    }
  }
});

test('path: what a provider does not declare, it does not have', () => {
  const wish = { protocol: 'anthropic-messages', operation: 'count', stream: false, options: {} } as const;
  assert.equal(requestPath(provider('anthropic'), wish, ''), '/v1/messages/count_tokens');
  assert.equal(requestPath(provider('ollama'), wish, ''), undefined);
});
