// Content that only another dialect understands: it is kept as its words, or refused, since without it the question is
// another.
import type { RawBlock } from './blocks.ts';
import { GatewayError } from './errors.ts';
import { asObject, asString } from './json.ts';
import type { Ledger } from './ledger.ts';

/** Undefined when the question is the same without the block. */
export function foreignWords(block: RawBlock, ledger: Ledger): string | undefined {
  const value = asObject(block.value);
  const type = asString(value?.type) ?? Object.keys(value ?? {})[0] ?? 'unknown';
  if (block.spare === true) {
    ledger.dropped(`messages.${type}`, `only ${block.origin} understands it`);
    return undefined;
  }
  const text = asString(value?.text);
  if (text === undefined) {
    throw new GatewayError('unsupported', `The chosen model takes no content of type ${type}.`, {
      param: `messages.${type}`,
      remedy: 'Say it in text, as an image or as a document, or use a model that takes it.',
    });
  }
  ledger.approximated(`messages.${type}`, 'its text alone');
  return text.trim() === '' ? undefined : text;
}
