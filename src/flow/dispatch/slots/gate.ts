// One upstream's slots and the queue in front of them. While nobody waits there may be room; while somebody waits
// there is none: every change that makes room serves who is next, in the same tick.
import type { GatewayError } from '../../../canonical/errors.ts';
import type { AttemptNote, QueueNote } from '../../../canonical/receipt.ts';
import { AdaptiveLimit } from '../../../lib/adaptive-limit.ts';
import type { Cancel } from '../../../lib/cancel.ts';
import type { Deadlines } from '../../../lib/deadlines.ts';
import { FairQueue, type Level } from '../../../lib/fair-queue.ts';
import { Pace } from '../../../lib/pace.ts';
import type { Clock } from '../../../ports.ts';
import type { Planned, Target } from '../../stage.ts';
import type { Concurrency, QueueOptions } from '../options.ts';
import { levelOf } from './level.ts';
import { queueFull, waitedInVain } from './refusals.ts';
import { Seat } from './seat.ts';
import type { Slot } from './slots.ts';
import { Waiter } from './waiter.ts';

export interface GateRule {
  readonly upstream: string;
  /** Where it is: what an engine told is forgotten when another one takes its place. */
  readonly place: string;
  readonly concurrency: Concurrency;
  readonly queue: QueueOptions;
}

const MOST_SEATS = 1_024;
/** A level below others has a turn at least so often in the time for which a call may wait. */
const TURNS_PER_WAIT = 4;
/** Before any call has ended. */
const USUAL_PACE = 1_000;

export class Gate {
  used = 0;
  limit = Number.POSITIVE_INFINITY;
  rule: GateRule;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #queue: FairQueue<Waiter>;
  readonly #seats = new Map<string, Seat>();
  /** Where there is no limit, nobody need be told apart. */
  readonly #anybody = new Seat(this);
  readonly #pace = new Pace();
  #told: number | undefined = undefined;
  #adaptive: AdaptiveLimit | undefined = undefined;

  constructor(rule: GateRule, clock: Clock, deadlines: Deadlines) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.rule = rule;
    this.#queue = new FairQueue(rule.queue.wait / TURNS_PER_WAIT);
    this.#arrange();
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** How long a call waits at most. */
  get patience(): number {
    return this.rule.queue.wait;
  }

  get hasRoom(): boolean {
    return this.used < this.limit;
  }

  arrange(rule: GateRule): void {
    if (rule.place !== this.rule.place) {
      this.#told = undefined;
      this.#adaptive = undefined;
    }
    this.rule = rule;
    this.#queue.patience = rule.queue.wait / TURNS_PER_WAIT;
    this.#arrange();
  }

  /** What the engine says it can do. */
  tell(slots: number): void {
    this.#told = slots;
    this.#arrange();
  }

  #arrange(): void {
    const { concurrency } = this.rule;
    if (typeof concurrency === 'object') {
      if (this.#adaptive === undefined) this.#adaptive = new AdaptiveLimit(concurrency);
      else this.#adaptive.rebound(concurrency);
      this.#setLimit(this.#adaptive.limit);
      return;
    }
    this.#adaptive = undefined;
    const limit = concurrency === 'discovered' ? this.#told : concurrency;
    this.#setLimit(typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY);
  }

  #setLimit(limit: number): void {
    this.limit = limit;
    if (this.#queue.length > 0) this.#serve(this.#clock.now());
  }

  enter(
    call: Planned,
    target: Target,
    cancel: Cancel,
    deadline: number,
  ): Slot | GatewayError | Promise<Slot | GatewayError> {
    if (this.limit === Number.POSITIVE_INFINITY) {
      this.used += 1;
      return this.#anybody;
    }
    const seat = this.#seatOf(call.caller.tenant);
    if (this.used >= this.limit) return this.#wait(call, target, seat, cancel, deadline);
    this.#take(seat);
    return seat;
  }

  #take(seat: Seat): void {
    seat.held += 1;
    this.used += 1;
    if (this.used === this.limit) this.#pace.begin(this.#clock.now());
    if (this.#adaptive !== undefined) this.#adaptive.using(this.used, this.#clock.now());
  }

