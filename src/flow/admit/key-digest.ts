// Stage admit: HMAC-SHA-256 in two one-shot hashes over prepared blocks; node's own HMAC object takes
// several times as long for a key's few bytes. The blocks are those of RFC 2104.
import { hash } from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;
const ROOM = 1_024;
/** One character per byte. */
const LATIN1 = 'binary';

export class KeyDigest {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  constructor(pepper: Buffer) {
    const padded = Buffer.alloc(BLOCK);
    (pepper.length > BLOCK ? hash('sha256', pepper, 'buffer') : pepper).copy(padded);
    this.#inner = Buffer.alloc(BLOCK + ROOM);
    this.#outer = Buffer.alloc(BLOCK + DIGEST);
    for (const [at, byte] of padded.entries()) {
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  /** The digest in latin1: one character per byte, the cheapest text to look up and compare. */
  of(key: string): string {
    const text = this.#inner;
    const end = BLOCK + text.write(key, BLOCK);
    if (end > text.length - 4) return this.#ofLong(key);
    const inner = hash('sha256', text.subarray(0, end), LATIN1);
    text.fill(0, BLOCK, end);
    this.#outer.write(inner, BLOCK, LATIN1);
    return hash('sha256', this.#outer, LATIN1);
  }

  /** `write` stops at the last whole character, so a nearly full room may hold a part only. */
  #ofLong(key: string): string {
    const text = Buffer.concat([this.#inner.subarray(0, BLOCK), Buffer.from(key)]);
    this.#inner.fill(0, BLOCK);
    this.#outer.write(hash('sha256', text, LATIN1), BLOCK, LATIN1);
    return hash('sha256', this.#outer, LATIN1);
  }
}

/** A key as records keep it: hex of HMAC-SHA-256(pepper, key). */
export function digestOf(pepper: Buffer, key: string): string {
  return Buffer.from(new KeyDigest(pepper).of(key), LATIN1).toString('hex');
}
