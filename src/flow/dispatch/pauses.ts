// Waits between attempts. They hang on the one coarse timer and end when the caller leaves.
import type { Cancel } from '../../lib/cancel.ts';
import { Deadlines, type Timed } from '../../lib/deadlines.ts';
import type { Clock, Ticker } from '../../ports.ts';

export class Pauses {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;

  constructor(clock: Clock, ticker: Ticker) {
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, ticker);
  }

  /** False when the caller left meanwhile. */
  wait(milliseconds: number, cancel: Cancel): Promise<boolean> {
    if (cancel.requested) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (whole: boolean): void => {
        this.#deadlines.remove(pause);
        cancel.forget(left);
        resolve(whole);
      };
      const left = (): void => end(false);
      const pause: Timed = {
        place: -1,
        deadline: this.#clock.now() + milliseconds,
        expire: () => end(true),
      };
      cancel.onRequest(left);
      this.#deadlines.add(pause);
    });
  }
}
