// One coarse timer for everything that may not wait for ever: a set of things that know their deadline.

import { Roster, type Rostered } from './roster.ts';

export interface Timed extends Rostered {
  /** Monotonic milliseconds; Infinity while there is nothing to wait for. */
  deadline: number;
  /** Called once the deadline has passed; the thing takes itself out or sets a new one. */
  expire(now: number): void;
}

interface Tick {
  every(milliseconds: number, tick: () => void): () => void;
}

export class Deadlines {
  readonly #timed = new Roster<Timed>();
  readonly #clock: { now(): number };
  readonly #ticker: Tick;
  readonly #grain: number;
  #stop: (() => void) | undefined = undefined;

  constructor(clock: { now(): number }, ticker: Tick, grain = 50) {
    this.#clock = clock;
    this.#ticker = ticker;
    this.#grain = grain;
  }

  get size(): number {
    return this.#timed.size;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    this.#stop ??= this.#ticker.every(this.#grain, () => this.sweep());
  }

  remove(timed: Timed): void {
    this.#timed.remove(timed);
  }

  /** The timer itself is left running between calls and stops on the first sweep that finds nothing. */
  sweep(): void {
    if (this.#timed.size === 0) {
      this.#stop?.();
      this.#stop = undefined;
      return;
    }
    const now = this.#clock.now();
    this.#timed.visitAll((timed) => {
      if (timed.deadline <= now) timed.expire(now);
    });
  }
}
