// Blocks to what an Ollama message can hold: text in one string and pictures beside it. What it cannot say is
// refused when it carries meaning, else named.
import type { Block, CacheHint, DocumentBlock, ImageBlock, MediaSource } from '../../canonical/blocks.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ledger } from '../../canonical/ledger.ts';
import { sayable } from '../../canonical/sayable.ts';
import { parseDataUrl } from '../../lib/data-url.ts';

/** What every step of encoding a message needs. */
export interface Scribe {
  readonly ledger: Ledger;
  /** Was the call written in this dialect? Then its extras are our own words. */
  readonly native: boolean;
}

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
  if ('extras' in block) noteExtras(block.extras, path, scribe);
  switch (block.type) {
    case 'text':
    case 'refusal':
      if (block.text !== '') addText(parts, block.text);
      break;
    case 'image':
      addImage(parts, block, path, scribe);
      break;
    case 'document':
      addText(parts, documentText(block, path, scribe));
      break;
    case 'audio':
      throw refused(path, 'audio', 'Send its transcript, or choose a model that hears.');
    case 'raw':
      if (block.spare === true) scribe.ledger.dropped(path, `only ${block.origin} understands it`);
      else addText(parts, rawText(block.value, path, scribe));
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

function documentText(block: DocumentBlock, path: string, scribe: Scribe): string {
  const text = wordsOf(block.source);
  if (text === undefined) throw refused(path, 'a document that is not text', 'Send its text.');
  scribe.ledger.approximated(path, 'a text document becomes plain text');
  return block.name === undefined ? text : `${block.name}\n\n${text}`;
}

function wordsOf(source: MediaSource): string | undefined {
  if (source.kind === 'text') return source.text;
  if (source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return undefined;
  return Buffer.from(source.data, 'base64').toString('utf8');
}

function rawText(value: Json, path: string, scribe: Scribe): string {
  const text = sayable(value);
  if (text === undefined) {
    const type = asString(asObject(value)?.type) ?? 'unknown';
    throw refused(path, `a block of type ${type}`, 'Send its content as text, or leave it out.');
  }
  scribe.ledger.approximated(path, 'its words become plain text');
  return text;
}

export function noteLostCache(cache: CacheHint | undefined, scribe: Scribe): void {
  if (cache !== undefined) scribe.ledger.dropped('cache_control', 'the engine caches by itself');
}

/** Our own dialect's extras go back where they stood; those of others are named. */
export function noteExtras(extras: JsonObject | undefined, path: string, scribe: Scribe): JsonObject {
  if (extras === undefined) return {};
  if (scribe.native) return extras;
  for (const name of Object.keys(extras)) scribe.ledger.dropped(`${path}.${name}`);
  return {};
}

export function refused(param: string, what: string, remedy: string): GatewayError {
  return new GatewayError('unsupported', `The upstream's dialect does not take ${what} (\`${param}\`).`, {
    param,
    remedy,
  });
}
