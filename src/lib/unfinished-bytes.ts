// What a stream has brought of something that is not whole yet. It grows by doubling, so that what dribbles in byte by
// byte stays linear, and what is taken out is its receiver's to keep.

const FIRST_CAPACITY = 4096;
const NONE = Buffer.alloc(0);

export class UnfinishedBytes {
  #bytes: Buffer = NONE;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** All of them; they will be written over. */
  peek(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The last of them, `count` at the most, a character per byte. */
  tail(count: number): string {
    return this.#bytes.toString('latin1', Math.max(0, this.#length - count), this.#length);
  }

  /** All of them and what makes them whole; nothing is left. */
  takeWith(chunk: Buffer = NONE): Buffer {
    const whole = Buffer.allocUnsafe(this.#length + chunk.length);
    this.#bytes.copy(whole, 0, 0, this.#length);
    chunk.copy(whole, this.#length);
    this.#length = 0;
    return whole;
  }

  /** Takes the first `count`; the others stay. */
  take(count: number): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, count));
    this.#bytes.copyWithin(0, count, this.#length);
    this.#length -= count;
    return taken;
  }

  /** Gives the memory back. */
  drop(): void {
    this.#bytes = NONE;
    this.#length = 0;
  }
}
