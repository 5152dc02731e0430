// Stage cache: from the store, from a flight under way, or from a new flight, in this order.
import type { Operation } from '../../canonical/protocol.ts';
import type { Clock } from '../../ports.ts';
import type { Admitted, End, Handle, Receiver } from '../stage.ts';
import { type Answer, noteSource } from './answer.ts';
import { Flight } from './flight.ts';
import { keyOf } from './key.ts';
import { replay } from './replay.ts';
import type { ExactStore } from './store.ts';
import { wishOf } from './wish.ts';

/** Whose answers are the same for the same question, and small enough to keep. */
const KEPT: ReadonlySet<Operation> = new Set(['chat', 'complete', 'embed', 'rerank', 'moderate']);

export class Answering {
  readonly #clock: Clock;
  readonly #store: ExactStore;
  readonly #next: Handle<Admitted>;
  readonly #flights = new Map<string, Flight>();

  constructor(clock: Clock, store: ExactStore, next: Handle<Admitted>) {
    this.#clock = clock;
    this.#store = store;
    this.#next = next;
  }

  /** How many flights are under way. */
  get flights(): number {
    return this.#flights.size;
  }

  answer(call: Admitted, to: Receiver): Promise<End> {
    const rule = call.virtual.cache;
    if (rule === undefined || !KEPT.has(call.operation)) return this.#next(call, to);
    const wish = wishOf(call.headers);
    if (wish === 'skip') {
      call.receipt.cache = 'skip';
      return this.#next(call, to);
    }
    const key = keyOf(call);
    const known = wish === 'refresh' ? undefined : this.#known(key, call, to);
    return known ?? this.#fetch(key, rule.ttl, call, to);
  }

  #known(key: string, call: Admitted, to: Receiver): Promise<End> | undefined {
    const answer = this.#store.get(key);
    if (answer !== undefined) return this.#give(answer, call, to);
    const flight = this.#flights.get(key);
    if (flight?.canBeJoined !== true) return undefined;
    call.receipt.cache = 'joined';
    return flight.join(call, to);
  }

  #give(answer: Answer, call: Admitted, to: Receiver): Promise<End> {
    const { receipt } = call;
    receipt.cache = 'hit';
    noteSource(receipt, answer.source);
    receipt.firstContentAt = this.#clock.now() - receipt.arrived;
    return replay(answer, to);
  }

  /** A newer flight takes the place of one that cannot be joined any more, or that was not new enough. */
  #fetch(key: string, ttl: number, call: Admitted, to: Receiver): Promise<End> {
    call.receipt.cache = 'miss';
    const flight = new Flight(call, this.#store.maxEntry, this.#clock);
    this.#flights.set(key, flight);
    const led = flight.lead(call, to);
    void this.#fly(flight, key, ttl, call);
    return led;
  }

  async #fly(flight: Flight, key: string, ttl: number, call: Admitted): Promise<void> {
    try {
      const end = await this.#next(call, flight);
      // Kept before anybody hears of the end: a call made upon hearing it must find the answer.
      const answer = flight.answer(end);
      if (answer !== undefined) this.#store.put(key, answer, ttl);
      flight.land(end);
    } catch (cause) {
      flight.crash(cause);
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }
}
