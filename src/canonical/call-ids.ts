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

function isNine(id: string): boolean {
  return /^[A-Za-z0-9]{9}$/.test(id);
}
