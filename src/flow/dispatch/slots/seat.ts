// What one tenant has of one upstream: how many slots it holds, and who of it waits. It is also what a call holds as
// its slot, so that taking one makes nothing new.
import type { AttemptNote } from '../../../canonical/receipt.ts';
import { Sharer } from '../../../lib/fair-queue.ts';
import type { Planned } from '../../stage.ts';
import type { Gate } from './gate.ts';
import type { Slot } from './slots.ts';
import type { Waiter } from './waiter.ts';

export class Seat extends Sharer<Waiter> implements Slot {
  readonly #gate: Gate;

  constructor(gate: Gate) {
    super();
    this.#gate = gate;
  }

  leave(call: Planned, note?: AttemptNote): void {
    this.#gate.leave(this, call, note);
  }
}
