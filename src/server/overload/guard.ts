// Whether another call can be borne. A coarse tick looks at what is expensive to know; a call costs the
// comparison of a number or two. Every bound is entered at one figure and left at a lower one, so that
// the calls let in again do not at once bring back what they were kept out for.
import type { Clock, Ticker } from '../../ports.ts';
import type { OverloadOptions } from './options.ts';

export const shedReasons = ['lag', 'heap', 'descriptors', 'calls', 'bytes'] as const;
/** Those that hold until a tick takes them back. */
const STANDING = ['lag', 'heap', 'descriptors'] as const;
export type ShedReason = (typeof shedReasons)[number];

/** What the process has, and how much of it is gone. */
export interface Figures {
  heap(): HeapFigure;
  /** Undefined where the system does not tell. */
  descriptors(): { readonly open: number; readonly most: number } | undefined;
  /** A full collection: what the heap says is then what is really held. */
  collect(): void;
}

export interface HeapFigure {
  readonly used: number;
  readonly limit: number;
}

export interface GuardParts {
  readonly bounds: OverloadOptions;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly figures: Figures;
  /** Calls in the house. */
  readonly open: () => number;
  readonly onEpisode: (episode: Episode) => void;
  /** Idle connections are a luxury now. */
  readonly onSaving: () => void;
  /** So many connections more may come in before the next look; Infinity when there is room for all. */
  readonly onRoom: (connections: number) => void;
}

/** What the calls of one key hold together, and may hold at most. */
export interface KeyHold {
  held: number;
  most: number;
}

/** A call whose body is in memory, as far as it has come. */
export interface Holder {
  held: number;
  readonly key: KeyHold;
}

/** Calls were turned away: told when it begins, and again when it has been over for a while. */
export interface Episode {
  readonly reason: ShedReason;
  readonly over: boolean;
  readonly turnedAway: number;
  /** Milliseconds. */
  readonly lasted: number;
}

const GRAIN = 50;
/** Descriptors are looked at every so many ticks. */
const SELDOM = 5;
/** Shares of the heap's limit: below the first, connections are kept alive again; from the last on, calls are turned away. */
const HEAP = { keepAgain: 0.9, close: 0.92, shed: 0.95 };
/** When translated, a body is that much larger on the heap, seldom more. */
const EXPANSION = 4;
/** A body from this size on is worth a look at the heap before it is read. */
const LARGE = 256 * 1024;
const COLLECT_EVERY = 2_000;
/** An episode is over after so long without it: overload comes in bursts. */
const CALM = 5_000;
/** Shedding for so long is no burst; with shorter pauses than this one, it is one and the same. */
const LONG = 5_000;
const PAUSE = 1_000;
const PLENTY = 4_096;

interface Count {
  total: number;
  /** Up to the last tick. */
  seen: number;
  /** When the episode began and when it was last seen; undefined outside one. */
  since: number | undefined;
  last: number;
  before: number;
}

