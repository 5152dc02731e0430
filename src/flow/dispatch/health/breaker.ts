// One target's breaker. It learns from what calls meet: after failures in a row, or too large a share of them, the
// target is out; then one attempt probes it, and a growing share of calls follows. Whoever was told yes reports back once.
import type { Clock, Random } from '../../../ports.ts';
import type { HealthRules } from '../../stage.ts';

export const defaultRules: HealthRules = {
  failures: 5,
  share: 0.5,
  least: 20,
  window: 20_000,
  out: 5_000,
  mostOut: 300_000,
  ramp: 10_000,
};

/** Of an upstream that is tried whatever happens. */
export const neverOut: HealthRules = {
  ...defaultRules,
  failures: Number.POSITIVE_INFINITY,
  least: Number.POSITIVE_INFINITY,
};

export type BreakerState = 'up' | 'out' | 'probing' | 'ramping';
/** `unreachable`: nobody is there. `silent`: somebody is, and says nothing. `faulty`: says something wrong. */
export type Fault = 'unreachable' | 'silent' | 'faulty';
export type Verdict = 'ok' | Fault;

/** Shares begin here when a target comes back. */
const FIRST_SHARE = 0.1;
/** How much of its time out is added or taken off by dice, so that many gateways do not probe at once. */
const SPREAD = 0.1;

export class Breaker {
  readonly #rules: HealthRules;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #changed: (state: BreakerState) => void;
  #state: BreakerState = 'up';
  #fault: Fault = 'faulty';
  #inRow = 0;
  /** Times it was put out since it was last well. */
  #outs = 0;
  #until = 0;
  #rampedFrom = 0;
  // Two halves of a window: the older one is dropped as a whole.
  #halfEnds = 0;
  #now = { calls: 0, failures: 0 };
  #before = { calls: 0, failures: 0 };

  constructor(
    rules: HealthRules,
    parts: { readonly clock: Clock; readonly random: Random },
    changed: (state: BreakerState) => void,
  ) {
    this.#rules = rules;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#changed = changed;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Why it is out, while it is. */
  get fault(): Fault {
    return this.#fault;
  }

  /** Monotonic milliseconds: when a probe is due. */
  get until(): number {
    return this.#until;
  }

  /** May an attempt be made, and is it the probe? Who probes has the place until it reports, or releases it. */
  allows(): boolean | 'probe' {
    if (this.#state === 'up') return true;
    if (this.#state === 'ramping') return this.#random.next() < this.#rampShare();
    if (this.#state === 'probing' || this.#clock.now() < this.#until) return false;
    this.#become('probing');
    return 'probe';
  }

  /** The answer to a probe has begun: others need not wait for its end, which may be minutes away. */
  answered(): void {
    if (this.#state === 'probing') this.#succeeded();
  }

  report(verdict: Verdict): void {
    if (verdict === 'ok') this.#succeeded();
    else this.#failed(verdict);
  }

  /** A probe that says nothing of the target: its caller left, or the call was wrong. */
  release(): void {
    if (this.#state !== 'probing') return;
    this.#until = this.#clock.now();
    this.#become('out');
  }

  /** Somebody has asked it, and it lives: no need to wait any longer. */
  wake(): void {
    if (this.#state === 'out') this.#until = Math.min(this.#until, this.#clock.now());
  }

  #succeeded(): void {
    this.#inRow = 0;
    if (this.#state === 'up') {
      this.#count(0);
      return;
    }
    if (this.#state === 'ramping') {
      if (this.#rampShare() >= 1) this.#recovered();
      return;
    }
    // A probe, a call that began before it was put out, one that had nowhere else to go: it answers.
    this.#rampedFrom = this.#clock.now();
    this.#become('ramping');
  }

  #recovered(): void {
    this.#outs = 0;
    this.#now = { calls: 0, failures: 0 };
    this.#before = { calls: 0, failures: 0 };
    this.#become('up');
  }

  #failed(fault: Fault): void {
    this.#inRow += 1;
    if (this.#state === 'up') {
      this.#count(1);
      if (this.#inRow >= this.#rules.failures || this.#isFaulty()) this.#putOut(fault);
    } else if (this.#state !== 'out') this.#putOut(fault);
  }

  #putOut(fault: Fault): void {
    const { out, mostOut } = this.#rules;
    const spread = 1 + SPREAD * (2 * this.#random.next() - 1);
    this.#until = this.#clock.now() + Math.min(out * 2 ** this.#outs, mostOut) * spread;
    this.#outs += 1;
    this.#inRow = 0;
    this.#fault = fault;
    this.#become('out');
  }

  #rampShare(): number {
    const { ramp } = this.#rules;
    const passed = ramp === 0 ? 1 : (this.#clock.now() - this.#rampedFrom) / ramp;
    return Math.min(1, FIRST_SHARE + (1 - FIRST_SHARE) * passed);
  }

  #count(failed: 0 | 1): void {
    const now = this.#clock.now();
    if (now >= this.#halfEnds) {
      const half = this.#rules.window / 2;
      this.#before = now < this.#halfEnds + half ? this.#now : { calls: 0, failures: 0 };
      this.#now = { calls: 0, failures: 0 };
      this.#halfEnds = now + half;
    }
    this.#now.calls += 1;
    this.#now.failures += failed;
  }

  #isFaulty(): boolean {
    const calls = this.#now.calls + this.#before.calls;
    return (
      calls >= this.#rules.least && this.#now.failures + this.#before.failures >= calls * this.#rules.share
    );
  }

  #become(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#changed(state);
  }
}
