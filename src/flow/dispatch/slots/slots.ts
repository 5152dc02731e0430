// Who may have an attempt under way where. A slot is taken in the same breath when there is room; else the call waits
// in that upstream's queue. It outlives configs: a reload changes the rules for those who are there.
import type { GatewayError } from '../../../canonical/errors.ts';
import type { AttemptNote, ReceiptDraft } from '../../../canonical/receipt.ts';
import type { Cancel } from '../../../lib/cancel.ts';
import { Deadlines } from '../../../lib/deadlines.ts';
import type { Clock, Ticker } from '../../../ports.ts';
import type { Planned, Target, VirtualModel } from '../../stage.ts';
import { Gate, type GateRule } from './gate.ts';

export type { GateRule } from './gate.ts';

/** The right to have one attempt under way. */
export interface Slot {
  /** Once, when the attempt is over; `note` is the attempt's, where there was one. */
  leave(call: Planned, note?: AttemptNote): void;
}

export interface SlotReading {
  readonly upstream: string;
  readonly used: number;
  readonly limit: number;
  readonly waiting: number;
}

export interface Slots {
  /** A promise only when the call has to wait, which it does until `deadline` at most. */
  enter(
    call: Planned,
    target: Target,
    cancel: Cancel,
    deadline?: number,
  ): Slot | GatewayError | Promise<Slot | GatewayError>;
  hasRoom(target: Target): boolean;
  /** Is this call rather to go on to another target than to wait here? Then that is on record. */
  passes(call: Planned, target: Target): boolean;
  /** Milliseconds until there may be room. */
  forecast(target: Target): number;
  /** Whoever waits for this upstream gets `error` instead of a slot. */
  dismiss(upstream: string, error: GatewayError): void;
  /** The upstreams of a new config. */
  arrange(rules: readonly GateRule[]): void;
  /** What discovery has learned. */
  tell(upstream: string, slots: number): void;
  /** Of upstreams with a limit. */
  readings(): readonly SlotReading[];
}

export function createSlots(parts: { readonly clock: Clock; readonly ticker: Ticker }): Slots {
  return new Gates(parts.clock, parts.ticker);
}

/** For what takes no slot. */
const free: Slot = { leave: () => undefined };

class Gates implements Slots {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #gates = new Map<string, Gate>();
  #listed: readonly string[] = [];

  constructor(clock: Clock, ticker: Ticker) {
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, ticker);
  }

  enter(
    call: Planned,
    target: Target,
    cancel: Cancel,
    deadline = Number.POSITIVE_INFINITY,
  ): Slot | GatewayError | Promise<Slot | GatewayError> {
    const gate = this.#gates.get(target.upstream.name);
    // Engines count tokens beside their slots.
    if (gate === undefined || call.operation === 'count') return free;
    return gate.enter(call, target, cancel, deadline);
  }

  hasRoom(target: Target): boolean {
    return this.#gates.get(target.upstream.name)?.hasRoom ?? true;
  }

  passes(call: Planned, target: Target): boolean {
    if (this.hasRoom(target) || call.targets.length === 1 || !goesOn(call)) return false;
    noteNoRoom(call.receipt, target, this.#clock.now());
    return true;
  }

  forecast(target: Target): number {
    return this.#gates.get(target.upstream.name)?.forecast() ?? 0;
  }

  dismiss(upstream: string, error: GatewayError): void {
    this.#gates.get(upstream)?.dismiss(error);
  }

  arrange(rules: readonly GateRule[]): void {
    for (const rule of rules) {
      const gate = this.#gates.get(rule.upstream);
      if (gate === undefined) this.#gates.set(rule.upstream, new Gate(rule, this.#clock, this.#deadlines));
      else gate.arrange(rule);
    }
    this.#listed = rules.map((rule) => rule.upstream);
    // Those of upstreams that are gone stay while calls of the config before are there.
    for (const [name, gate] of this.#gates) {
      if (gate.used === 0 && gate.waiting === 0 && !this.#listed.includes(name)) this.#gates.delete(name);
    }
  }

  tell(upstream: string, slots: number): void {
    this.#gates.get(upstream)?.tell(slots);
  }

  readings(): readonly SlotReading[] {
    return this.#listed.flatMap((upstream) => {
      const gate = this.#gates.get(upstream);
      if (gate === undefined || gate.limit === Number.POSITIVE_INFINITY) return [];
      return [{ upstream, used: gate.used, limit: gate.limit, waiting: gate.waiting }];
    });
  }
}

function goesOn({ virtual, operation }: Planned): boolean {
  return operation !== 'count' && spills(virtual);
}

/**
 * A model whose calls are spread takes its targets for equals, so the free one is the right one. Where they are in
 * order, the next is for when one fails: it may cost more, know less or be out of the house, so being busy is not enough.
 */
function spills({ spill, select }: VirtualModel): boolean {
  return spill ?? select !== 'priority';
}

function noteNoRoom(receipt: ReceiptDraft, target: Target, now: number): void {
  receipt.queued ??= [];
  receipt.queued.push({ target: target.label, startedAt: now - receipt.arrived, outcome: 'no_room' });
}
