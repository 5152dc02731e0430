// Blocks to content parts of an item. What the dialect cannot say is refused when it carries meaning, else named.
import type { Block, DocumentBlock, ImageBlock, RawBlock } from '../../canonical/blocks.ts';
import { asObject, type JsonObject } from '../../canonical/json.ts';
import { adornments } from '../../canonical/media-fields.ts';
import { documentWords, plainWords } from '../../canonical/plain-words.ts';
import { refused, type Scribe } from '../../canonical/scribe.ts';
import { dataUrl } from '../../lib/data-url.ts';
import { DIALECT } from './origin.ts';

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
  if (block.origin === DIALECT) return asObject(block.value);
  const text = plainWords(block, path, scribe.ledger);
  return text === undefined ? undefined : { type: 'input_text', text };
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
  const words = documentWords(block, text, path, scribe.ledger);
  return { type: 'input_text', text: words, ...adornments(block, path, scribe) };
}
