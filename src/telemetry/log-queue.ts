// Lines on their way out. A few kilobytes leave together; what the other end does not take waits in
// bounded memory, and what does not fit is dropped, counted and told in the next line that gets through.
import type { Redact } from './redact.ts';

/** False: not taken, offer it again later. */
export type WriteText = (text: string) => boolean;

export interface LogQueueOptions {
  readonly write: WriteText;
  readonly redact: Redact;
  /** The line that tells how many are missing. */
  readonly lost: (count: number) => string;
}

const BATCH = 4 * 1024;
const MOST = 1024 * 1024;

export class LogQueue {
  readonly #options: LogQueueOptions;
  #fresh = '';
  /** Redacted and offered once, but not taken. */
  #refused = '';
  #lost = 0;
  #full = false;

  constructor(options: LogQueueOptions) {
    this.#options = options;
  }

  /** A whole line, with its newline. */
  push(line: string): void {
    if (this.#full || this.#fresh.length + this.#refused.length + line.length > MOST) {
      this.#full = true;
      this.#lost += 1;
      return;
    }
    // Pipes take so much in one piece: with several writers, lines stay whole.
    if (this.#refused === '' && this.#fresh !== '' && this.#fresh.length + line.length > BATCH) this.flush();
    this.#fresh += line;
    if (this.#refused === '' && this.#fresh.length >= BATCH) this.flush();
  }

  flush(): void {
    if (this.#refused !== '' && !this.#options.write(this.#refused)) return;
    this.#refused = '';
    this.#full = false;
    if (this.#lost > 0) {
      this.#fresh += this.#options.lost(this.#lost);
      this.#lost = 0;
    }
    if (this.#fresh === '') return;
    const text = this.#options.redact(this.#fresh);
    this.#fresh = '';
    if (!this.#options.write(text)) this.#refused = text;
  }
}
