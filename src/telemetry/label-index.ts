// Label values to slot numbers, bounded: what comes after `limit` sets of values shares one slot whose
// labels all say `other`. Values are strings used over and over, so their hashes are there already.

class Node {
  readonly below = new Map<string, Node>();
  slot = -1;
}

const OTHER = 'other';

export class LabelIndex {
  /** Rendered labels of each slot: `model="fast",upstream="here"`. */
  readonly labels: string[] = [];
  readonly #names: readonly string[];
  readonly #limit: number;
  readonly #root = new Node();
  #other = -1;

  constructor(names: readonly string[], limit: number) {
    this.#names = names;
    this.#limit = limit;
  }

  /** One value for each label name, in their order. */
  slot(a: string, b?: string, c?: string, d?: string): number {
    let node = this.#root.below.get(a);
    if (b !== undefined) node = node?.below.get(b);
    if (c !== undefined) node = node?.below.get(c);
    if (d !== undefined) node = node?.below.get(d);
    return node === undefined ? this.#add([a, b, c, d]) : node.slot;
  }

  #add(path: readonly (string | undefined)[]): number {
    const values = this.#names.map((_, i) => path[i] ?? '');
    if (this.labels.length >= this.#limit) return this.#overflow();
    let node = this.#root;
    for (const value of values) {
      let next = node.below.get(value);
      if (next === undefined) {
        next = new Node();
        node.below.set(value, next);
      }
      node = next;
    }
    node.slot = this.#render(values);
    return node.slot;
  }

  #overflow(): number {
    if (this.#other < 0) this.#other = this.#render(this.#names.map(() => OTHER));
    return this.#other;
  }

  #render(values: readonly string[]): number {
    const pairs = this.#names.map((name, i) => `${name}="${escapeLabel(values[i] ?? '')}"`);
    return this.labels.push(pairs.join(',')) - 1;
  }
}

export function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
