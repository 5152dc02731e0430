// Latency histogram in logarithmic buckets: constant memory, under 1% relative error at any magnitude.

const SUB_BITS = 7;
const SUB = 1 << SUB_BITS;
const UNIT_MS = 0.0001;

/** @param {number} ms */
function indexOf(ms) {
  const units = Math.max(0, Math.min(0x7fffffff, Math.round(ms / UNIT_MS)));
  if (units < SUB) return units;
  const shift = 31 - Math.clz32(units) - SUB_BITS;
  return (shift + 1) * SUB + ((units >>> shift) - SUB);
}

/** The middle of a bucket, in milliseconds. @param {number} index */
function valueAt(index) {
  if (index < SUB) return index * UNIT_MS;
  const shift = Math.floor(index / SUB) - 1;
  const low = (SUB + (index % SUB)) * 2 ** shift;
  return (low + (2 ** shift - 1) / 2) * UNIT_MS;
}

export class Histogram {
  #counts = new Uint32Array(SUB * 25);
  count = 0;
  max = 0;

  /** @param {number} ms */
  record(ms) {
    this.#counts[indexOf(ms)]++;
    this.count++;
    if (ms > this.max) this.max = ms;
  }

  /** The value at or below which this share of the records lies; undefined when there are none. @param {number} share */
  quantile(share) {
    if (this.count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index];
      if (seen >= rank) return Math.min(valueAt(index), this.max);
    }
    return this.max;
  }

  summary() {
    if (this.count === 0) return undefined;
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => this.quantile(share));
    return { count: this.count, p50, p90, p99, max: this.max };
  }
}
