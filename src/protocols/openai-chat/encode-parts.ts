// Blocks to Chat content parts. What Chat cannot say is refused when it carries meaning, else named.
import type { Block, DocumentBlock, ImageBlock, MediaSource, RawBlock } from '../../canonical/blocks.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { adornments } from '../../canonical/media-fields.ts';
import { documentWords, plainWords, textInside } from '../../canonical/plain-words.ts';
import { refused, restored, type Scribe } from '../../canonical/scribe.ts';
import { dataUrl } from '../../lib/data-url.ts';
import { origin } from './reply-parts.ts';

/** Letters in the id of a call. */
export const MOST_CALL_ID = 40;
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
  const text = plainWords(block, path, scribe.ledger);
  return text === undefined ? undefined : { type: 'text', text };
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
  const text = textInside(source);
  if (text !== undefined) return { type: 'text', text: documentWords(block, text, path, scribe.ledger) };
  if (source.kind === 'base64') {
    const data = dataUrl(source.mediaType, source.data);
    return { type: 'file', file: { filename: block.name ?? 'document', file_data: data } };
  }
  if (source.kind === 'file') {
    // Ids of OpenAI's own files; those of others lead nowhere here.
    if (source.id.startsWith('file-')) return { type: 'file', file: { file_id: source.id } };
    const remedy = 'Send the document itself as base64.';
    throw refused(path, "a document given as another vendor's file id", remedy);
  }
  throw refused(path, 'a document given as a URL', 'Send the document itself as base64, or its text.');
}
