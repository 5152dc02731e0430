// Images and documents of a call. What this dialect cannot take is refused: leaving it out would change
// the question.
import type { DocumentBlock, ImageBlock, MediaSource } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { Json } from '../../canonical/json.ts';
import { parseDataUrl } from '../../lib/data-url.ts';
import { type Encoding, mark, restore, type Wire } from './encoding.ts';

export function encodeImage(block: ImageBlock, encoding: Encoding): Wire {
  if (block.detail !== undefined && block.detail !== 'auto') encoding.ledger.dropped('messages.image.detail');
  const wire: Wire = { type: 'image', source: imageSource(unpackDataUrl(block.source), encoding) };
  restore(wire, block.extras, 'messages.image', encoding);
  return mark(wire, block.cache, encoding);
}

function imageSource(source: MediaSource, encoding: Encoding): Json {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data };
    case 'url':
      if (encoding.imageUrls) return { type: 'url', url: source.url };
      throw unsupported('The chosen model takes images as data only.', 'Send the image as base64 data.');
    case 'file':
      return fileSource(source.id, encoding);
    case 'text':
      throw unsupported('An image cannot be given as text.', 'Send its URL or base64 data.');
  }
}

export function encodeDocument(block: DocumentBlock, encoding: Encoding): Wire {
  const wire: Wire = { type: 'document', source: documentSource(unpackDataUrl(block.source), encoding) };
  if (block.name !== undefined) wire.title = block.name;
  restore(wire, block.extras, 'messages.document', encoding);
  return mark(wire, block.cache, encoding);
}

function documentSource(source: MediaSource, encoding: Encoding): Json {
  switch (source.kind) {
    case 'base64':
      return documentData(source.mediaType, source.data);
    case 'url':
      return { type: 'url', url: source.url };
    case 'file':
      return fileSource(source.id, encoding);
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
  }
}

function documentData(mediaType: string, data: string): Json {
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data };
  if (mediaType.startsWith('text/') || mediaType === 'application/json') {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString('utf8') };
  }
  throw unsupported(
    `The chosen model takes no documents of type ${mediaType}.`,
    'Send a PDF or plain text instead.',
  );
}

/** File ids name files in one vendor's store. Ours start with `file_`, others' with `file-`. */
function fileSource(id: string, encoding: Encoding): Json {
  if (encoding.native || id.startsWith('file_')) return { type: 'file', file_id: id };
  throw unsupported(
    `The file ${id} lies with another vendor than the chosen model.`,
    'Send the content itself instead of a file id.',
  );
}

/** `data:image/png;base64,…` is data, not an address. */
function unpackDataUrl(source: MediaSource): MediaSource {
  const parsed = source.kind === 'url' ? parseDataUrl(source.url) : undefined;
  return parsed === undefined || parsed === 'broken' ? source : { kind: 'base64', ...parsed };
}

function unsupported(message: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', message, { param: 'messages', remedy });
}
