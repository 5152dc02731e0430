// How many second tries an upstream may be sent: a fifth of its calls and a few more. A try that helped gives its
// credit back, and while the upstream answers, tries are free: what is bounded is a storm on one that is down.
import type { Clock } from '../../../ports.ts';

// In fifths of a try, which is what a call earns.
const TRY = 5;
const FLOOR = 5 * TRY;
const MOST = 50 * TRY;
/** As much as the floor comes back in this many milliseconds, calls or not. */
const REFILL = 10_000;

export class RetryBudget {
  readonly #clock: Clock;
  #credit = FLOOR;
  #seenAt: number;
  /** Did the last attempt fail? */
  #failing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#seenAt = clock.now();
  }

  /** A call's first attempt goes there. */
  earn(): void {
    this.#credit = Math.min(MOST, this.#credit + 1);
  }

  /** May a later attempt of a call go there? */
  spend(): boolean {
    if (!this.#failing) return true;
    this.#refill();
    if (this.#credit < TRY) return false;
    this.#credit -= TRY;
    return true;
  }

  /** How an attempt ended; `again`: it was a second try. */
  report(ok: boolean, again: boolean): void {
    if (ok && again && this.#failing) this.#credit = Math.min(MOST, this.#credit + TRY);
    this.#failing = !ok;
  }

  #refill(): void {
    const now = this.#clock.now();
    const back = ((now - this.#seenAt) / REFILL) * FLOOR;
    if (this.#credit < FLOOR) this.#credit = Math.min(FLOOR, this.#credit + back);
    this.#seenAt = now;
  }
}
