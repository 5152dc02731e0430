// Which target is tried next. In the order that choose gave: those that are well; then those that are only doubted,
// since a doubt is better than nothing; then those that said when to come again. Each target once, but for a second
// secret and a stated moment. What was left out, and why, is kept for the receipt and the error.
import type { GatewayError } from '../../canonical/errors.ts';
import type { Zone } from '../../canonical/provider.ts';
import type { ChoiceNote } from '../../canonical/receipt.ts';
import type { Clock, Random } from '../../ports.ts';
import type { Planned, Target } from '../stage.ts';
import type { Credential } from './health/credentials.ts';
import { type HealthBook, noteEnd, type TargetHealth } from './health/health-book.ts';
import type { Slots } from './slots/slots.ts';
import { type Failure, type LeftOut, whyUnanswered } from './unanswered.ts';

export interface ItineraryParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly health: HealthBook;
  readonly slots: Slots;
  /** At most so many attempts are made for one call. */
  readonly attempts: number;
  /** At most so many milliseconds are waited for a target that said when to come again. */
  readonly patience: number;
}

export interface Step {
  readonly target: Target;
  readonly health: TargetHealth;
  readonly credential: Credential;
  /** Not the call's first attempt. */
  readonly again: boolean;
  /** It probes a target that was out. */
  readonly probe: boolean;
  /** Milliseconds to wait before it. */
  readonly wait: number;
}

const NONE: ReadonlySet<Credential> = new Set();
const outFor = {
  unreachable: 'out, not reached',
  silent: 'out, it was silent',
  faulty: 'out for its failures',
} as const;
/** Who waits for one moment with many others does not come back in the same instant as they do. */
const MOST_SPREAD = 1_000;
const SPREAD = 0.25;

export class Itinerary {
  readonly #call: Planned;
  readonly #parts: ItineraryParts;
  /** Monotonic milliseconds: nobody waits for what comes after it. */
  readonly #deadline: number;
  readonly #failures: Failure[] = [];
  #made = 0;
  #place = 0;
  #leftOut: LeftOut[] | undefined = undefined;
  /** Secrets that were tried at targets. */
  #tried: Map<Target, Set<Credential>> | undefined = undefined;
  #waited: Set<Target> | undefined = undefined;

