// Stage admit: so many calls and tokens per window, for a key and for a model. What one call takes is
// taken as a whole or not at all, and settled with what it really used when it is over.
import { GatewayError } from '../../canonical/errors.ts';
import type { LimitStates } from '../../canonical/receipt.ts';
import { inputTokens, type Usage } from '../../canonical/usage.ts';
import { TokenBucket } from '../../lib/token-bucket.ts';
import type { Clock } from '../../ports.ts';
import type { LimitRule } from '../stage.ts';

/** Whose limits these are. Buckets belong to kind and id; `rules` may change under them. */
export interface LimitScope {
  readonly kind: 'key' | 'model';
  readonly id: string;
  readonly name: string;
  readonly rules: readonly LimitRule[];
}

export interface Permit {
  /** Call once, with what was really used: nothing, if nothing was. */
  settle(usage: Usage): void;
}

export interface Limiter {
  /** `tokens`: what the input is guessed to have; undefined: it has nothing to do with tokens, nor with debts of them. */
  take(scopes: readonly LimitScope[], tokens: number | undefined): Permit | GatewayError;
  states(scopes: readonly LimitScope[]): LimitStates | undefined;
  /** Forgets the scopes about which there is nothing to know. Happens by itself when they become many. */
  sweep(): void;
  /** Scopes remembered. */
  readonly size: number;
}

/** The buckets of one scope, one per rule. */
interface Account {
  rules: readonly LimitRule[];
  buckets: readonly TokenBucket[];
  open: number;
}

interface Charge {
  readonly account: Account;
  readonly scope: LimitScope;
  readonly bucket: TokenBucket;
  readonly of: LimitRule['of'];
  readonly count: number;
}

const SWEEP_AT = 1_024;
const unlimited: Permit = { settle: () => undefined };

export function createLimiter(clock: Clock): Limiter {
  return new Accounts(clock);
}

class Accounts implements Limiter {
  readonly #clock: Clock;
  readonly #accounts = { key: new Map<string, Account>(), model: new Map<string, Account>() };
  #sweepAt = SWEEP_AT;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#accounts.key.size + this.#accounts.model.size;
  }

  take(scopes: readonly LimitScope[], tokens: number | undefined): Permit | GatewayError {
    if (scopes.every((scope) => scope.rules.length === 0)) return unlimited;
    const now = this.#clock.now();
    const charges = this.#charges(scopes, tokens, now);
    const tightest = longestWait(charges, now);
    if (tightest !== undefined) return refusal(tightest, now);
    for (const { account, bucket, count } of charges) {
      account.open += 1;
      bucket.charge(count, now);
    }
    return new Taken(charges, this.#clock);
  }

  states(scopes: readonly LimitScope[]): LimitStates | undefined {
    if (scopes.every((scope) => scope.rules.length === 0)) return undefined;
    const now = this.#clock.now();
    const states: LimitStates = {};
    for (const scope of scopes) {
      if (scope.rules.length === 0) continue;
      const { buckets } = this.#account(scope, now);
      for (let at = 0; at < buckets.length; at += 1) {
        noteState(states, scope.rules[at]?.of ?? 'requests', buckets[at] as TokenBucket, now);
      }
    }
    return states;
  }

  sweep(): void {
    const now = this.#clock.now();
    // A full bucket that nobody holds knows nothing a new one would not.
    for (const accounts of [this.#accounts.key, this.#accounts.model]) {
      for (const [id, account] of accounts) {
        if (account.open === 0 && account.buckets.every((bucket) => bucket.isFull(now))) accounts.delete(id);
      }
    }
    this.#sweepAt = Math.max(SWEEP_AT, 2 * (this.#accounts.key.size + this.#accounts.model.size));
  }

  #charges(scopes: readonly LimitScope[], tokens: number | undefined, now: number): readonly Charge[] {
    const charges: Charge[] = [];
    for (const scope of scopes) {
      if (scope.rules.length === 0) continue;
      const account = this.#account(scope, now);
      for (let at = 0; at < account.buckets.length; at += 1) {
        const bucket = account.buckets[at] as TokenBucket;
        const of = scope.rules[at]?.of ?? 'requests';
        const count = countOf(of, tokens, bucket);
        if (count !== undefined) charges.push({ account, scope, bucket, of, count });
      }
    }
    return charges;
  }

  #account(scope: LimitScope, now: number): Account {
    const accounts = this.#accounts[scope.kind];
    const known = accounts.get(scope.id);
    if (known !== undefined) {
      if (known.rules !== scope.rules) renew(known, scope.rules, now);
      return known;
    }
    if (this.#accounts.key.size + this.#accounts.model.size >= this.#sweepAt) this.sweep();
    const account: Account = { rules: [], buckets: [], open: 0 };
    renew(account, scope.rules, now);
    accounts.set(scope.id, account);
    return account;
  }
}

