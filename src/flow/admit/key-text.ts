// Stage admit: what our own keys look like. `sb-`, 256 random bits in base64url, and six characters
// that depend on them, so that a mistyped or cut-off key is told apart from one that was revoked.
import { hash } from 'node:crypto';

const PREFIX = 'sb-';
const RANDOM_BYTES = 32;
const CHECK_LENGTH = 6;
const ISSUED = /^sb-[\w-]{49}$/;
/** Beginnings that well-known vendors give their own credentials. */
const FOREIGN = ['sk-', 'gsk_', 'xai-', 'hf_', 'r8_', 'AIza', 'AKIA', 'eyJ'];

/** A new key from 32 random bytes. It is shown once, to whoever asked for it; we keep its digest. */
export function newKey(random: Buffer): string {
  if (random.length !== RANDOM_BYTES) throw new RangeError(`A key takes ${RANDOM_BYTES} random bytes.`);
  const body = PREFIX + random.toString('base64url');
  return body + checkOf(body);
}

export type KeyShape = 'whole' | 'broken' | 'foreign' | 'any';

/** What a key that nobody knows looks like. Keys chosen by operators may look like anything. */
export function shapeOf(key: string): KeyShape {
  if (key.startsWith(PREFIX)) {
    return ISSUED.test(key) && key.endsWith(checkOf(key.slice(0, -CHECK_LENGTH))) ? 'whole' : 'broken';
  }
  return FOREIGN.some((prefix) => key.startsWith(prefix)) ? 'foreign' : 'any';
}

function checkOf(body: string): string {
  return hash('sha256', body, 'base64url').slice(0, CHECK_LENGTH);
}
