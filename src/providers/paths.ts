// Where a call goes below a server's address. One rule: a provider whose own paths carry the version
// ("/v1/…") is given a server's root; a `versioned` one is given a base URL that has it.
import type { Operation } from '../canonical/protocol.ts';
import type { PathWish, Provider } from '../canonical/provider.ts';

const VERSION = '/v1';

const rootPaths: Readonly<Record<string, Readonly<Partial<Record<Operation, string>>>>> = {
  'openai-chat': {
    chat: '/v1/chat/completions',
    complete: '/v1/completions',
    embed: '/v1/embeddings',
    rerank: '/v1/rerank',
    moderate: '/v1/moderations',
    speak: '/v1/audio/speech',
    transcribe: '/v1/audio/transcriptions',
    translate: '/v1/audio/translations',
    draw: '/v1/images/generations',
    redraw: '/v1/images/edits',
    vary: '/v1/images/variations',
    file: '/v1/files',
    batch: '/v1/batches',
  },
  'ollama-chat': { chat: '/api/chat', complete: '/api/generate', embed: '/api/embed' },
  'tgi-generate': { complete: '/generate_stream' },
  'openai-responses': { chat: '/v1/responses', count: '/v1/responses/input_tokens' },
  'anthropic-messages': { chat: '/v1/messages', count: '/v1/messages/count_tokens' },
};

/** A dialect's path below a server's root, version included. */
export function rootPath({ protocol, operation }: PathWish): string | undefined {
  return rootPaths[protocol]?.[operation];
}

/** The same below a base URL that ends in a version (or in whatever the vendor put there). */
export function versionedPath(wish: PathWish): string | undefined {
  return rootPath(wish)?.slice(VERSION.length);
}

/**
 * What every path a provider names is appended to, discovery's included; `urlPath` is the path of the
 * configured URL. Applying it twice changes nothing.
 */
export function basePathOf(provider: Provider, urlPath: string): string {
  let path = urlPath;
  while (path.endsWith('/')) path = path.slice(0, -1);
  if (provider.versioned === true) return path === '' ? VERSION : path;
  return without(without(path, VERSION), provider.prefix);
}

function without(path: string, end: string | undefined): string {
  return end !== undefined && path.endsWith(end) ? path.slice(0, -end.length) : path;
}

/** The whole request path of one operation in one dialect; undefined when this upstream has none. */
export function requestPath(provider: Provider, wish: PathWish, urlPath: string): string | undefined {
  const { protocol, operation } = wish;
  if (operation !== 'chat' && provider.also?.[protocol]?.includes(operation) !== true) return undefined;
  const path = provider.path?.(wish) ?? rootPath(wish);
  return path === undefined ? undefined : basePathOf(provider, urlPath) + path;
}

/** What follows a model's name where that is Google's generateContent; its streams are asked for as events. */
export function generateMethod({ protocol, operation, stream }: PathWish): string | undefined {
  if (protocol !== 'gemini-generate') return undefined;
  if (operation === 'count') return ':countTokens';
  if (operation === 'embed') return ':batchEmbedContents';
  if (operation !== 'chat') return undefined;
  return stream ? ':streamGenerateContent?alt=sse' : ':generateContent';
}
