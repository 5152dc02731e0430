// The system prompt: one text.
import type { Block } from '../../canonical/blocks.ts';
import { asString, type Json } from '../../canonical/json.ts';
import { encodeItem } from './encode-items.ts';
import { type Encoding, refused } from './encoding.ts';

/** Undefined without a word of it. `more`: what the gateway itself has to tell the model. */
export function encodeSystem(
  system: readonly Block[],
  more: string | undefined,
  encoding: Encoding,
): string | undefined {
  const texts: string[] = [];
  for (const [at, block] of system.entries()) {
    const path = `system[${at}]`;
    const item = encodeItem(block, path, encoding);
    if (item === undefined) continue;
    const text: Json | undefined = item.text;
    if (asString(text) === undefined) {
      throw refused(path, `${block.type} in its system prompt`, 'Put it into the first message of the user.');
    }
    texts.push(text as string);
  }
  if (more !== undefined) texts.push(more);
  return texts.length === 0 ? undefined : texts.join('\n\n');
}
