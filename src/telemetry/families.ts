// Metric families over typed arrays: observing is an addition at an index, text is made when asked for.
import { escapeLabel, type LabelIndex } from './label-index.ts';

export interface Family {
  expose(): string;
}

/** An innermost label whose few values are known beforehand. */
export interface FixedLabel {
  readonly name: string;
  readonly values: readonly string[];
}

const SLOTS = 64;

type Doubles = Float64Array<ArrayBuffer>;

/** The same values with room for `index`. */
function grown(values: Doubles, index: number): Doubles {
  if (index < values.length) return values;
  const wider = new Float64Array(Math.max(index + 1, values.length * 2));
  wider.set(values);
  return wider;
}

export class Counter implements Family {
  readonly #name: string;
  readonly #help: string;
  readonly #index: LabelIndex;
  readonly #fixed: FixedLabel | undefined;
  readonly #width: number;
  /** What one counted unit is in the unit of the family's name. */
  readonly #scale: number;
  #values = new Float64Array(SLOTS);

  constructor(name: string, help: string, index: LabelIndex, fixed?: FixedLabel, scale = 1) {
    this.#name = name;
    this.#help = help;
    this.#index = index;
    this.#fixed = fixed;
    this.#width = fixed?.values.length ?? 1;
    this.#scale = scale;
  }

  add(slot: number, amount: number, which = 0): void {
    const at = slot * this.#width + which;
    if (at >= this.#values.length) this.#values = grown(this.#values, at);
    this.#values[at] = (this.#values[at] ?? 0) + amount;
  }

  expose(): string {
    const rows: string[] = [];
    for (const [slot, labels] of this.#index.labels.entries()) {
      for (let which = 0; which < this.#width; which += 1) {
        const value = this.#values[slot * this.#width + which] ?? 0;
        if (value !== 0) rows.push(row(this.#name, this.#labels(labels, which), value / this.#scale));
      }
    }
    return family(this.#name, this.#help, 'counter', rows);
  }

  #labels(labels: string, which: number): string {
    if (this.#fixed === undefined) return labels;
    return joined(labels, `${this.#fixed.name}="${this.#fixed.values[which] ?? ''}"`);
  }
}

export class Histogram implements Family {
  readonly #name: string;
  readonly #help: string;
  readonly #index: LabelIndex;
  readonly #bounds: Float64Array;
  /** Per slot: a count for each bound and one above them all. */
  #counts = new Float64Array(SLOTS);
  #sums = new Float64Array(SLOTS);

  constructor(name: string, help: string, index: LabelIndex, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#index = index;
    this.#bounds = Float64Array.from(bounds);
  }

  observe(slot: number, value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    at += slot * (bounds.length + 1);
    if (at >= this.#counts.length) this.#counts = grown(this.#counts, at);
    if (slot >= this.#sums.length) this.#sums = grown(this.#sums, slot);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sums[slot] = (this.#sums[slot] ?? 0) + value;
  }

  expose(): string {
    const rows: string[] = [];
    for (const [slot, labels] of this.#index.labels.entries()) this.#rows(slot, labels, rows);
    return family(this.#name, this.#help, 'histogram', rows);
  }

  #rows(slot: number, labels: string, rows: string[]): void {
    const buckets: string[] = [];
    const start = slot * (this.#bounds.length + 1);
    let count = 0;
    for (const [i, bound] of this.#bounds.entries()) {
      count += this.#counts[start + i] ?? 0;
      buckets.push(row(`${this.#name}_bucket`, joined(labels, `le="${bound}"`), count));
    }
    count += this.#counts[start + this.#bounds.length] ?? 0;
    if (count === 0) return;
    rows.push(...buckets);
    rows.push(row(`${this.#name}_bucket`, joined(labels, 'le="+Inf"'), count));
    rows.push(row(`${this.#name}_sum`, labels, this.#sums[slot] ?? 0));
    rows.push(row(`${this.#name}_count`, labels, count));
  }
}

export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asked for its values when scraped. */
export class Gauge implements Family {
  readonly #name: string;
  readonly #help: string;
  readonly #type: 'gauge' | 'counter';
  readonly #read: () => readonly Reading[];

  constructor(name: string, help: string, type: 'gauge' | 'counter', read: () => readonly Reading[]) {
    this.#name = name;
    this.#help = help;
    this.#type = type;
    this.#read = read;
  }

  expose(): string {
    const rows = this.#read().map(({ labels = {}, value }) => {
      const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
      return row(this.#name, pairs.join(','), value);
    });
    return family(this.#name, this.#help, this.#type, rows);
  }
}

/** A family nobody has touched says nothing. */
function family(name: string, help: string, type: string, rows: readonly string[]): string {
  return rows.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.join('')}`;
}

function row(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
}

function joined(labels: string, more: string): string {
  return labels === '' ? more : `${labels},${more}`;
}