  leave(seat: Seat, call: Planned, note: AttemptNote | undefined): void {
    if (seat !== this.#anybody) {
      const wasFull = this.used >= this.limit;
      if (wasFull) this.#pace.step(this.#clock.now());
      if (this.#queue.length > 0) this.#queue.counts(seat, this.#clock.now());
      seat.held -= 1;
    }
    this.used -= 1;
    if (this.#adaptive !== undefined && note !== undefined) this.#learn(this.#adaptive, call, note);
    if (this.#queue.length > 0) this.#serve(this.#clock.now());
  }

  /** Milliseconds that a call which comes now is likely to wait. */
  forecast(): number {
    const { length } = this.rule.queue;
    return this.#queue.length >= length ? Number.POSITIVE_INFINITY : this.#drained(this.#clock.now(), 1);
  }

  /** It is no longer worth waiting here: all who do are told. */
  dismiss(error: GatewayError): void {
    const now = this.#clock.now();
    for (let waiter = this.#queue.take(now); waiter !== undefined; waiter = this.#queue.take(now)) {
      this.#deadlines.remove(waiter);
      waiter.end(error, 'dismissed', now);
    }
  }

  giveUp(waiter: Waiter, how: QueueNote['outcome'], error: GatewayError): void {
    this.#queue.remove(waiter);
    this.#deadlines.remove(waiter);
    waiter.end(error, how, this.#clock.now());
  }

  expired(waiter: Waiter, now: number): void {
    const position = this.#queue.ahead(waiter, now) + 1;
    this.giveUp(waiter, 'timed_out', waitedInVain(this.#crowd(now), position, this.patience));
  }

  #wait(
    call: Planned,
    target: Target,
    seat: Seat,
    cancel: Cancel,
    deadline: number,
  ): GatewayError | Promise<Slot | GatewayError> {
    const level = levelOf(call);
    const now = this.#clock.now();
    const note: QueueNote = {
      target: target.label,
      startedAt: now - call.receipt.arrived,
      outcome: 'waiting',
    };
    call.receipt.queued ??= [];
    call.receipt.queued.push(note);
    if (this.#queue.length >= this.rule.queue.length && !this.#makeRoom(seat, level, now)) {
      note.outcome = 'full';
      return queueFull(this.#crowd(now));
    }
    const waiter = new Waiter(this, { seat, level, cancel, note, since: now, deadline });
    this.#queue.add(waiter, now);
    note.position = this.#queue.ahead(waiter, now) + 1;
    this.#deadlines.add(waiter);
    waiter.watch();
    return waiter.outcome;
  }

  /** A crowd that has filled the queue does not keep others out of it. */
  #makeRoom(seat: Seat, level: Level, now: number): boolean {
    const last = this.#queue.leastOwed(seat, level);
    if (last === undefined) return false;
    this.giveUp(last, 'full', queueFull(this.#crowd(now)));
    return true;
  }

  #serve(now: number): void {
    while (this.used < this.limit) {
      const waiter = this.#queue.take(now);
      if (waiter === undefined) return;
      this.#deadlines.remove(waiter);
      this.#take(waiter.sharer);
      waiter.end(waiter.sharer, 'served', now);
    }
  }

  #learn(adaptive: AdaptiveLimit, call: Planned, note: AttemptNote): void {
    const began = call.receipt.arrived + note.startedAt;
    const now = this.#clock.now();
    if (note.outcome === 'ok') {
      const first = call.stream ? note.firstContentAt : undefined;
      const firstContent = first === undefined ? undefined : first - note.startedAt;
      adaptive.answered({ began, firstContent, size: call.wire.bytes.length }, now);
    } else if (isOverload(note.outcome)) adaptive.refused(began, now);
    this.limit = adaptive.limit;
  }

  #crowd(now: number): {
    readonly upstream: string;
    readonly limit: number;
    readonly waiting: number;
    readonly drained: number;
  } {
    const { upstream } = this.rule;
    return { upstream, limit: this.limit, waiting: this.#queue.length, drained: this.#drained(now, 0) };
  }

  #drained(now: number, more: number): number {
    return (this.#queue.length + more) * (this.#pace.perStep(now) ?? USUAL_PACE);
  }

  #seatOf(tenant: string): Seat {
    let seat = this.#seats.get(tenant);
    if (seat === undefined) {
      if (this.#seats.size >= MOST_SEATS) this.#sweep();
      seat = new Seat(this);
      this.#seats.set(tenant, seat);
    }
    return seat;
  }

  #sweep(): void {
    for (const [tenant, seat] of this.#seats) {
      if (seat.held === 0 && seat.waiting === 0) this.#seats.delete(tenant);
    }
  }
}

function isOverload(outcome: AttemptNote['outcome']): boolean {
  return (
    outcome === 'upstream_overloaded' || outcome === 'upstream_rate_limited' || outcome === 'upstream_timeout'
  );
}
