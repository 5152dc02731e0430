// Blocks to content parts of an item. What the dialect cannot say is refused when it carries meaning, else named.
import type {
  Block,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  RawBlock,
  TextBlock,
} from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import type { Quirks } from '../../canonical/provider.ts';
import { sayable } from '../../canonical/sayable.ts';
import { dataUrl } from '../../lib/data-url.ts';
import { DIALECT } from './origin.ts';

const nothing: JsonObject = {};

/** What every step of encoding a call needs. */
export interface Scribe {
  readonly ledger: Ledger;
  readonly quirks: Quirks;
  /** Was the call written in this dialect? Then its extras are our own words. */
  readonly native: boolean;
}

/** One block of what somebody tells the model; undefined when it is left out (and named). */
export function encodePart(block: Block, path: string, scribe: Scribe): JsonObject | undefined {
  switch (block.type) {
    case 'text':
      return { type: 'input_text', text: block.text, ...adornments(block, path, scribe) };
    case 'image':
      return encodeImage(block, path, scribe);
    case 'document':
      return encodeDocument(block, path, scribe);
    case 'refusal':
      return { type: 'input_text', text: block.text };
    case 'audio':
      throw refused(path, 'audio', 'Send a transcript instead, or use a model that hears.');
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
  if (block.origin === DIALECT) return asObject(value);
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
  return { type: 'input_text', text };
}

function adornments(block: TextBlock | ImageBlock | DocumentBlock, path: string, scribe: Scribe): JsonObject {
  if (block.cache === undefined && block.extras === undefined) return nothing;
  return { ...ownExtras(block.extras, path, scribe), ...encodeCache(block.cache, scribe) };
}

/** Fields only one dialect knows: of a call in our own they go back as they were, others are named. */
export function ownExtras(extras: JsonObject | undefined, path: string, scribe: Scribe): JsonObject {
  if (extras === undefined) return nothing;
  if (scribe.native) return extras;
  for (const name of Object.keys(extras)) scribe.ledger.dropped(`${path}.${name}`);
  return nothing;
}

function encodeCache(cache: CacheHint | undefined, scribe: Scribe): JsonObject {
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
  const more = { detail: block.detail ?? 'auto', ...adornments(block, path, scribe) };
  const { source } = block;
  switch (source.kind) {
    case 'base64':
      return { type: 'input_image', image_url: dataUrl(source.mediaType, source.data), ...more };
    case 'url':
      if (scribe.quirks.imageUrls === false) {
        throw refused(path, 'an image given as a URL', 'Send the image itself as base64.');
      }
      return { type: 'input_image', image_url: source.url, ...more };
    case 'file':
      return { type: 'input_image', file_id: ownFile(source.id, 'an image', path, scribe), ...more };
    case 'text':
      throw refused(path, 'an image given as text', 'Send its URL or base64 data.');
  }
}

/** Ids of OpenAI's own files; those of others lead nowhere here. */
function ownFile(id: string, what: string, path: string, scribe: Scribe): string {
  if (scribe.native || id.startsWith('file-')) return id;
  throw refused(path, `${what} given as another vendor's file id`, 'Send the data itself as base64.');
}

function encodeDocument(block: DocumentBlock, path: string, scribe: Scribe): JsonObject {
  const { source, name } = block;
  const more = adornments(block, path, scribe);
  switch (source.kind) {
    case 'text':
      return documentText(block, source.text, path, scribe);
    case 'base64':
      if (source.mediaType.startsWith('text/') && !scribe.native) {
        return documentText(block, Buffer.from(source.data, 'base64').toString('utf8'), path, scribe);
      }
      return {
        type: 'input_file',
        filename: name ?? 'document',
        file_data: dataUrl(source.mediaType, source.data),
        ...more,
      };
    case 'file':
      return { type: 'input_file', file_id: ownFile(source.id, 'a document', path, scribe), ...more };
    case 'url':
      return { type: 'input_file', file_url: source.url, ...more };
  }
}

function documentText(block: DocumentBlock, text: string, path: string, scribe: Scribe): JsonObject {
  scribe.ledger.approximated(path, 'a text document becomes plain text');
  return {
    type: 'input_text',
    text: block.name === undefined ? text : `${block.name}\n\n${text}`,
    ...adornments(block, path, scribe),
  };
}

export function refused(param: string, what: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', `The upstream's dialect does not take ${what} (\`${param}\`).`, {
    param,
    remedy,
  });
}

/** A lone text needs no list around it, and simple engines want it so. */
export function asContent(parts: readonly JsonObject[]): Json {
  const [first] = parts;
  if (first === undefined) return '';
  return parts.length === 1 && first.type === 'input_text' && Object.keys(first).length === 2
    ? (first.text ?? '')
    : parts;
}
