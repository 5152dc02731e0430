// How many at a time an upstream does well with, found out by trying: a few more while answers begin as soon as
// ever, a fifth fewer when they begin late. What counts is the time to the first content. The whole time mostly says
// how long answers are.
//
// Prompts take long to read by themselves, so a time is compared only with those of prompts of its size: within a
// class the longest is √2 times the shortest, and reading grows little more than in proportion, so sizes alone cannot
// make a median twice the usual. What is usual is learned while at most half of the limit is in use, and downwards
// always: so a crowd does not become the measure. At the lowest limit every call counts as alone: if an upstream has
// become slow by itself, that is learned there, and the limit comes back.

export interface AdaptiveBounds {
  readonly min: number;
  readonly max: number;
}

export interface Answered {
  readonly began: number;
  /** Milliseconds from there to the first content; undefined when the answer came as a whole, which says nothing. */
  readonly firstContent: number | undefined;
  /** Of the prompt, in whatever unit grows with the work of reading it. */
  readonly size: number;
}

const FIRST_LIMIT = 8;
/** So many times the usual is late. */
const LATE = 2;
const FEWER = 0.8;
/** After a refusal or a timeout. */
const FEWER_REFUSED = 0.5;
const LEARNING = 0.1;
const LEAST_HEARD = 8;
const CLASSES_AN_OCTAVE = 2;

export class AdaptiveLimit {
  #bounds: AdaptiveBounds;
  #limit: number;
  readonly #usual = new Map<number, number>();
  #lateness: number[] = [];
  /** Was the limit what held calls back? Else nothing is known about a higher one. */
  #reached = false;
  /** More than half of the limit was in use at this moment. */
  #busyAt = Number.NEGATIVE_INFINITY;
  #changedAt = Number.NEGATIVE_INFINITY;
  #whole = 0;

  constructor(bounds: AdaptiveBounds) {
    this.#bounds = bounds;
    this.#limit = within(FIRST_LIMIT, bounds);
  }

  get limit(): number {
    return this.#limit;
  }

  rebound(bounds: AdaptiveBounds): void {
    this.#bounds = bounds;
    this.#limit = within(this.#limit, bounds);
  }

  /** So many are at work now. */
  using(used: number, now: number): void {
    if (used >= this.#limit) this.#reached = true;
    if (used > Math.max(this.#bounds.min, this.#limit / 2)) this.#busyAt = now;
  }

  answered({ began, firstContent, size }: Answered, now: number): void {
    if (firstContent === undefined) {
      this.#answeredWhole();
      return;
    }
    const lateness = this.#compare(sizeClass(size), firstContent, this.#busyAt < began);
    // Begun under another limit, it says nothing about this one.
    if (began < this.#changedAt) return;
    this.#lateness.push(lateness);
    if (this.#lateness.length < Math.max(LEAST_HEARD, this.#limit)) return;
    const late = median(this.#lateness) > LATE;
    if (late) this.#set(Math.floor(this.#limit * FEWER), now);
    else if (this.#reached) this.#set(this.#limit + Math.floor(Math.sqrt(this.#limit)), now);
    this.#lateness = [];
    this.#reached = false;
  }

  /** The upstream said it has too much to do, or said nothing. Those who began together fail together: once counts. */
  refused(began: number, now: number): void {
    if (began < this.#changedAt) return;
    this.#set(Math.floor(this.#limit * FEWER_REFUSED), now);
    this.#lateness = [];
  }

  /** That it was not refused is all it says: enough to win back what refusals took, not more. */
  #answeredWhole(): void {
    this.#whole += 1;
    if (this.#whole < this.#limit || this.#limit >= within(FIRST_LIMIT, this.#bounds)) return;
    this.#whole = 0;
    this.#limit += 1;
  }

  #compare(sizes: number, took: number, alone: boolean): number {
    const usual = this.#usual.get(sizes);
    if (usual === undefined) {
      this.#usual.set(sizes, took);
      return 1;
    }
    if (alone || took < usual) this.#usual.set(sizes, usual + LEARNING * (took - usual));
    return took / Math.max(usual, 1);
  }

  #set(limit: number, now: number): void {
    const next = within(limit, this.#bounds);
    if (next < this.#limit) this.#changedAt = now;
    this.#limit = next;
    this.#whole = 0;
  }
}

function within(limit: number, { min, max }: AdaptiveBounds): number {
  return Math.min(max, Math.max(min, limit));
}

function sizeClass(size: number): number {
  return Math.round(CLASSES_AN_OCTAVE * Math.log2(Math.max(1, size)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