  constructor(call: Planned, parts: ItineraryParts, deadline = Number.POSITIVE_INFINITY) {
    this.#call = call;
    this.#parts = parts;
    this.#deadline = deadline;
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  next(): Step | undefined {
    if (this.#made >= this.#parts.attempts) return undefined;
    return this.#well() ?? this.#doubted() ?? this.#stated();
  }

  /** One to be tried beside the first: well, and in the same zone. */
  another(zone: Zone): Step | undefined {
    if (this.#made >= this.#parts.attempts) return undefined;
    for (let place = this.#place; place < this.#call.targets.length; place += 1) {
      const target = this.#call.targets[place];
      if (target?.upstream.zone !== zone || !this.#parts.slots.hasRoom(target)) continue;
      const step = this.#ask(target);
      if (step === undefined) continue;
      this.#noteTried(step);
      return step;
    }
    return undefined;
  }

  /** The step led to an attempt that ended. */
  ended(step: Step, error: GatewayError | undefined, started: boolean): void {
    const { target, health, credential } = step;
    noteEnd(health, credential, step, error, started);
    if (error === undefined) return;
    this.#failures.push({ target, error, at: this.#parts.clock.now() });
    this.#noteTried(step);
    // Another secret of the same upstream may be let in where this one was not.
    if (isOfSecret(error)) this.#place = Math.min(this.#place, this.#call.targets.indexOf(target));
  }

  #noteTried({ target, credential }: Step): void {
    this.#tried ??= new Map();
    const tried = this.#tried.get(target) ?? new Set();
    this.#tried.set(target, tried.add(credential));
  }

  /** The step led to no attempt. */
  forgone({ health, target, probe }: Step, error?: GatewayError): void {
    this.#made -= 1;
    if (probe) health.breaker.release();
    if (error !== undefined) this.#failures.push({ target, error, at: this.#parts.clock.now() });
  }

  /** For the receipt. */
  notes(): readonly ChoiceNote[] | undefined {
    if (this.#leftOut === undefined || this.#leftOut.length === 0) return undefined;
    return this.#leftOut.map(({ target, reason }) => ({ target: target.label, reason }));
  }

  /** Why the call has no answer. */
  error(): GatewayError {
    return whyUnanswered(
      this.#call.virtual.name,
      this.#failures,
      this.#leftOut ?? [],
      this.#parts.clock.now(),
    );
  }

  #well(): Step | undefined {
    const { targets } = this.#call;
    while (this.#place < targets.length) {
      const target = targets[this.#place];
      this.#place += 1;
      if (target === undefined) break;
      const step = this.#ask(target);
      if (step !== undefined) return step;
    }
    return undefined;
  }

  #ask(target: Target): Step | undefined {
    const health = this.#parts.health.of(target);
    const tried = this.#tried?.get(target);
    const credential = health.credentials.pick(target.model, tried ?? NONE);
    if (credential === undefined) {
      if (tried === undefined) this.#leaveForSecrets(target, health);
      return undefined;
    }
    if (this.#parts.slots.passes(this.#call, target)) {
      this.#leave(
        target,
        health,
        'no room',
        true,
        this.#parts.clock.now() + this.#parts.slots.forecast(target),
      );
      return undefined;
    }
    const allowed = health.breaker.allows();
    if (allowed !== false) return this.#step(target, health, credential, 0, allowed);
    this.#leaveForHealth(target, health);
    return undefined;
  }

  /** Undefined where there have been second tries enough. */
  #step(
    target: Target,
    health: TargetHealth,
    credential: Credential,
    wait: number,
    allowed: true | 'probe' = true,
  ): Step | undefined {
    const again = this.#made > 0;
    const probe = allowed === 'probe';
    if (!again) health.budget.earn();
    else if (!health.budget.spend()) {
      if (probe) health.breaker.release();
      this.#leave(target, health, 'its second tries are used up', false, this.#parts.clock.now() + 1_000);
      return undefined;
    }
    this.#made += 1;
    return { target, health, credential, again, probe, wait };
  }

  #leaveForSecrets(target: Target, health: TargetHealth): void {
    const rest = health.credentials.soonest(target.model);
    if (rest === undefined) return;
    const which = health.credentials.all.length === 1 ? 'its secret' : 'all of its secrets';
    const why = rest.why === 'refused' ? `${which} refused` : 'too many calls';
    this.#leave(
      target,
      health,
      `${why}, ${this.#again(rest.until)}`,
      !rest.stated && rest.why === 'cooling',
      rest.until,
    );
  }

  #leaveForHealth(target: Target, health: TargetHealth): void {
    const { state, fault, until } = health.breaker;
    if (state === 'ramping') this.#leave(target, health, 'back with a part of its calls', true, 0);
    else if (state === 'probing') this.#leave(target, health, 'being probed', fault !== 'silent', until);
    else {
      const why = outFor[fault];
      this.#leave(target, health, `${why}, ${this.#again(until)}`, fault === 'faulty', until);
    }
  }

  #leave(target: Target, health: TargetHealth, reason: string, doubted: boolean, until: number): void {
    this.#leftOut = (this.#leftOut ?? []).filter((one) => one.target !== target);
    this.#leftOut.push({ target, health, reason, doubted, until });
  }

  #again(until: number): string {
    return `again in ${Math.ceil(Math.max(0, until - this.#parts.clock.now()) / 1_000)} s`;
  }

  /** Never are all of a model's targets left out for doubts. */
  #doubted(): Step | undefined {
    const best = leastDoubted(this.#leftOut ?? []);
    if (best === undefined) return undefined;
    const { target, health } = best;
    this.#leftOut = this.#leftOut?.filter((one) => one !== best);
    const credential = this.#credentialAt(target, health);
    if (credential === undefined) return this.#doubted();
    return this.#step(target, health, credential, 0) ?? this.#doubted();
  }

  /** One that may be used, or whose rest nobody stated; one that was refused stays where it is. */
  #credentialAt({ model }: Target, { credentials }: TargetHealth): Credential | undefined {
    const rested = credentials.soonest(model);
    if (rested === undefined) return credentials.pick(model, NONE);
    return rested.why === 'cooling' && !rested.stated ? rested.credential : undefined;
  }

  /** A target that said when to come again, if that is soon. */
  #stated(): Step | undefined {
    const now = this.#parts.clock.now();
    const next = this.#soonest(Math.min(now + this.#parts.patience, this.#deadline));
    if (next === undefined) return undefined;
    const { target, moment } = next;
    this.#waited = (this.#waited ?? new Set()).add(target);
    this.#leftOut = this.#leftOut?.filter((one) => one.target !== target);
    const health = this.#parts.health.of(target);
    const rested = health.credentials.soonest(target.model);
    const credential = rested?.credential ?? health.credentials.pick(target.model, NONE);
    if (credential === undefined) return undefined;
    const wait = Math.max(0, moment - now);
    const spread = Math.min(MOST_SPREAD, wait * SPREAD) * this.#parts.random.next();
    return this.#step(target, health, credential, wait + spread);
  }

  /** The first of those that come soonest, none of them later than `latest`. */
  #soonest(latest: number): { readonly target: Target; readonly moment: number } | undefined {
    let best: { readonly target: Target; readonly moment: number } | undefined;
    for (const target of this.#call.targets) {
      const moment = this.#waited?.has(target) === true ? undefined : this.#momentOf(target);
      if (moment === undefined || moment > latest || moment >= (best?.moment ?? Number.POSITIVE_INFINITY))
        continue;
      best = { target, moment };
    }
    return best;
  }

  #momentOf(target: Target): number | undefined {
    const health = this.#parts.health.of(target);
    const rest = health.credentials.soonest(target.model);
    if (rest !== undefined) return rest.stated ? rest.until : undefined;
    const failed = this.#failures.findLast((failure) => failure.target === target);
    const { retryAfter } = failed?.error.detail ?? {};
    if (failed?.error.retry !== 'same' || retryAfter === undefined) return undefined;
    return failed.at + retryAfter * 1_000;
  }
}

function leastDoubted(left: readonly LeftOut[]): LeftOut | undefined {
  let best: LeftOut | undefined;
  for (const one of left)
    if (one.doubted && one.until < (best?.until ?? Number.POSITIVE_INFINITY)) best = one;
  return best;
}

/** May another secret of the same upstream help? */
function isOfSecret({ code }: GatewayError): boolean {
  return (
    code === 'upstream_auth' ||
    code === 'upstream_billing' ||
    code === 'upstream_quota' ||
    code === 'upstream_rate_limited'
  );
}
