// Tool names in the characters Google allows. Escaping is two-way, and free-text tools wear a mark, so that a
// reply's calls find their way back without anybody remembering the call.
import type { Message } from './blocks.ts';
import { unwrapName, wrapName } from './free-text-tools.ts';

/** A name begins with a letter or an underscore; `_` itself is escaped only where it would read as an escape. */
const FOREIGN = /^[^a-zA-Z_]|_(?=x[0-9a-f]+_)|[^a-zA-Z0-9_.:-]/gu;
const ESCAPE = /_x([0-9a-f]{1,6})_/g;

export function wireName(name: string, custom: boolean): string {
  const escaped = name.replace(FOREIGN, (letter) => `_x${(letter.codePointAt(0) ?? 0).toString(16)}_`);
  return custom ? wrapName(escaped) : escaped;
}

/** Names of the functions that were called, by the ids of the calls: results state both. */
export function calledNames(messages: readonly Message[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { blocks } of messages) {
    for (const block of blocks) {
      if (block.type === 'tool_call') names.set(block.id, wireName(block.name, block.custom === true));
    }
  }
  return names;
}

export interface PlainName {
  readonly name: string;
  readonly custom: boolean;
}

export function plainName(wire: string): PlainName {
  const unwrapped = unwrapName(wire);
  return { name: (unwrapped ?? wire).replace(ESCAPE, unescaped), custom: unwrapped !== undefined };
}

function unescaped(whole: string, hex: string): string {
  const code = Number.parseInt(hex, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
