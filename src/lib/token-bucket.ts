// So many per window, refilled continuously. Credit is counted in amount x milliseconds, so that with
// whole milliseconds and whole amounts nothing is ever rounded: full means full, to the millisecond.

export class TokenBucket {
  readonly amount: number;
  /** Milliseconds in which an empty bucket fills up. */
  readonly window: number;
  /** Level times window; `amount` of it flow in per millisecond. Below zero: in debt. */
  #credit: number;
  #at: number;

  constructor(amount: number, window: number, now: number) {
    this.amount = amount;
    this.window = window;
    this.#credit = amount * window;
    this.#at = now;
  }

  level(now: number): number {
    return this.#refill(now) / this.window;
  }

  isFull(now: number): boolean {
    return this.#refill(now) === this.amount * this.window;
  }

  /** Milliseconds until `count` can be taken: 0 for now. More than the bucket holds counts as a full bucket. */
  wait(count: number, now: number): number {
    const missing = Math.min(count, this.amount) * this.window - this.#refill(now);
    return missing <= 0 ? 0 : missing / this.amount;
  }

  /** Takes without asking; the level may go below zero. A negative count gives back. */
  charge(count: number, now: number): void {
    this.#credit = Math.min(this.#refill(now) - count * this.window, this.amount * this.window);
  }

  #refill(now: number): number {
    if (now > this.#at) {
      const full = this.amount * this.window;
      this.#credit = Math.min(full, this.#credit + (now - this.#at) * this.amount);
      this.#at = now;
    }
    return this.#credit;
  }
}