/** A guess above the bucket's size would never be let in; the settlement knows better. */
function countOf(of: LimitRule['of'], tokens: number | undefined, bucket: TokenBucket): number | undefined {
  if (of === 'requests') return 1;
  return tokens === undefined ? undefined : Math.min(tokens, bucket.amount);
}

/** The tightest of its kind is the one that is told. */
function noteState(states: LimitStates, of: LimitRule['of'], bucket: TokenBucket, now: number): void {
  const remaining = Math.max(0, Math.floor(bucket.level(now)));
  const known = states[of];
  if (known !== undefined && remaining >= known.remaining) return;
  states[of] = { limit: bucket.amount, remaining, reset: bucket.wait(bucket.amount, now) };
}

/** New rules keep the buckets of those that stayed the same. */
function renew(account: Account, rules: readonly LimitRule[], now: number): void {
  const left = account.rules.map((rule, at) => ({ rule, bucket: account.buckets[at] }));
  account.buckets = rules.map((rule) => {
    const at = left.findIndex(({ rule: old }) => isSame(old, rule));
    const kept = at < 0 ? undefined : left.splice(at, 1)[0]?.bucket;
    return kept ?? new TokenBucket(rule.amount, rule.window, now);
  });
  account.rules = rules;
}

function isSame(a: LimitRule, b: LimitRule): boolean {
  return a.of === b.of && a.amount === b.amount && a.window === b.window;
}

class Taken implements Permit {
  readonly #clock: Clock;
  #charges: readonly Charge[];

  constructor(charges: readonly Charge[], clock: Clock) {
    this.#charges = charges;
    this.#clock = clock;
  }

  settle(usage: Usage): void {
    const now = this.#clock.now();
    const used = inputTokens(usage) + usage.output;
    for (const { account, bucket, of, count } of this.#charges) {
      account.open -= 1;
      if (of === 'tokens') bucket.charge(used - count, now);
    }
    this.#charges = [];
  }
}

/** The charge that would have to wait longest; undefined when none has to. */
function longestWait(charges: readonly Charge[], now: number): Charge | undefined {
  let longest = 0;
  let found: Charge | undefined;
  for (const charge of charges) {
    const wait = charge.bucket.wait(charge.count, now);
    if (wait > longest) {
      longest = wait;
      found = charge;
    }
  }
  return found;
}

function refusal(charge: Charge, now: number): GatewayError {
  const { scope, bucket, of, count } = charge;
  const used = Math.ceil(bucket.amount - bucket.level(now));
  const seconds = Math.max(1, Math.ceil(bucket.wait(count, now) / 1_000));
  const whose = scope.kind === 'key' ? `The key "${scope.name}"` : `The model "${scope.name}"`;
  const need = of === 'tokens' ? `, and this call needs about ${count}` : '';
  return new GatewayError(
    'rate_limited',
    `${whose} is limited to ${bucket.amount} ${of} per ${spanOf(bucket.window)}; ${used} are used${need}.`,
    {
      remedy: `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
      retryAfter: seconds,
    },
  );
}

const spans: Readonly<Record<number, string>> = {
  1000: 'second',
  60000: 'minute',
  3600000: 'hour',
  86400000: 'day',
};

function spanOf(window: number): string {
  return spans[window] ?? `${window / 1_000} seconds`;
}
