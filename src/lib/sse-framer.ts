// Cuts a stream of server-sent events at event boundaries, however the bytes were split on the way.
// What goes out is always one or more whole events; the unfinished rest waits, bounded.

/** The blank line that ends an event, in every mix of LF, CRLF and CR. */
const BOUNDARIES = ['\n\n', '\n\r\n', '\r\r'] as const;
const LONGEST = 3;
const FIRST_CAPACITY = 4096;

export interface FramerOutput {
  /** One or more whole events, blank lines included. */
  events(bytes: Buffer): void;
  /** An event outgrew the bound; nothing follows. */
  overflow(): void;
}

export class SseFramer {
  readonly #output: FramerOutput;
  readonly #bound: number;
  #held: Buffer = Buffer.alloc(0);
  #length = 0;
  #overflowed = false;

  constructor(bound: number, output: FramerOutput) {
    this.#bound = bound;
    this.#output = output;
  }

  /** Bytes of an unfinished event. */
  get pending(): number {
    return this.#length;
  }

  push(chunk: Buffer): void {
    if (this.#overflowed) return;
    const cut = this.#lastBoundary(chunk);
    if (cut === 0) {
      this.#hold(chunk);
      return;
    }
    const whole = cut === chunk.length ? chunk : chunk.subarray(0, cut);
    this.#output.events(this.#length === 0 ? whole : this.#takeHeldWith(whole));
    if (cut < chunk.length) this.#hold(chunk.subarray(cut));
  }

  /** What is left when the stream ends: an event that lacks its blank line, or nothing. */
  rest(): Buffer | undefined {
    if (this.#length === 0 || this.#overflowed) return undefined;
    return this.#takeHeldWith(Buffer.alloc(0));
  }

  /** How many bytes of `chunk` belong to finished events; 0 for none. */
  #lastBoundary(chunk: Buffer): number {
    const length = chunk.length;
    if (length >= 2 && chunk[length - 1] === 0x0a && chunk[length - 2] === 0x0a) return length;
    let cut = 0;
    for (const boundary of BOUNDARIES) {
      const at = chunk.lastIndexOf(boundary, undefined, 'latin1');
      if (at >= 0) cut = Math.max(cut, at + boundary.length);
    }
    return cut > 0 || this.#length === 0 ? cut : this.#seamBoundary(chunk);
  }

  /** A blank line may begin in the held bytes and end in the new ones. */
  #seamBoundary(chunk: Buffer): number {
    const before = this.#held.toString('latin1', Math.max(0, this.#length - LONGEST + 1), this.#length);
    const seam = before + chunk.toString('latin1', 0, Math.min(chunk.length, LONGEST - 1));
    let cut = 0;
    for (const boundary of BOUNDARIES) {
      const at = seam.lastIndexOf(boundary);
      if (at >= 0) cut = Math.max(cut, at + boundary.length - before.length);
    }
    return cut;
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
      // Doubling keeps a long event that dribbles in byte by byte linear.
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
