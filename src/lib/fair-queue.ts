// Who is next when several share something that is taken for a while and given back. Within a level: who holds least
// now, then who has held least while others waited. Time held is what is fair, not calls or tokens: it is exactly
// what the others go without, it needs no guess of how long an answer will be, and nobody can understate it.
import { Line, type Standing } from './line.ts';

/** 0 goes first. */
export type Level = 0 | 1 | 2;
const LEVELS = [0, 1, 2] as const;

/** So often may others be served over the heads of a lower level, before one of it has its turn. */
const MOST_PASSED = 8;

/** One that shares. Create one for each and keep it while it holds or waits. */
export class Sharer<Item extends Waiting<Item>> {
  held = 0;
  waiting = 0;
  /** Milliseconds held, summed over all it held at a time, since somebody has to wait. */
  used = 0;
  /** `used` counts up to here, in this spell of waiting; older spells are forgotten. */
  countedTo = 0;
  spell = -1;
  /** When it was served last: later is larger. Takes turns among those who have used the same. */
  turn = 0;
  readonly lines: readonly [Line<Item>, Line<Item>, Line<Item>] = [new Line(), new Line(), new Line()];
}

export interface Waiting<Item extends Waiting<Item>> extends Standing<Item> {
  readonly sharer: Sharer<Item>;
  readonly level: Level;
  /** Rising: earlier ones are smaller. The queue writes it. */
  number: number;
}

class Floor<Item extends Waiting<Item>> {
  readonly sharers = new Set<Sharer<Item>>();
  length = 0;
  passed = 0;
  /** Since when it waits for one of it to be served. */
  since = 0;
}

export class FairQueue<Item extends Waiting<Item>> {
  readonly #floors: readonly [Floor<Item>, Floor<Item>, Floor<Item>] = [
    new Floor(),
    new Floor(),
    new Floor(),
  ];
  #numbers = 0;
  #turns = 0;
  #spell = 0;
  #spellBegan = 0;
  length = 0;
  /** A lower level that nobody was served of for so many milliseconds has its turn. Single calls do not age: a crowd's old ones would overtake everybody's new ones. */
  patience: number;

  constructor(patience: number) {
    this.patience = patience;
  }

  add(item: Item, now: number): void {
    if (this.length === 0) {
      // What was held while nobody waited was nobody's loss.
      this.#spell += 1;
      this.#spellBegan = now;
    }
    const { sharer, level } = item;
    this.#count(sharer, now);
    if (sharer.waiting === 0) sharer.used = Math.max(sharer.used, this.#leastUsed(now));
    const floor = this.#floors[level];
    if (floor.length === 0) {
      floor.passed = 0;
      floor.since = now;
    }
    this.#numbers += 1;
    item.number = this.#numbers;
    sharer.lines[level].add(item);
    floor.sharers.add(sharer);
    floor.length += 1;
    sharer.waiting += 1;
    this.length += 1;
  }

  /** Leaves without having been served. */
  remove(item: Item): void {
    const { sharer, level } = item;
    const floor = this.#floors[level];
    sharer.lines[level].remove(item);
    if (sharer.lines[level].length === 0) floor.sharers.delete(sharer);
    floor.length -= 1;
    sharer.waiting -= 1;
    this.length -= 1;
  }

  /** Takes out who is next. */
  take(now: number): Item | undefined {
    const level = this.#nextLevel(now);
    if (level === undefined) return undefined;
    let next: Sharer<Item> | undefined;
    for (const sharer of this.#floors[level].sharers) {
      this.#count(sharer, now);
      if (next === undefined || isBefore(sharer, next, level)) next = sharer;
    }
    const item = next?.lines[level].first;
    if (next === undefined || item === undefined) return undefined;
    this.#turns += 1;
    next.turn = this.#turns;
    this.#served(level, now);
    this.remove(item);
    return item;
  }

  /** To be told before `held` of a sharer changes. */
  counts(sharer: Sharer<Item>, now: number): void {
    if (this.length > 0) this.#count(sharer, now);
  }

  /** How many go before it if nobody else comes and everybody's calls take equally long. */
  ahead(item: Item, now: number): number {
    const { sharer, level } = item;
    let ahead = 0;
    for (const higher of LEVELS) if (higher < level) ahead += this.#floors[higher].length;
    let own = 0;
    for (let other = item.before; other !== undefined; other = other.before) own += 1;
    this.#count(sharer, now);
    for (const other of this.#floors[level].sharers) {
      this.#count(other, now);
      const turns = own + (other !== sharer && isBefore(other, sharer, level) ? 1 : 0);
      ahead += other === sharer ? own : Math.min(other.lines[level].length, turns);
    }
    return ahead;
  }

  /**
   * Who has to go to make room for one more of `sharer`: the newest of those who wait in the greatest number, on the
   * lowest level that is not above. A ninth of the queue is every level's own, whatever the others want. Undefined:
   * nobody who waits in a greater number than `sharer` itself would.
   */
  leastOwed(sharer: Sharer<Item>, level: Level): Item | undefined {
    const own = Math.max(1, Math.floor(this.length / (MOST_PASSED + 1)));
    const wide = (at: Level): boolean => this.#floors[at].length > own;
    const lower = LEVELS.findLast((at) => at > level && wide(at));
    if (lower !== undefined) return this.#newestOfMost(lower, 0);
    const same = this.#newestOfMost(level, sharer.lines[level].length + 1);
    if (same !== undefined || this.#floors[level].length >= own) return same;
    const higher = LEVELS.findLast((at) => at < level && wide(at));
    return higher === undefined ? undefined : this.#newestOfMost(higher, 0);
  }

  /** Of the sharer with the most in line, if it has more than so many. */
  #newestOfMost(level: Level, than: number): Item | undefined {
    let newest: Item | undefined;
    let most = than;
    for (const { lines } of this.#floors[level].sharers) {
      if (lines[level].length <= most) continue;
      most = lines[level].length;
      newest = lines[level].last;
    }
    return newest;
  }

  #nextLevel(now: number): Level | undefined {
    const top = LEVELS.find((level) => this.#floors[level].length > 0);
    for (const level of [2, 1] as const) {
      const floor = this.#floors[level];
      if (top === undefined || level <= top || floor.length === 0) continue;
      if (floor.passed >= MOST_PASSED || now - floor.since >= this.patience) return level;
    }
    return top;
  }

  #served(level: Level, now: number): void {
    for (const lower of LEVELS) if (lower > level) this.#floors[lower].passed += 1;
    this.#floors[level].passed = 0;
    this.#floors[level].since = now;
  }

  #count(sharer: Sharer<Item>, now: number): void {
    if (sharer.spell !== this.#spell) {
      sharer.spell = this.#spell;
      sharer.used = 0;
      sharer.turn = 0;
      sharer.countedTo = this.#spellBegan;
    }
    sharer.used += sharer.held * (now - sharer.countedTo);
    sharer.countedTo = now;
  }

  /** Who comes later begins where the others are, and has nothing saved up. */
  #leastUsed(now: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const floor of this.#floors) {
      for (const sharer of floor.sharers) {
        this.#count(sharer, now);
        least = Math.min(least, sharer.used);
      }
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }
}

function isBefore<Item extends Waiting<Item>>(a: Sharer<Item>, b: Sharer<Item>, level: Level): boolean {
  if (a.held !== b.held) return a.held < b.held;
  if (a.used !== b.used) return a.used < b.used;
  if (a.turn !== b.turn) return a.turn < b.turn;
  return (a.lines[level].first?.number ?? 0) < (b.lines[level].first?.number ?? 0);
}
