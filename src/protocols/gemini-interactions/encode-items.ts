// Blocks to content items: what stands in a turn of either side, in a result, and in the system prompt. What the
// dialect cannot say is refused when it carries meaning, else named.
import { isBillingNote } from '../../canonical/billing-note.ts';
import type {
  AudioBlock,
  Block,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  TextBlock,
} from '../../canonical/blocks.ts';
import { checkOpen, isOwnFile, typeOf } from '../../canonical/google-files.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { sayable } from '../../canonical/sayable.ts';
import {
  type Encoding,
  noteExtras,
  noteLostCache,
  present,
  refused,
  SIGNATURE,
  type Wire,
} from './encoding.ts';

const IMAGE_REMEDY = 'Send the image itself as base64.';
const DOCUMENT_REMEDY = 'Send the document itself as base64, or its text.';

const audioTypes: ReadonlyMap<string, string> = new Map([
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['m4a', 'audio/m4a'],
]);

/** Undefined when nothing of it can or may be sent, and for blocks that are steps of their own. */
export function encodeItem(block: Block, path: string, encoding: Encoding): Wire | undefined {
  switch (block.type) {
    case 'text':
      return encodeText(block, path, encoding);
    case 'image':
      return encodeImage(block, path, encoding);
    case 'document':
      return encodeDocument(block, path, encoding);
    case 'audio':
      return encodeAudio(block);
    case 'refusal':
      return block.text === '' ? undefined : { type: 'text', text: block.text };
    case 'raw':
      return encodeRaw(block.value, path, encoding);
    default:
      encoding.ledger.dropped(path, `a ${block.type} has no place in this message`);
      return undefined;
  }
}

function encodeText(block: TextBlock, path: string, encoding: Encoding): Wire | undefined {
  noteLostCache(block.cache, encoding);
  if (isBillingNote(block.text)) {
    encoding.ledger.mapped(path, 'a billing note means nothing to this upstream');
    return undefined;
  }
  const { [SIGNATURE]: _, ...extras } = block.extras ?? {};
  noteExtras(extras, path, encoding);
  return block.text === '' ? undefined : { type: 'text', text: block.text };
}

function encodeImage(block: ImageBlock, path: string, encoding: Encoding): Wire {
  noteLostCache(block.cache, encoding);
  noteExtras(block.extras, path, encoding);
  const source = encodeSource(block.source, 'image/jpeg', path, encoding);
  if (source === undefined) throw refused(path, "image given as another vendor's file id", IMAGE_REMEDY);
  return { type: 'image', ...source, ...resolutionOf(block, path, encoding) };
}

function resolutionOf({ detail }: ImageBlock, path: string, { ledger }: Encoding): Wire {
  if (detail === undefined || detail === 'auto') return {};
  if (detail === 'low' || detail === 'high') return { resolution: detail };
  ledger.dropped(`${path}.detail`);
  return {};
}

function encodeDocument(block: DocumentBlock, path: string, encoding: Encoding): Wire {
  noteLostCache(block.cache, encoding);
  noteExtras(block.extras, path, encoding);
  const { source, name } = block;
  if (source.kind === 'text') {
    encoding.ledger.approximated(path, 'a text document becomes plain text');
    return { type: 'text', text: name === undefined ? source.text : `${name}\n\n${source.text}` };
  }
  const wire = encodeSource(source, 'application/pdf', path, encoding);
  if (wire === undefined) throw refused(path, "document given as another vendor's file id", DOCUMENT_REMEDY);
  if (name !== undefined) encoding.ledger.dropped(`${path}.name`, 'the upstream takes no names of files');
  const [family = ''] = (asString(wire.mime_type) ?? '').split('/');
  // Clients send sound and film as files.
  const type = family === 'audio' || family === 'video' || family === 'image' ? family : 'document';
  return { type, ...wire };
}

function encodeAudio(block: AudioBlock): Wire {
  const mimeType = audioTypes.get(block.format) ?? `audio/${block.format}`;
  return { type: 'audio', data: block.data, mime_type: mimeType };
}

/** Undefined for files that only another vendor has. */
function encodeSource(
  source: Exclude<MediaSource, { kind: 'text' }> | MediaSource,
  usual: string,
  path: string,
  { quirks }: Encoding,
): Wire | undefined {
  switch (source.kind) {
    case 'base64':
      return { data: source.data, mime_type: source.mediaType };
    case 'url':
      checkOpen(path, source.url, quirks);
      return { uri: source.url, mime_type: typeOf(source.url) ?? usual };
    case 'file':
      if (!isOwnFile(source.id)) return undefined;
      checkOpen(path, source.id, quirks);
      return present({ uri: source.id, mime_type: typeOf(source.id) });
    case 'text':
      return undefined;
  }
}

/** Films have no block of their own; these are the words of the vendor's other dialect for them. */
function encodeFilm({ inlineData, fileData, ...others }: JsonObject, path: string, encoding: Encoding) {
  const data = asObject(inlineData ?? fileData);
  const type = asString(data?.mimeType);
  if (type === undefined || !/^(?:video|audio)\//.test(type)) return undefined;
  noteExtras(others, path, encoding);
  const uri = asString(data?.fileUri);
  if (uri !== undefined) checkOpen(path, uri, encoding.quirks);
  const place = uri === undefined ? { data: data?.data } : { uri };
  return { type: type.slice(0, type.indexOf('/')), ...place, mime_type: type } satisfies Wire;
}

/** What only another dialect understands is kept as its words, or refused: without it the question is another. */
function encodeRaw(value: Json, path: string, encoding: Encoding): Wire | undefined {
  const wire = asObject(value);
  const film = wire === undefined ? undefined : encodeFilm(wire, path, encoding);
  if (film !== undefined) return film;
  const text = sayable(value);
  if (isBillingNote(asString(wire?.text))) {
    encoding.ledger.mapped(path, 'a billing note means nothing to this upstream');
    return undefined;
  }
  if (text === undefined) {
    const type = asString(wire?.type) ?? Object.keys(wire ?? {})[0] ?? 'unknown';
    throw refused(path, `content of type ${type}`, 'Send its content as text, or leave it out.');
  }
  encoding.ledger.approximated(path, 'its words become plain text');
  return text === '' ? undefined : { type: 'text', text };
}
