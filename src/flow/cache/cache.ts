// Stage cache: was this very call answered already, or is somebody asking it right now? Then nobody is
// asked again. Only whole successes are kept, and only for models whose rules say so.
import type { Clock } from '../../ports.ts';
import type { Admitted, End, Handle, Receiver, Stage } from '../stage.ts';
import { type Answer, noteSource } from './answer.ts';
import { Flight } from './flight.ts';
import { keyOf } from './key.ts';
import { replay } from './replay.ts';
import type { ExactStore } from './store.ts';
import { wishOf } from './wish.ts';

export interface CacheParts {
  readonly clock: Clock;
  readonly store: ExactStore;
}

export function cache(parts: CacheParts): Stage<Admitted, Admitted> {
  return (next) => {
    const answering = new Answering(parts, next);
    return (call, to) => answering.answer(call, to);
  };
}

class Answering {
  readonly #clock: Clock;
  readonly #store: ExactStore;
  readonly #next: Handle<Admitted>;
  readonly #flights = new Map<string, Flight>();

  constructor(parts: CacheParts, next: Handle<Admitted>) {
    this.#clock = parts.clock;
    this.#store = parts.store;
    this.#next = next;
  }

  answer(call: Admitted, to: Receiver): Promise<End> {
    const rule = call.virtual.cache;
    if (rule === undefined || call.operation !== 'chat') return this.#next(call, to);
    const wish = wishOf(call.headers);
    if (wish === 'skip') {
      call.receipt.cache = 'skip';
      return this.#next(call, to);
    }
    const key = keyOf(call);
    const known = wish === 'refresh' ? undefined : this.#known(key, call, to);
    return known ?? this.#fetch(key, rule.ttl, wish === 'refresh', call, to);
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

  /** `alone`: a caller who wants a new answer has no use for one that is under way. */
  #fetch(key: string, ttl: number, alone: boolean, call: Admitted, to: Receiver): Promise<End> {
    call.receipt.cache = 'miss';
    const flight = new Flight(call, this.#store.maxEntry, this.#clock);
    if (!alone) this.#flights.set(key, flight);
    const led = flight.lead(call, to);
    void this.#fly(flight, key, ttl, call);
    return led;
  }

  async #fly(flight: Flight, key: string, ttl: number, call: Admitted): Promise<void> {
    try {
      flight.land(await this.#next(call, flight));
      const answer = flight.answer();
      if (answer !== undefined) this.#store.put(key, answer, ttl);
    } catch (cause) {
      flight.crash(cause);
    } finally {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    }
  }
}
