// Blocks to Chat content parts. What Chat cannot say is refused when it carries meaning, else named.
import type {
  Block,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  RawBlock,
  TextBlock,
} from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, isObject, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { sayable } from '../../canonical/sayable.ts';
import { dataUrl } from '../../lib/data-url.ts';
import { origin } from './reply-parts.ts';

/** Letters in the id of a call. */
export const MOST_CALL_ID = 40;
const nothing: JsonObject = {};

/** What every step of encoding a message needs. */
export interface Scribe {
  readonly ledger: Ledger;
  readonly quirks: Quirks;
  /** Was the call written in this dialect? Then its extras are our own words. */
  readonly native: boolean;
}

/** One block of a system or user message; undefined when it is left out (and named). */
export function encodePart(block: Block, path: string, scribe: Scribe): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text, ...adornments(block, path, scribe) };
    case 'image':
      return restored(encodeImage(block, path, scribe), adornments(block, path, scribe));
    case 'document':
      return restored(encodeDocument(block, path, scribe), adornments(block, path, scribe));
    case 'audio':
      return { type: 'input_audio', input_audio: { data: block.data, format: block.format } };
    case 'refusal':
      return { type: 'text', text: block.text };
    case 'raw':
      return encodeRaw(block, path, scribe);
    case 'reasoning':
    case 'tool_call':
    case 'tool_result':
      scribe.ledger.dropped(path, `a ${block.type} has no place in this message`);
      return undefined;
  }
}

function encodeRaw(block: RawBlock, path: string, scribe: Scribe): JsonObject | undefined {
  const { value } = block;
  if (block.origin === origin && typeof value === 'object' && value !== null) return value as JsonObject;
  if (block.spare === true) {
    scribe.ledger.dropped(path, `only ${block.origin} understands it`);
    return undefined;
  }
  const text = sayable(value);
  if (text === undefined) {
    const type = asString(asObject(value)?.type) ?? 'unknown';
    throw refused(path, `a block of type ${type}`, 'Send its content as text, or leave it out.');
  }
  scribe.ledger.approximated(path, 'its words become plain text');
  return { type: 'text', text };
}

function adornments(block: TextBlock | ImageBlock | DocumentBlock, path: string, scribe: Scribe): JsonObject {
  if (block.cache === undefined && block.extras === undefined) return nothing;
  return { ...ownExtras(block.extras, path, scribe), ...encodeCache(block.cache, scribe) };
}

/** Extras beside the fields they stood beside: those of an object inside (`image_url`, `function`) within it. */
export function restored(wire: JsonObject, extras: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...wire };
  for (const [name, value] of Object.entries(extras)) {
    const held = wire[name];
    merged[name] = isObject(held) && isObject(value) ? { ...value, ...held } : value;
  }
  return merged;
}

/** Fields only one dialect knows: of a call in our own they go back as they were, others are named. */
export function ownExtras(extras: JsonObject | undefined, path: string, scribe: Scribe): JsonObject {
  if (extras === undefined) return nothing;
  if (scribe.native) return extras;
  for (const name of Object.keys(extras)) scribe.ledger.dropped(`${path}.${name}`);
  return nothing;
}

export function encodeCache(cache: CacheHint | undefined, scribe: Scribe): JsonObject {
  if (cache === undefined) return nothing;
  if (scribe.quirks.cacheBreakpoints !== true) {
    scribe.ledger.dropped('cache_control', 'the upstream caches by itself or not at all');
    return nothing;
  }
  scribe.ledger.mapped('cache_control');
  return { prompt_cache_breakpoint: { mode: 'explicit' } };
}

/** A breakpoint can only stand on parts of content: elsewhere it is lost, whoever would understand it. */
export function noteLostCache(cache: CacheHint | undefined, scribe: Scribe): void {
  if (cache !== undefined) scribe.ledger.dropped('cache_control', 'only parts of content can carry it');
}

function encodeImage(block: ImageBlock, path: string, scribe: Scribe): JsonObject {
  const detail = block.detail === undefined ? {} : { detail: block.detail };
  const url = imageUrl(block.source, path, scribe);
  return { type: 'image_url', image_url: { url, ...detail } };
}

function imageUrl(source: MediaSource, path: string, scribe: Scribe): string {
  if (source.kind === 'base64') return dataUrl(source.mediaType, source.data);
  if (source.kind !== 'url') {
    throw refused(path, 'an image given as a file id', 'Send the image itself as base64.');
  }
  if (scribe.quirks.imageUrls === false) {
    throw refused(path, 'an image given as a URL', 'Send the image itself as base64.');
  }
  return source.url;
}

function encodeDocument(block: DocumentBlock, path: string, scribe: Scribe): JsonObject {
  const { source } = block;
  switch (source.kind) {
    case 'text':
      return documentText(block, source.text, path, scribe);
    case 'base64':
      if (source.mediaType.startsWith('text/')) {
        return documentText(block, Buffer.from(source.data, 'base64').toString('utf8'), path, scribe);
      }
      return {
        type: 'file',
        file: { filename: block.name ?? 'document', file_data: dataUrl(source.mediaType, source.data) },
      };
    case 'file':
      // Ids of OpenAI's own files; those of others lead nowhere here.
      if (source.id.startsWith('file-')) return { type: 'file', file: { file_id: source.id } };
      throw refused(
        path,
        "a document given as another vendor's file id",
        'Send the document itself as base64.',
      );
    case 'url':
      throw refused(path, 'a document given as a URL', 'Send the document itself as base64, or its text.');
  }
}

function documentText(block: DocumentBlock, text: string, path: string, scribe: Scribe): JsonObject {
  scribe.ledger.approximated(path, 'a text document becomes plain text');
  return { type: 'text', text: block.name === undefined ? text : `${block.name}\n\n${text}` };
}

export function refused(param: string, what: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', `The upstream's dialect does not take ${what} (\`${param}\`).`, {
    param,
    remedy,
  });
}

/** A lone text needs no list around it, and engines with simple templates want it so. */
export function asContent(parts: readonly JsonObject[]): Json {
  const [first] = parts;
  if (first === undefined) return '';
  return parts.length === 1 && first.type === 'text' && Object.keys(first).length === 2
    ? (first.text ?? '')
    : parts;
}
