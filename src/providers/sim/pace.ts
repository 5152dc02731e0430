// One coarse timer for all running replies: due times fall on a common grid, so a thousand streams
// wake the process as often as one does.

/** Runs `fn` once after `ms`; the returned function takes it back. */
export type Schedule = (ms: number, fn: () => void) => () => void;

export const timeouts: Schedule = (ms, fn) => {
  const timer = setTimeout(fn, ms);
  return () => clearTimeout(timer);
};

export interface Paced {
  /** When it wants to go on; infinity while it waits for something else. */
  readonly due: number;
  advance(now: number): void;
}

const GRID = 5;

export class Pacer {
  readonly #clock: { now(): number };
  readonly #schedule: Schedule;
  readonly #running = new Set<Paced>();
  #armed = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | undefined = undefined;

  constructor(clock: { now(): number }, schedule: Schedule) {
    this.#clock = clock;
    this.#schedule = schedule;
  }

  /** Takes it on, or takes note of its new due time. */
  follow(paced: Paced): void {
    this.#running.add(paced);
    this.#arm(paced.due);
  }

  leave(paced: Paced): void {
    this.#running.delete(paced);
    if (this.#running.size === 0) this.#stop();
  }

  #arm(due: number): void {
    const slot = Math.ceil(due / GRID) * GRID;
    if (slot >= this.#armed) return;
    this.#stop();
    this.#armed = slot;
    this.#disarm = this.#schedule(Math.max(0, slot - this.#clock.now()), () => this.#tick());
  }

  #stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    this.#armed = Number.POSITIVE_INFINITY;
  }

  #tick(): void {
    this.#stop();
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const paced of this.#running) {
      if (paced.due <= now) paced.advance(now);
      if (this.#running.has(paced)) next = Math.min(next, paced.due);
    }
    this.#arm(next);
  }
}
