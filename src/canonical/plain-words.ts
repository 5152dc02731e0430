// What becomes plain text where a dialect knows nothing better: blocks of other dialects, documents made of text.
import type { DocumentBlock, MediaSource, RawBlock } from './blocks.ts';
import { asObject, asString } from './json.ts';
import type { Ledger } from './ledger.ts';
import { sayable } from './sayable.ts';
import { refused } from './scribe.ts';

/** The words of a block that only another dialect understands; undefined when the call is the same without it. */
export function plainWords(block: RawBlock, path: string, ledger: Ledger): string | undefined {
  if (block.spare === true) {
    ledger.dropped(path, `only ${block.origin} understands it`);
    return undefined;
  }
  const text = sayable(block.value);
  if (text === undefined) {
    const type = asString(asObject(block.value)?.type) ?? 'unknown';
    throw refused(path, `a block of type ${type}`, 'Send its content as text, or leave it out.');
  }
  ledger.approximated(path, 'its words become plain text');
  return text;
}

/** What a document made of text says; undefined for all others. */
export function textInside(source: MediaSource): string | undefined {
  if (source.kind === 'text') return source.text;
  if (source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return undefined;
  return Buffer.from(source.data, 'base64').toString('utf8');
}

/** Such a document as words of the message. */
export function documentWords({ name }: DocumentBlock, text: string, path: string, ledger: Ledger): string {
  ledger.approximated(path, 'a text document becomes plain text');
  return name === undefined ? text : `${name}\n\n${text}`;
}
