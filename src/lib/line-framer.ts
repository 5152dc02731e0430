// Cuts a stream of lines at their ends, however the bytes were split on the way. What goes out is always
// one or more whole lines, LF included; the unfinished rest waits, bounded.

const LF = 0x0a;
const FIRST_CAPACITY = 4096;

export interface LineOutput {
  /** One or more whole lines. A CR before the LF is left where it is. */
  lines(bytes: Buffer): void;
  /** A line outgrew the bound; nothing follows. */
  overflow(): void;
}

export class LineFramer {
  readonly #output: LineOutput;
  readonly #bound: number;
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  #overflowed = false;

  constructor(bound: number, output: LineOutput) {
    this.#bound = bound;
    this.#output = output;
  }

  push(chunk: Buffer): void {
    if (this.#overflowed) return;
    const length = chunk.length;
    const cut = chunk[length - 1] === LF ? length : chunk.lastIndexOf(LF) + 1;
    if (cut === 0) {
      this.#hold(chunk);
      return;
    }
    const whole = cut === length ? chunk : chunk.subarray(0, cut);
    this.#output.lines(this.#length === 0 ? whole : this.#takeHeldWith(whole));
    if (cut < length) this.#hold(chunk.subarray(cut));
  }

  /** What is left when the stream ends: a line that lacks its end, or nothing. */
  rest(): Buffer | undefined {
    if (this.#length === 0 || this.#overflowed) return undefined;
    return this.#takeHeldWith(Buffer.alloc(0));
  }

  #hold(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#bound) {
      this.#overflowed = true;
      this.#held = Buffer.alloc(0);
      this.#length = 0;
      this.#output.overflow();
      return;
    }
    if (length > this.#held.length) {
      // Doubling keeps a long line that dribbles in byte by byte linear.
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, length, this.#held.length * 2));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#length);
    this.#length = length;
  }

  #takeHeldWith(chunk: Buffer): Buffer {
    const whole = Buffer.allocUnsafe(this.#length + chunk.length);
    this.#held.copy(whole, 0, 0, this.#length);
    chunk.copy(whole, this.#length);
    this.#length = 0;
    return whole;
  }
}
