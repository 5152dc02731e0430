// The secrets of one upstream. Each cools by itself after a 429, and rests after it was refused; the others go on.
import type { GatewayError } from '../../../canonical/errors.ts';
import type { Secret } from '../../../canonical/ids.ts';
import type { Clock, Random } from '../../../ports.ts';

export interface Credential {
  /** Undefined for upstreams that want none. */
  readonly secret: Secret | undefined;
  /** From 1, as they stand in the config. */
  readonly number: number;
}

export type Unfit = 'cooling' | 'refused';

/** Who may not be used, why, and until when. `stated`: the upstream named the moment itself. */
export interface Rest {
  readonly why: Unfit;
  readonly until: number;
  readonly stated: boolean;
}

const FIRST_COOLING = 1_000;
const MOST_COOLING = 60_000;
/** An empty account is not filled in seconds, nor a wrong key put right. */
const REFUSED = 60_000;
/** An upstream that says "in a month" is asked earlier all the same. */
const MOST_STATED = 3_600_000;
/** Names of models are callers' words: so many are remembered. */
const MOST_KEPT = 200;

export interface Rested extends Rest {
  readonly credential: Credential;
}

interface Cooling extends Rest {
  /** Times in a row. */
  readonly times: number;
}

export class Credentials {
  readonly all: readonly Credential[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #rests = new Map<string, Cooling>();
  /** Whether any is ever left out. */
  readonly #rest: boolean;
  /** Told of a secret that is refused, once. */
  readonly #told: (number: number) => void;
  #turn = 0;

  constructor(
    secrets: readonly Secret[],
    parts: { readonly clock: Clock; readonly random: Random },
    rest = true,
    told: (number: number) => void = () => undefined,
  ) {
    this.#told = told;
    this.#rest = rest;
    this.all =
      secrets.length === 0
        ? [{ secret: undefined, number: 1 }]
        : secrets.map((secret, place) => ({ secret, number: place + 1 }));
    this.#clock = parts.clock;
    this.#random = parts.random;
  }

  /** One that may be used for a model now, each in its turn. Those of `but` have been tried. */
  pick(model: string, but: ReadonlySet<Credential>): Credential | undefined {
    const [only] = this.all;
    if (this.all.length === 1 && this.#rests.size === 0 && but.size === 0) return only;
    for (let step = 0; step < this.all.length; step += 1) {
      const credential = this.all[(this.#turn + step) % this.all.length];
      if (credential === undefined || but.has(credential) || this.rest(credential, model) !== undefined)
        continue;
      this.#turn += step + 1;
      return credential;
    }
    return undefined;
  }

  rest(credential: Credential, model: string): Rest | undefined {
    if (this.#rests.size === 0) return undefined;
    return this.#current(keyOf(credential, '')) ?? this.#current(keyOf(credential, model));
  }

  /** The one whose rest ends first; undefined while there is one that may be used. */
  soonest(model: string): Rested | undefined {
    let soonest: Rested | undefined;
    for (const credential of this.all) {
      const rest = this.rest(credential, model);
      if (rest === undefined) return undefined;
      if (soonest === undefined || rest.until < soonest.until) soonest = { ...rest, credential };
    }
    return soonest;
  }

  /** What an attempt's failure says of the secret it was made with. */
  failed(credential: Credential, model: string, error: GatewayError): void {
    if (!this.#rest) return;
    if (error.code === 'upstream_auth' || error.code === 'upstream_billing') {
      if (!this.#rests.has(keyOf(credential, ''))) this.#told(credential.number);
      this.#put(keyOf(credential, ''), {
        why: 'refused',
        until: this.#clock.now() + REFUSED,
        stated: false,
        times: 1,
      });
    } else if (error.code === 'upstream_rate_limited' || error.code === 'upstream_quota') {
      this.#cool(keyOf(credential, model), error.detail.retryAfter);
    }
  }

  succeeded(credential: Credential, model: string): void {
    if (this.#rests.size === 0) return;
    this.#rests.delete(keyOf(credential, ''));
    this.#rests.delete(keyOf(credential, model));
  }

  #cool(key: string, retryAfter: number | undefined): void {
    const times = (this.#rests.get(key)?.times ?? 0) + 1;
    const guess = Math.min(FIRST_COOLING * 2 ** (times - 1), MOST_COOLING) * (0.5 + this.#random.next() / 2);
    const wait = retryAfter === undefined ? guess : Math.min(retryAfter * 1_000, MOST_STATED);
    const until = this.#clock.now() + wait;
    this.#put(key, { why: 'cooling', until, stated: retryAfter !== undefined, times });
  }

  #put(key: string, rest: Cooling): void {
    this.#rests.delete(key);
    if (this.#rests.size >= MOST_KEPT) this.#forgetOne();
    this.#rests.set(key, rest);
  }

  /** Of one model, the one noted first: what is known of a secret as such is not callers' to push out. */
  #forgetOne(): void {
    for (const key of this.#rests.keys()) {
      if (key.endsWith(' ')) continue;
      this.#rests.delete(key);
      return;
    }
  }

  /** What is past stays a while, so that a second cooling in a row is known as one. */
  #current(key: string): Rest | undefined {
    const rest = this.#rests.get(key);
    return rest !== undefined && this.#clock.now() < rest.until ? rest : undefined;
  }
}

function keyOf({ number }: Credential, model: string): string {
  return `${number} ${model}`;
}
