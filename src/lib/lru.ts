// Least recently used map, bounded by entries and by weight, with a deadline per entry. Time is the
// caller's: an entry is there while `now < until`, to the millisecond.

export interface LruBounds {
  readonly maxEntries: number;
  /** In the unit of the weights given to `set`; no bound when absent. */
  readonly maxWeight?: number;
}

interface Held<Value> {
  readonly value: Value;
  readonly weight: number;
  readonly until: number;
}

export class Lru<Key, Value> {
  readonly #maxEntries: number;
  readonly #maxWeight: number;
  /** A Map keeps insertion order: the first entry is the one longest unused. */
  readonly #held = new Map<Key, Held<Value>>();
  #weight = 0;

  constructor(bounds: LruBounds) {
    this.#maxEntries = bounds.maxEntries;
    this.#maxWeight = bounds.maxWeight ?? Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#held.size;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: Key, now = 0): Value | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    if (held.until <= now) {
      this.#weight -= held.weight;
      return undefined;
    }
    this.#held.set(key, held);
    return held.value;
  }

  /** False when the entry alone is heavier than the bound: it is not kept, nor is what it replaces. */
  set(key: Key, value: Value, weight = 1, until = Number.POSITIVE_INFINITY): boolean {
    this.delete(key);
    if (weight > this.#maxWeight || this.#maxEntries < 1) return false;
    this.#held.set(key, { value, weight, until });
    this.#weight += weight;
    for (const [oldest] of this.#held) {
      if (this.#held.size <= this.#maxEntries && this.#weight <= this.#maxWeight) break;
      this.delete(oldest);
    }
    return true;
  }

  delete(key: Key): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#weight -= held.weight;
  }

  /** As they stand, expired ones among them. */
  *values(): Generator<Value> {
    for (const { value } of this.#held.values()) yield value;
  }

  clear(): void {
    this.#held.clear();
    this.#weight = 0;
  }
}
