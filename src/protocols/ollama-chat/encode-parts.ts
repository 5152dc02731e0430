// Blocks to what an Ollama message can hold: text in one string and pictures beside it. What it cannot say is
// refused when it carries meaning, else named.
import type {
  Block,
  CacheHint,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  RawBlock,
} from '../../canonical/blocks.ts';
import { documentWords, plainWords, textInside } from '../../canonical/plain-words.ts';
import { ownExtras, refused, type Scribe } from '../../canonical/scribe.ts';
import { parseDataUrl } from '../../lib/data-url.ts';

/** A message while it is gathered. */
export interface Parts {
  readonly texts: string[];
  readonly images: string[];
  /** A picture came after words. */
  late: boolean;
  /** And words after that: which of them it was for is lost here. */
  mixed: boolean;
}

export function newParts(): Parts {
  return { texts: [], images: [], late: false, mixed: false };
}

/** One block of a system or user message. */
export function addPart(parts: Parts, block: Block, path: string, scribe: Scribe): void {
  if ('cache' in block) noteLostCache(block.cache, scribe);
  if ('extras' in block) ownExtras(block.extras, path, scribe);
  switch (block.type) {
    case 'text':
    case 'refusal':
      if (block.text !== '') addText(parts, block.text);
      break;
    case 'image':
      addImage(parts, block, path, scribe);
      break;
    case 'document':
      addDocument(parts, block, path, scribe);
      break;
    case 'audio':
      throw refused(path, 'audio', 'Send its transcript, or choose a model that hears.');
    case 'raw':
      addRaw(parts, block, path, scribe);
      break;
    case 'reasoning':
    case 'tool_call':
    case 'tool_result':
      scribe.ledger.dropped(path, `a ${block.type} has no place in this message`);
  }
}

function addText(parts: Parts, text: string): void {
  parts.mixed ||= parts.late;
  parts.texts.push(text);
}

function addRaw(parts: Parts, block: RawBlock, path: string, scribe: Scribe): void {
  const text = plainWords(block, path, scribe.ledger);
  if (text !== undefined) addText(parts, text);
}

function addDocument(parts: Parts, block: DocumentBlock, path: string, scribe: Scribe): void {
  const text = textInside(block.source);
  if (text === undefined) throw refused(path, 'a document that is not text', 'Send its text.');
  addText(parts, documentWords(block, text, path, scribe.ledger));
}

function addImage(parts: Parts, block: ImageBlock, path: string, scribe: Scribe): void {
  if (block.detail !== undefined && block.detail !== 'auto') scribe.ledger.dropped(`${path}.detail`);
  parts.late = parts.texts.length > 0;
  parts.images.push(imageData(block.source, path));
}

function imageData(source: MediaSource, path: string): string {
  if (source.kind === 'base64') return source.data;
  const url = source.kind === 'url' ? parseDataUrl(source.url) : undefined;
  if (url !== undefined && url !== 'broken') return url.data;
  const what = source.kind === 'url' ? 'an image given as a URL' : 'an image given as a file id';
  throw refused(path, what, 'Send the image itself as base64.');
}

/** The text of a message: `joint` between what were blocks of their own. */
export function textOf(parts: Parts, path: string, joint: string, scribe: Scribe): string {
  if (parts.mixed) scribe.ledger.approximated(path, 'pictures stand before all the words');
  return parts.texts.join(joint);
}

export function noteLostCache(cache: CacheHint | undefined, scribe: Scribe): void {
  if (cache !== undefined) scribe.ledger.dropped('cache_control', 'the engine caches by itself');
}
