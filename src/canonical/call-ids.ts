// Tool call ids on their way to an upstream: kept when it takes them, else hashed. The same id always
// becomes the same one, so calls and their results stay together and prompts stay cacheable.

import { hexDigest } from '../lib/digest.ts';
import type { Quirks } from './provider.ts';

const NINE = 9;

/** `most`: letters the dialect takes. */
export function wireCallId(id: string, quirks: Quirks, most: number): string {
  if (quirks.callIds === 'nine') return isNine(id) ? id : hexDigest(id).slice(0, NINE);
  return id !== '' && id.length <= most ? id : `call_${hexDigest(id).slice(0, 32)}`;
}

const ID_FIELD = '"tool_call_id"';
const QUOTE = 0x22;

/** Are all ids that results name such ids already? Bytes are searched, not parsed. */
export function areNine(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(ID_FIELD); at >= 0; at = bytes.indexOf(ID_FIELD, at + 1)) {
    const from = bytes.indexOf(QUOTE, at + ID_FIELD.length) + 1;
    const to = bytes.indexOf(QUOTE, from);
    if (from === 0 || to < 0 || !isNine(bytes.toString('latin1', from, to))) return false;
  }
  return true;
}

function isNine(id: string): boolean {
  return /^[A-Za-z0-9]{9}$/.test(id);
}
