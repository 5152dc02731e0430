// Cuts a stream of lines at their ends, however the bytes were split on the way. What goes out is always
// one or more whole lines, LF included; the unfinished rest waits, bounded.
import { UnfinishedBytes } from './unfinished-bytes.ts';

const LF = 0x0a;

export interface LineOutput {
  /** One or more whole lines. A CR before the LF is left where it is. */
  lines(bytes: Buffer): void;
  /** A line outgrew the bound; nothing follows. */
  overflow(): void;
}

export class LineFramer {
  readonly #output: LineOutput;
  readonly #bound: number;
  readonly #rest = new UnfinishedBytes();
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
      this.#keep(chunk);
      return;
    }
    const whole = cut === length ? chunk : chunk.subarray(0, cut);
    this.#output.lines(this.#rest.length === 0 ? whole : this.#rest.takeWith(whole));
    if (cut < length) this.#keep(chunk.subarray(cut));
  }

  /** What is left when the stream ends: a line that lacks its end, or nothing. */
  rest(): Buffer | undefined {
    if (this.#rest.length === 0 || this.#overflowed) return undefined;
    return this.#rest.takeWith();
  }

  #keep(chunk: Buffer): void {
    if (this.#rest.length + chunk.length <= this.#bound) {
      this.#rest.add(chunk);
      return;
    }
    this.#overflowed = true;
    this.#rest.drop();
    this.#output.overflow();
  }
}
