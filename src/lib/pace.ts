// How fast something moves: the usual time from one step to the next, the newest counting most.

const NEWEST = 0.2;

export class Pace {
  #usual: number | undefined = undefined;
  #from = 0;

  /** It moves from now on; what was before was rest. */
  begin(now: number): void {
    this.#from = now;
  }

  step(now: number): void {
    const took = now - this.#from;
    this.#usual = this.#usual === undefined ? took : this.#usual + NEWEST * (took - this.#usual);
    this.#from = now;
  }

  /** Milliseconds a step; a stop longer than usual counts. Undefined before the first step. */
  perStep(now: number): number | undefined {
    return this.#usual === undefined ? undefined : Math.max(this.#usual, now - this.#from);
  }
}
