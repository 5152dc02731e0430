// Cuts a stream of server-sent events at event boundaries, however the bytes were split on the way.
// What goes out is always one or more whole events; the unfinished rest waits, bounded.
import { UnfinishedBytes } from './unfinished-bytes.ts';

/** The blank line that ends an event, in every mix of LF, CRLF and CR. */
const BOUNDARIES = ['\n\n', '\n\r\n', '\r\r'] as const;
const LONGEST = 3;

export interface FramerOutput {
  /** One or more whole events, blank lines included. */
  events(bytes: Buffer): void;
  /** An event outgrew the bound; nothing follows. */
  overflow(): void;
}

export class SseFramer {
  readonly #output: FramerOutput;
  readonly #bound: number;
  readonly #rest = new UnfinishedBytes();
  #overflowed = false;

  constructor(bound: number, output: FramerOutput) {
    this.#bound = bound;
    this.#output = output;
  }

  /** Bytes of an unfinished event. */
  get pending(): number {
    return this.#rest.length;
  }

  push(chunk: Buffer): void {
    if (this.#overflowed) return;
    const cut = this.#lastBoundary(chunk);
    if (cut === 0) {
      this.#keep(chunk);
      return;
    }
    const whole = cut === chunk.length ? chunk : chunk.subarray(0, cut);
    this.#output.events(this.#rest.length === 0 ? whole : this.#rest.takeWith(whole));
    if (cut < chunk.length) this.#keep(chunk.subarray(cut));
  }

  /** What is left when the stream ends: an event that lacks its blank line, or nothing. */
  rest(): Buffer | undefined {
    if (this.#rest.length === 0 || this.#overflowed) return undefined;
    return this.#rest.takeWith();
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
    return cut > 0 || this.#rest.length === 0 ? cut : this.#seamBoundary(chunk);
  }

  /** A blank line may begin in the waiting bytes and end in the new ones. */
  #seamBoundary(chunk: Buffer): number {
    const before = this.#rest.tail(LONGEST - 1);
    const seam = before + chunk.toString('latin1', 0, Math.min(chunk.length, LONGEST - 1));
    let cut = 0;
    for (const boundary of BOUNDARIES) {
      const at = seam.lastIndexOf(boundary);
      if (at >= 0) cut = Math.max(cut, at + boundary.length - before.length);
    }
    return cut;
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