export class OverloadGuard {
  /** Connections are closed behind their answers. */
  saving = false;
  readonly #parts: GuardParts;
  readonly #stop: () => void;
  readonly #counts: Readonly<Record<ShedReason, Count>>;
  readonly #over = { lag: false, heap: false, descriptors: false };
  #standing: ShedReason | undefined = undefined;
  #held = 0;
  #looked: number;
  #wasLate = false;
  /** The heap is. */
  #narrow = false;
  #ticks = 0;
  #collected = Number.NEGATIVE_INFINITY;
  #busySince: number | undefined = undefined;
  #busyLast = 0;
  #long = false;

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#looked = parts.clock.now();
    this.#counts = { lag: none(), heap: none(), descriptors: none(), calls: none(), bytes: none() };
    this.#stop = parts.ticker.every(GRAIN, () => this.#tick());
  }

  /** Has it been too much for so long that calls should be sent elsewhere? */
  get overloaded(): boolean {
    return this.#long;
  }

  /** Bytes of bodies in memory. */
  get held(): number {
    return this.#held;
  }

  /** Why another call cannot be taken in; undefined when it can. */
  refuses(): ShedReason | undefined {
    return this.#standing ?? (this.#parts.open() >= this.#parts.bounds.calls ? 'calls' : undefined);
  }

  /** Why a body of this stated size is not worth beginning to read. Nothing is held for a mere word. */
  refusesBody(bytes: number): ShedReason | undefined {
    if (this.#held > 0 && this.#held + bytes > this.#parts.bounds.bytes) return 'bytes';
    return bytes >= LARGE && this.#wouldBurst(bytes) ? 'heap' : undefined;
  }

  /** Room for bytes that have come, or why there is none. `release` gives back all that the call holds. */
  hold(bytes: number, by: Holder): ShedReason | undefined {
    const { key } = by;
    const sum = this.#held + bytes;
    // Alone, every body that is allowed has room.
    if (sum > this.#parts.bounds.bytes && this.#held > by.held) return 'bytes';
    if (key.held + bytes > key.most) return 'bytes';
    this.#held = sum;
    key.held += bytes;
    by.held += bytes;
    return undefined;
  }

  release(by: Holder): void {
    this.#held -= by.held;
    by.key.held -= by.held;
    by.held = 0;
  }

  /** A call was turned away. */
  shed(reason: ShedReason): void {
    const count = this.#counts[reason];
    count.total += 1;
    if (count.since !== undefined) return;
    const now = this.#parts.clock.now();
    count.since = now;
    count.last = now;
    this.#parts.onEpisode({ reason, over: false, turnedAway: 1, lasted: 0 });
  }

  turnedAway(): readonly (readonly [reason: ShedReason, count: number])[] {
    return shedReasons.map((reason) => [reason, this.#counts[reason].total]);
  }

  close(): void {
    this.#stop();
  }

  #tick(): void {
    const now = this.#parts.clock.now();
    const { bounds } = this.#parts;
    const late = now - this.#looked - GRAIN;
    this.#looked = now;
    const isLate = late > (this.#over.lag ? bounds.lag / 2 : bounds.lag);
    // Once is one large body or a collection: its wait is over, and turning calls away would not shorten it.
    this.#over.lag = isLate && (this.#over.lag || this.#wasLate);
    this.#wasLate = isLate;
    const wasSaving = this.saving;
    this.#lookAtHeap(now);
    if (this.#ticks % SELDOM === 0) this.#lookAtDescriptors();
    this.#ticks += 1;
    this.saving = this.#narrow || this.#over.descriptors;
    this.#standing = STANDING.find((reason) => this.#over[reason]);
    if (this.saving && !wasSaving) this.#parts.onSaving();
    this.#lookAtEpisodes(now);
  }

  /** Garbage counts as used until it is collected, and who turns everybody away makes none: it must be asked for. */
  #lookAtHeap(now: number): void {
    const { figures } = this.#parts;
    let share = shareOf(figures.heap());
    if (share >= HEAP.shed && now - this.#collected >= COLLECT_EVERY) {
      this.#collected = now;
      figures.collect();
      share = shareOf(figures.heap());
    }
    this.#over.heap = share >= (this.#over.heap ? HEAP.close : HEAP.shed);
    this.#narrow = share >= (this.#narrow ? HEAP.keepAgain : HEAP.close);
  }

  #wouldBurst(bytes: number): boolean {
    const { used, limit } = this.#parts.figures.heap();
    return used + bytes * EXPANSION >= limit * HEAP.shed;
  }

  /** A call needs two, its own connection and one to an upstream; some stay for files and for saying no. */
  #lookAtDescriptors(): void {
    const found = this.#parts.figures.descriptors();
    if (found === undefined) return;
    const free = found.most - found.open;
    const reserve = Math.min(256, Math.max(12, Math.floor(found.most / 16)));
    this.#over.descriptors = free <= (this.#over.descriptors ? reserve * 1.5 : reserve);
    // While calls are turned away, a connection is only there to be told so.
    const room = Math.floor(this.#over.descriptors ? free - reserve / 2 : (free - reserve) / 2);
    this.#parts.onRoom(room > PLENTY ? Number.POSITIVE_INFINITY : Math.max(0, room));
  }

  #lookAtEpisodes(now: number): void {
    let busy = this.refuses() !== undefined;
    for (const reason of shedReasons) {
      const count = this.#counts[reason];
      if (count.since === undefined) continue;
      if (count.total > count.seen) {
        busy = true;
        count.seen = count.total;
        count.last = now;
      } else if (now - count.last >= CALM) {
        const turnedAway = count.total - count.before;
        this.#parts.onEpisode({ reason, over: true, turnedAway, lasted: count.last - count.since });
        count.since = undefined;
        count.before = count.total;
      }
    }
    this.#lookHowLong(busy, now);
  }

  #lookHowLong(busy: boolean, now: number): void {
    if (busy) {
      this.#busySince ??= now;
      this.#busyLast = now;
    } else if (this.#busySince !== undefined && now - this.#busyLast >= PAUSE) this.#busySince = undefined;
    this.#long = this.#busySince !== undefined && now - this.#busySince >= LONG;
  }
}

function none(): Count {
  return { total: 0, seen: 0, since: undefined, last: 0, before: 0 };
}

function shareOf({ used, limit }: HeapFigure): number {
  return limit > 0 ? used / limit : 0;
}
