// One call in an upstream's queue: it ends by being served, refused or let go, whichever comes first, and only once.
import { GatewayError } from '../../../canonical/errors.ts';
import type { QueueNote } from '../../../canonical/receipt.ts';
import type { Cancel } from '../../../lib/cancel.ts';
import type { Timed } from '../../../lib/deadlines.ts';
import type { Level, Waiting } from '../../../lib/fair-queue.ts';
import type { Gate } from './gate.ts';
import type { Seat } from './seat.ts';
import type { Slot } from './slots.ts';

interface Wait {
  readonly seat: Seat;
  readonly level: Level;
  readonly cancel: Cancel;
  readonly note: QueueNote;
  /** Monotonic milliseconds: when it came, and when the call's own time is up. */
  readonly since: number;
  readonly deadline: number;
}

export class Waiter implements Timed, Waiting<Waiter> {
  place = -1;
  before: Waiter | undefined = undefined;
  behind: Waiter | undefined = undefined;
  number = 0;
  readonly sharer: Seat;
  readonly level: Level;
  /** Resolves with the slot, or with why there is none. */
  readonly outcome: Promise<Slot | GatewayError>;
  readonly #gate: Gate;
  readonly #cancel: Cancel;
  readonly #since: number;
  readonly #latest: number;
  readonly #note: QueueNote;
  #resolve: (outcome: Slot | GatewayError) => void = () => undefined;
  readonly #leave = (): void =>
    this.#gate.giveUp(
      this,
      'left',
      new GatewayError('client_gone', 'The caller left while the call waited.'),
    );

  constructor(gate: Gate, { seat, level, cancel, note, since, deadline }: Wait) {
    this.#gate = gate;
    this.sharer = seat;
    this.level = level;
    this.#cancel = cancel;
    this.#note = note;
    this.#since = since;
    this.#latest = deadline;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Only once it stands in the queue: who has left already leaves at once. */
  watch(): void {
    this.#cancel.onRequest(this.#leave);
  }

  /** A reload may change how long calls wait, for those who wait already, too. */
  get deadline(): number {
    return Math.min(this.#since + this.#gate.patience, this.#latest);
  }

  expire(now: number): void {
    this.#gate.expired(this, now);
  }

  /** It has been taken out of the queue. */
  end(outcome: Slot | GatewayError, how: QueueNote['outcome'], now: number): void {
    this.#cancel.forget(this.#leave);
    this.#note.outcome = how;
    this.#note.ms = now - this.#since;
    this.#resolve(outcome);
  }
}
