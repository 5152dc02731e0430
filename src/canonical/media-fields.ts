// Media and wishes to cache as OpenAI's dialects write them on parts of content.

import { parseDataUrl } from '../lib/data-url.ts';
import type { CacheHint, DocumentBlock, ImageBlock, MediaSource, TextBlock } from './blocks.ts';
import { GatewayError } from './errors.ts';
import { Fields } from './fields.ts';
import type { Json, JsonObject } from './json.ts';
import { nothing, ownExtras, type Scribe } from './scribe.ts';

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

export function encodeCache(cache: CacheHint | undefined, { ledger, quirks }: Scribe): JsonObject {
  if (cache === undefined) return nothing;
  if (quirks.cacheBreakpoints !== true) {
    ledger.dropped('cache_control', 'the upstream caches by itself or not at all');
    return nothing;
  }
  ledger.mapped('cache_control');
  return { prompt_cache_breakpoint: { mode: 'explicit' } };
}

/** A breakpoint can only stand on parts of content: elsewhere it is lost, whoever would understand it. */
export function noteLostCache(cache: CacheHint | undefined, { ledger }: Scribe): void {
  if (cache !== undefined) ledger.dropped('cache_control', 'only parts of content can carry it');
}

/** What a part carries beside its content. */
export function adornments(
  block: TextBlock | ImageBlock | DocumentBlock,
  path: string,
  scribe: Scribe,
): JsonObject {
  if (block.cache === undefined && block.extras === undefined) return nothing;
  return { ...ownExtras(block.extras, path, scribe), ...encodeCache(block.cache, scribe) };
}

/** A lone text (of the type `text`) needs no list around it, and engines with simple templates want it so. */
export function asContent(parts: readonly JsonObject[], text: string): Json {
  const [first] = parts;
  if (first === undefined) return '';
  return parts.length === 1 && first.type === text && Object.keys(first).length === 2
    ? (first.text ?? '')
    : parts;
}
