// Images, documents and sound of a call. What this dialect cannot take is refused: leaving it out would change
// the question.
import type { AudioBlock, DocumentBlock, ImageBlock, MediaSource } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { parseDataUrl } from '../../lib/data-url.ts';
import { type Encoding, restore, type Wire } from './encoding.ts';
import { documentFormat, imageFormat, isSoundFormat } from './formats.ts';

export function encodeImage(block: ImageBlock, encoding: Encoding): Wire {
  if (block.detail !== undefined && block.detail !== 'auto') encoding.ledger.dropped('messages.image.detail');
  return {
    image: restore(imageFields(unpackDataUrl(block.source)), block.extras, 'messages.image', encoding),
  };
}

function imageFields(source: MediaSource): Wire {
  switch (source.kind) {
    case 'base64': {
      const format = imageFormat(source.mediaType);
      if (format !== undefined) return { format, source: { bytes: source.data } };
      throw unsupported(
        `The chosen model takes no images of type ${source.mediaType}.`,
        'Send it as PNG, JPEG, GIF or WebP.',
      );
    }
    case 'url':
      return { format: formatOfName(source.url, imageFormat, 'image'), source: stored(source.url, 'images') };
    case 'file':
      throw elsewhere(source.id);
    case 'text':
      throw unsupported('An image cannot be given as text.', 'Send its base64 data.');
  }
}

export function encodeDocument(block: DocumentBlock, encoding: Encoding): Wire {
  const fields = documentFields(unpackDataUrl(block.source));
  const wire = { ...fields, name: documentName(block.name, encoding) };
  return { document: restore(wire, block.extras, 'messages.document', encoding) };
}

function documentFields(source: MediaSource): Wire {
  switch (source.kind) {
    case 'base64': {
      const format = documentFormat(source.mediaType);
      if (format !== undefined) return { format, source: { bytes: source.data } };
      throw unsupported(
        `The chosen model takes no documents of type ${source.mediaType}.`,
        'Send a PDF, an office document or text.',
      );
    }
    case 'text':
      return { format: 'txt', source: { bytes: Buffer.from(source.text).toString('base64') } };
    case 'url':
      return {
        format: formatOfName(source.url, documentFormat, 'document'),
        source: stored(source.url, 'documents'),
      };
    case 'file':
      throw elsewhere(source.id);
  }
}

/** Letters, digits, single spaces, hyphens, brackets; and no two alike. */
function documentName(name: string | undefined, encoding: Encoding): string {
  const allowed = (name ?? '')
    .replaceAll(/[^a-zA-Z0-9\s()[\]-]/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 180);
  const base = allowed === '' ? 'Document' : allowed;
  let unique = base;
  for (let copy = 2; encoding.documents.has(unique); copy += 1) unique = `${base} (${copy})`;
  encoding.documents.add(unique);
  if (name !== undefined && unique !== name) encoding.ledger.mapped('messages.document.title', unique);
  return unique;
}

export function encodeAudio(block: AudioBlock): Wire {
  const format = block.format.toLowerCase();
  if (isSoundFormat(format)) return { audio: { format, source: { bytes: block.data } } };
  throw unsupported(`The chosen model takes no sound of type ${block.format}.`, 'Send it as WAV or MP3.');
}

/** Only the vendor's own store is read; nothing is fetched for callers. */
function stored(url: string, what: string): JsonObject {
  if (url.startsWith('s3://')) return { s3Location: { uri: url } };
  throw unsupported(`The chosen model takes ${what} as data only.`, 'Send the content as base64 data.');
}

/** An address in the store says by its ending what lies there. */
function formatOfName(url: string, formatOf: (type: string) => string | undefined, kind: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(url)?.[1]?.toLowerCase() ?? '';
  if (kind === 'image') return formatOf(`image/${ending}`) ?? 'png';
  return ending === '' ? 'pdf' : ending;
}

/** `data:image/png;base64,…` is data, not an address. */
function unpackDataUrl(source: MediaSource): MediaSource {
  const parsed = source.kind === 'url' ? parseDataUrl(source.url) : undefined;
  return parsed === undefined || parsed === 'broken' ? source : { kind: 'base64', ...parsed };
}

function elsewhere(id: string): GatewayError {
  return unsupported(
    `The file ${id} lies with another vendor than the chosen model.`,
    'Send the content itself instead of a file id.',
  );
}

function unsupported(message: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', message, { param: 'messages', remedy });
}
