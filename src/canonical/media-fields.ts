// Media and wishes to cache as OpenAI's dialects write them on parts of content.

import { parseDataUrl } from '../lib/data-url.ts';
import type { CacheHint, MediaSource } from './blocks.ts';
import { GatewayError } from './errors.ts';
import { Fields } from './fields.ts';
import type { Json } from './json.ts';

/** Where a wish to cache may stand, on parts and tools. */
export const cacheFields = ['cache_control', 'prompt_cache_breakpoint'] as const;

const typesByEnding: ReadonlyMap<string, string> = new Map([
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['xml', 'text/xml'],
  ['json', 'application/json'],
]);

/** Bare base64 is a PDF unless the file's name says otherwise: clients leave the data URL's head out. */
export function fileData(data: string, file: Fields): MediaSource {
  if (data.startsWith('data:') || data.startsWith('http')) return urlSource(data, file.at('file_data'));
  const name = file.string('filename') ?? '';
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return { kind: 'base64', mediaType: typesByEnding.get(ending) ?? 'application/pdf', data };
}

export function urlSource(url: string, path: string): MediaSource {
  const parsed = parseDataUrl(url);
  if (parsed === undefined) return { kind: 'url', url };
  // Clients make the type of the file's ending.
  const wrong = parsed !== 'broken' && parsed.mediaType === 'image/jpg';
  if (wrong) return { kind: 'base64', mediaType: 'image/jpeg', data: parsed.data };
  if (parsed !== 'broken') return { kind: 'base64', ...parsed };
  throw new GatewayError('bad_request', `\`${path}\` is a data URL without readable data.`, {
    param: path,
    remedy: 'Send data:<media type>;base64,<data>.',
  });
}

/** OpenAI's breakpoint, or Anthropic's `cache_control` as OpenRouter and LiteLLM let Chat callers send it. */
export function decodeCache(part: Fields): CacheHint | undefined {
  if (part.has('prompt_cache_breakpoint')) return {};
  const control = part.get('cache_control');
  if (control === undefined) return undefined;
  const ttl = ttlOf(control);
  return ttl === undefined ? {} : { ttl };
}

function ttlOf(control: Json): '5m' | '1h' | undefined {
  const ttl = typeof control === 'object' ? new Fields({ control }).object('control')?.get('ttl') : undefined;
  return ttl === '5m' || ttl === '1h' ? ttl : undefined;
}
