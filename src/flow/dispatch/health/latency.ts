// Times to the first content of a target, as a histogram that forgets: enough to say "slower than nineteen in twenty".

/** Each bucket ends a fifth above the one before, from one millisecond to some minutes. */
const STEP = Math.log(1.2);
const BUCKETS = 72;
/** Then all counts are halved: what is old weighs less and less. */
const FORGET_AT = 500;
/** Fewer say nothing about the slow ones. */
const LEAST = 20;

export class Latency {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;

  note(milliseconds: number): void {
    const place = milliseconds <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(milliseconds) / STEP));
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total += 1;
    if (this.#total >= FORGET_AT) this.#forget();
  }

  /** Milliseconds that `share` of the calls stayed within; undefined while too few are known. */
  quantile(share: number): number | undefined {
    if (this.#total < LEAST) return undefined;
    let passed = 0;
    for (let place = 0; place < BUCKETS; place += 1) {
      passed += this.#counts[place] ?? 0;
      if (passed >= share * this.#total) return Math.exp(place * STEP);
    }
    return Math.exp((BUCKETS - 1) * STEP);
  }

  #forget(): void {
    this.#total = 0;
    for (let place = 0; place < BUCKETS; place += 1) {
      const half = (this.#counts[place] ?? 0) / 2;
      this.#counts[place] = half;
      this.#total += half;
    }
  }
}
