// Cancellation without event targets: one flag, a few listeners, fired in the same tick.

import type { Rostered } from './roster.ts';

export class Cancel implements Rostered {
  place = -1;
  #reason: string | undefined = undefined;
  #first: (() => void) | undefined = undefined;
  #more: Set<() => void> | undefined = undefined;

  get requested(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  /** Runs `listener` on cancellation, at once if that has happened already. */
  onRequest(listener: () => void): void {
    if (this.#reason !== undefined) {
      listener();
      return;
    }
    if (this.#first === undefined) {
      this.#first = listener;
      return;
    }
    this.#more ??= new Set();
    this.#more.add(listener);
  }

  forget(listener: () => void): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#more?.delete(listener);
  }

  request(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const first = this.#first;
    const more = this.#more;
    this.#first = undefined;
    this.#more = undefined;
    first?.();
    if (more !== undefined) for (const listener of more) listener();
  }
}
