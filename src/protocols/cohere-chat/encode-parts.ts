// Blocks to what a message there can hold: texts and pictures in a user's, texts and documents in a tool's. Documents
// of a user go beside the messages, where the model can cite them.

import { isBillingNote } from '../../canonical/billing-note.ts';
import type { Block, DocumentBlock, ImageBlock } from '../../canonical/blocks.ts';
import { asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { sayable } from '../../canonical/sayable.ts';
import { dataUrl } from '../../lib/data-url.ts';
import { noteExtras, noteLostCache, refused, type Scribe } from './scribe.ts';

/** Whose message it is decides what can stand in it. */
export type Place = 'system' | 'user' | 'tool' | 'assistant';

/** One block; undefined when it is left out (and named), or stands elsewhere. */
export function encodePart(block: Block, place: Place, path: string, scribe: Scribe): JsonObject | undefined {
  if ('cache' in block) noteLostCache(block.cache, scribe);
  switch (block.type) {
    case 'text':
      noteExtras(block.extras, path, scribe);
      return textPart(block.text);
    case 'refusal':
      return textPart(block.text);
    case 'image':
      return encodeImage(block, place, path, scribe);
    case 'document':
      return encodeDocument(block, place, path, scribe);
    case 'audio':
      throw refused(path, 'audio', 'Send its transcript, or choose a model that hears.');
    case 'raw':
      return encodeRaw(block, path, scribe);
    case 'reasoning':
    case 'tool_call':
    case 'tool_result':
      scribe.ledger.dropped(path, `a ${block.type} has no place in this message`);
      return undefined;
  }
}

/** A lone text needs no list around it. */
export function asContent(parts: readonly JsonObject[]): Json {
  const [first] = parts;
  if (first === undefined) return '';
  return parts.length === 1 && first.type === 'text' ? (first.text ?? '') : parts;
}

/** Empty texts are refused there, and say nothing. */
function textPart(text: string): JsonObject | undefined {
  return text === '' ? undefined : { type: 'text', text };
}

function encodeImage(block: ImageBlock, place: Place, path: string, scribe: Scribe): JsonObject {
  noteExtras(block.extras, path, scribe);
  if (place !== 'user') throw refused(path, 'an image in this place', 'Move it to a user turn.');
  const { source, detail } = block;
  if (source.kind !== 'url' && source.kind !== 'base64') {
    throw refused(path, 'an image given as a file id', 'Send the image itself as base64.');
  }
  const url = source.kind === 'url' ? source.url : dataUrl(source.mediaType, source.data);
  return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } };
}

function encodeDocument(
  block: DocumentBlock,
  place: Place,
  path: string,
  scribe: Scribe,
): JsonObject | undefined {
  const text = wordsOf(block);
  if (text === undefined) throw refused(path, 'a document that is not text', 'Send its text.');
  const { citations, ...extras } = block.extras ?? {};
  noteExtras(extras, path, scribe);
  if (asObject(citations)?.enabled === true) {
    scribe.cites = true;
    scribe.ledger.mapped(`${path}.citations`, 'citations of the whole answer');
  }
  const data = { ...(block.name === undefined ? {} : { title: block.name }), text };
  if (place === 'tool') return { type: 'document', document: { data } };
  if (place === 'user' && scribe.grounds) {
    scribe.documents.push({ data });
    scribe.ledger.mapped(path, 'stands among the documents, not in its message');
    return undefined;
  }
  scribe.ledger.approximated(path, 'a text document becomes plain text');
  return textPart(block.name === undefined ? text : `${block.name}\n\n${text}`);
}

function wordsOf({ source }: DocumentBlock): string | undefined {
  if (source.kind === 'text') return source.text;
  if (source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return undefined;
  return Buffer.from(source.data, 'base64').toString('utf8');
}

function encodeRaw(
  block: Extract<Block, { type: 'raw' }>,
  path: string,
  { ledger }: Scribe,
): JsonObject | undefined {
  const value = asObject(block.value);
  if (isBillingNote(asString(value?.text))) {
    ledger.mapped(path, 'a billing note is for its own vendor');
    return undefined;
  }
  if (block.spare === true) {
    ledger.dropped(path, `only ${block.origin} understands it`);
    return undefined;
  }
  const text = sayable(block.value);
  if (text === undefined) {
    const type = asString(value?.type) ?? 'unknown';
    throw refused(path, `a block of type ${type}`, 'Send its content as text, or leave it out.');
  }
  ledger.approximated(path, 'its words become plain text');
  return textPart(text);
}
