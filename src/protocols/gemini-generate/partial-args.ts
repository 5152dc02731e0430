// Arguments that stream piece by piece, each with the path of what it belongs to: put together to the object
// they are pieces of. A piece that has no place among the others is a fault: a call without it would be another call.
import { asArray, asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';

type Step = string | number;
type Tree = { [name: string]: Tree | Json } | (Tree | Json)[];

/** An index this far behind the end of its list is no address: one must not cost memory. */
const MOST_GAP = 1000;
/** All that one call's lists may leave empty: nor must many. */
const MOST_FILL = 10_000;
const MOST_STEPS = 100;

export class PartialArgs {
  readonly #root: { [name: string]: Tree | Json } = {};
  #filled = 0;
  /** The first address at which nothing could be put. */
  lost: string | undefined = undefined;

  add(pieces: Json | undefined): void {
    for (const piece of asArray(pieces) ?? []) this.#add(piece);
  }

  merge(args: Json | undefined): void {
    for (const [name, value] of Object.entries(asObject(args) ?? {})) {
      if (value !== undefined) put(this.#root, name, value);
    }
  }

  toString(): string {
    return JSON.stringify(this.#root);
  }

  #add(piece: Json): void {
    const wire = asObject(piece);
    const path = asString(wire?.jsonPath);
    // Says nothing of any value: some begin or end so.
    if (wire === undefined || path === undefined) return;
    const steps = parsePath(path);
    const last = steps?.at(-1);
    const place = steps === undefined ? undefined : this.#placeOf(steps);
    const isPut = place !== undefined && last !== undefined && this.#put(place, last, wire);
    if (!isPut) this.lost ??= path;
  }

  #put(place: Tree, last: Step, wire: JsonObject): boolean {
    const text = asString(wire.stringValue);
    if (text === undefined) return this.#define(place, last, plainValue(wire));
    const before = read(place, last);
    // A string comes in as many pieces as it likes.
    return this.#define(place, last, (typeof before === 'string' ? before : '') + text);
  }

  /** What holds the value: made of objects and lists as the path asks for them. */
  #placeOf(steps: readonly Step[]): Tree | undefined {
    let place: Tree = this.#root;
    for (let at = 0; at + 1 < steps.length; at += 1) {
      const step = steps[at] as Step;
      let next = read(place, step);
      if (next === undefined || next === null || typeof next !== 'object') {
        next = typeof steps[at + 1] === 'number' ? [] : {};
        if (!this.#define(place, step, next)) return undefined;
      }
      place = next as Tree;
    }
    return place;
  }

  #define(place: Tree, step: Step, value: Tree | Json): boolean {
    if (Array.isArray(place)) {
      if (typeof step !== 'number') return false;
      const gap = Math.max(0, step - place.length);
      if (gap > MOST_GAP || this.#filled + gap > MOST_FILL) return false;
      this.#filled += gap;
      while (place.length < step) place.push(null);
    }
    put(place, step, value);
    return true;
  }
}

function plainValue(wire: { readonly [name: string]: Json | undefined }): Json {
  if (typeof wire.boolValue === 'boolean') return wire.boolValue;
  return asNumber(wire.numberValue) ?? null;
}

function read(place: Tree, step: Step): Tree | Json | undefined {
  if (Array.isArray(place)) return typeof step === 'number' ? place[step] : undefined;
  return Object.hasOwn(place, step) ? place[step] : undefined;
}

/** As an own property, whatever it is called: `__proto__` is a name like any other. */
function put(place: object, step: Step, value: Tree | Json): void {
  Object.defineProperty(place, step, { value, writable: true, enumerable: true, configurable: true });
}

const STEP = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/y;

/** `$.items[0].price` and `$['a b']`; undefined when it is no such path. */
export function parsePath(path: string): readonly Step[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null || steps.length === MOST_STEPS) return undefined;
    const [, name, index, single, double] = match;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'));
  }
  return steps;
}
