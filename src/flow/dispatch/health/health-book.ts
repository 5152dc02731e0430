// What is known of the health of all targets. It outlives a config: a reload neither heals nor breaks anybody.
import type { GatewayError } from '../../../canonical/errors.ts';
import type { Secret } from '../../../canonical/ids.ts';
import { Lru } from '../../../lib/lru.ts';
import type { Clock, Random } from '../../../ports.ts';
import type { Target, Upstream } from '../../stage.ts';
import { Breaker, type BreakerState, defaultRules, type Fault, neverOut, type Verdict } from './breaker.ts';
import { type Credential, Credentials } from './credentials.ts';
import { Latency } from './latency.ts';
import { RetryBudget } from './retry-budget.ts';

export interface HealthParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Told when a target goes out, or comes back. */
  readonly changed?: (change: HealthChange) => void;
}

export interface HealthChange {
  readonly target: string;
  readonly upstream: string;
  readonly state: BreakerState;
  readonly fault: Fault;
  /** Milliseconds until a probe is due, while it is out. */
  readonly wait: number;
}

export interface TargetHealth {
  readonly label: string;
  readonly model: string;
  readonly breaker: Breaker;
  readonly latency: Latency;
  /** Of its upstream. */
  readonly credentials: Credentials;
  readonly budget: RetryBudget;
}

/** Names of models are callers' words. */
const MOST_MODELS = 500;

interface Place {
  readonly host: string;
  readonly port: number;
  readonly secrets: readonly Secret[];
  readonly health: Upstream['health'];
  readonly credentials: Credentials;
  readonly budget: RetryBudget;
  readonly models: Lru<string, TargetHealth>;
}

export class HealthBook {
  readonly #parts: HealthParts;
  readonly #places = new Map<string, Place>();
  /** Targets are made once per config, and looked up at each attempt. */
  readonly #known = new WeakMap<Target, TargetHealth>();

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  of(target: Target): TargetHealth {
    const known = this.#known.get(target);
    if (known !== undefined) return known;
    const place = this.#placeOf(target.upstream);
    const health = place.models.get(target.model) ?? this.#create(target, place);
    this.#known.set(target, health);
    return health;
  }

  /** All that calls have met, in no order. */
  *all(): Generator<TargetHealth> {
    for (const place of this.#places.values()) yield* place.models.values();
  }

  /** What an upstream itself says of its life, asked for free. */
  wake(upstream: string): void {
    for (const { breaker } of this.#places.get(upstream)?.models.values() ?? []) breaker.wake();
  }

  /** Does anything of it wait for a probe because nobody answered there? */
  isUnreachable(upstream: string): boolean {
    for (const { breaker } of this.#places.get(upstream)?.models.values() ?? []) {
      if (breaker.state === 'out' && breaker.fault === 'unreachable') return true;
    }
    return false;
  }

  #create(target: Target, place: Place): TargetHealth {
    const { clock, changed } = this.#parts;
    const { label, model, upstream } = target;
    const rules = upstream.health === 'off' ? neverOut : (upstream.health ?? defaultRules);
    const breaker: Breaker = new Breaker(rules, this.#parts, (state) =>
      changed?.({
        target: label,
        upstream: upstream.name,
        state,
        fault: breaker.fault,
        wait: Math.max(0, breaker.until - clock.now()),
      }),
    );
    const { credentials, budget } = place;
    const health = { label, model, breaker, latency: new Latency(), credentials, budget };
    place.models.set(model, health);
    return health;
  }

  /** Under the same name at another address, or with other secrets, it is another upstream. */
  #placeOf({ name, origin, secrets, health }: Upstream): Place {
    const known = this.#places.get(name);
    if (
      known !== undefined &&
      known.host === origin.host &&
      known.port === origin.port &&
      isSame(known.health, health) &&
      areSame(known.secrets, secrets)
    )
      return known;
    const made = {
      host: origin.host,
      port: origin.port,
      secrets,
      health,
      credentials: new Credentials(secrets, this.#parts, health !== 'off'),
      budget: new RetryBudget(this.#parts.clock),
      models: new Lru<string, TargetHealth>({ maxEntries: MOST_MODELS }),
    };
    this.#places.set(name, made);
    return made;
  }
}

function isSame(some: Upstream['health'], other: Upstream['health']): boolean {
  return JSON.stringify(some) === JSON.stringify(other);
}

function areSame(some: readonly Secret[], others: readonly Secret[]): boolean {
  return (
    some.length === others.length && some.every((one, place) => one.reveal() === others[place]?.reveal())
  );
}

/** What an attempt's end says of its target: `ok` if it answered at all, even with a no; undefined: nothing. */
export function verdictOf(error: GatewayError, started: boolean): Verdict | undefined {
  if (error.detail.ours === true) return undefined;
  switch (error.code) {
    case 'upstream_refused':
    case 'upstream_reset':
      return 'unreachable';
    case 'upstream_timeout':
      return started ? 'faulty' : 'unreachable';
    case 'upstream_fault':
    case 'upstream_garbled':
    case 'upstream_truncated':
    case 'upstream_overloaded':
    case 'upstream_model_missing':
      return 'faulty';
    case 'upstream_auth':
    case 'upstream_billing':
    case 'upstream_rate_limited':
    case 'upstream_quota':
      return 'ok';
    default:
      return error.blame === 'caller' && error.code !== 'client_gone' && error.detail.upstream !== undefined
        ? 'ok'
        : undefined;
  }
}

export function noteEnd(
  health: TargetHealth,
  credential: Credential,
  again: boolean,
  error: GatewayError | undefined,
  started: boolean,
): void {
  const verdict = error === undefined ? 'ok' : verdictOf(error, started);
  if (verdict === undefined) {
    health.breaker.release();
    return;
  }
  health.breaker.report(verdict);
  if (error === undefined) health.credentials.succeeded(credential, health.model);
  else health.credentials.failed(credential, health.model, error);
  health.budget.report(error === undefined || error.blame === 'caller', again);
}
