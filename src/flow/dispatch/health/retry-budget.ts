// How many second tries an upstream may be sent: a fifth of its calls and a few more. A try that helped gives its
// credit back, and while the upstream answers, tries are free: what is bounded is a storm on one that is down.
import type { Clock } from '../../../ports.ts';

const SHARE = 0.2;
/** Credits there are without any calls; as many come back in ten seconds. */
const FLOOR = 5;
const MOST = 50;
const REFILL = FLOOR / 10_000;

export class RetryBudget {
  readonly #clock: Clock;
  #credits = FLOOR;
  #seenAt: number;
  /** Did the last attempt fail? */
  #failing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#seenAt = clock.now();
  }

  /** A call's first attempt goes there. */
  earn(): void {
    this.#credits = Math.min(MOST, this.#credits + SHARE);
  }

  /** May a later attempt of a call go there? */
  spend(): boolean {
    this.#refill();
    if (!this.#failing) return true;
    if (this.#credits < 1) return false;
    this.#credits -= 1;
    return true;
  }

  /** How an attempt ended; `again`: it was paid for. */
  report(ok: boolean, again: boolean): void {
    if (ok && again && this.#failing) this.#credits = Math.min(MOST, this.#credits + 1);
    this.#failing = !ok;
  }

  #refill(): void {
    const now = this.#clock.now();
    if (this.#credits < FLOOR) {
      this.#credits = Math.min(FLOOR, this.#credits + (now - this.#seenAt) * REFILL);
    }
    this.#seenAt = now;
  }
}
