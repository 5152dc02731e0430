// Pictures, sound and documents as parts: data goes inline, addresses by reference.
import type { AudioBlock, DocumentBlock, ImageBlock, MediaSource } from '../../canonical/blocks.ts';
import { checkOpen, isOwnFile, typeOf } from '../../canonical/google-files.ts';
import { type Encoding, noteLostCache, present, refused, restore, type Wire } from './encoding.ts';

const IMAGE_REMEDY = 'Send the image itself as base64.';
const DOCUMENT_REMEDY = 'Send the document itself as base64, or its text.';

const audioTypes: ReadonlyMap<string, string> = new Map([
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['m4a', 'audio/mp4'],
]);

export function encodeImage(block: ImageBlock, path: string, encoding: Encoding): Wire {
  noteLostCache(block.cache, encoding);
  if (block.detail !== undefined && block.detail !== 'auto') {
    encoding.ledger.dropped(`${path}.detail`, 'resolution is set for the call as a whole');
  }
  if (block.source.kind === 'url' && encoding.quirks.imageUrls === false) {
    throw refused(path, 'image given as a URL', IMAGE_REMEDY);
  }
  const wire = encodeSource(block.source, 'image/jpeg', path, encoding);
  if (wire === undefined) throw refused(path, "image given as another vendor's file id", IMAGE_REMEDY);
  return restore(wire, block.extras, path, encoding);
}

export function encodeDocument(block: DocumentBlock, path: string, encoding: Encoding): Wire {
  noteLostCache(block.cache, encoding);
  const { source, name } = block;
  if (source.kind === 'text') {
    encoding.ledger.approximated(path, 'a text document becomes plain text');
    const text = name === undefined ? source.text : `${name}\n\n${source.text}`;
    return restore({ text }, block.extras, path, encoding);
  }
  const wire = encodeSource(source, 'application/pdf', path, encoding);
  if (wire === undefined) throw refused(path, "document given as another vendor's file id", DOCUMENT_REMEDY);
  if (name !== undefined && !encoding.native) {
    encoding.ledger.dropped(`${path}.name`, 'the upstream takes no names of files');
  }
  const [field = ''] = Object.keys(wire);
  const named = name === undefined || !encoding.native ? undefined : { [field]: { displayName: name } };
  return restore(restore(wire, named, path, encoding), block.extras, path, encoding);
}

export function encodeAudio(block: AudioBlock): Wire {
  const mimeType = audioTypes.get(block.format) ?? `audio/${block.format}`;
  return { inlineData: { mimeType, data: block.data } };
}

/** Undefined for files that only another vendor has. */
function encodeSource(
  source: MediaSource,
  usual: string,
  path: string,
  { quirks }: Encoding,
): Wire | undefined {
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: source.mediaType, data: source.data } };
    case 'url':
      checkOpen(path, source.url, quirks);
      return { fileData: { fileUri: source.url, mimeType: typeOf(source.url) ?? usual } };
    case 'file':
      if (!isOwnFile(source.id)) return undefined;
      checkOpen(path, source.id, quirks);
      return { fileData: present({ fileUri: source.id, mimeType: typeOf(source.id) }) };
    case 'text':
      return { text: source.text };
  }
}
