// Credentials that are bought with another one and last an hour or so: kept until shortly before they
// expire, and bought once however many calls wait. A purchase that fails is forgotten, so the next call tries anew;
// so is a token that is refused.
import type { Signer } from '../canonical/provider.ts';
import type { WireHeaders } from '../canonical/wire.ts';

/** What is left of a token's life when a new one is bought; the old one serves on meanwhile. */
const AHEAD = 5 * 60_000;
/** A token this close to its end may be refused on arrival. */
const LEAST = 10_000;
/** A token refused sooner is not what is wrong: the next one would be no better. */
const YOUNG = 10_000;

export interface Purchase<T> {
  readonly token: T;
  /** Seconds from now. */
  readonly expiresIn: number;
}

interface Held<T> {
  readonly token: T;
  readonly boughtAt: number;
  readonly renewAt: number;
  readonly endsAt: number;
}

export class BoughtToken<T = string> {
  readonly #clock: { now(): number };
  readonly #buy: () => Promise<Purchase<T>>;
  #held: Held<T> | undefined = undefined;
  #flight: Promise<T> | undefined = undefined;

  constructor(clock: { now(): number }, buy: () => Promise<Purchase<T>>) {
    this.#clock = clock;
    this.#buy = buy;
  }

  /** The token itself while there is one; a promise only when it must be waited for. */
  get(): T | Promise<T> {
    const held = this.#held;
    const now = this.#clock.now();
    if (held === undefined || now >= held.endsAt) return this.#renew();
    // Whoever asks has a good token: a renewal that fails is nobody's failure yet.
    if (now >= held.renewAt) this.#renew().catch(() => undefined);
    return held.token;
  }

  /** The upstream did not take it: revoked, or not what it wants. */
  refused(): void {
    const held = this.#held;
    if (held !== undefined && this.#clock.now() >= held.boughtAt + YOUNG) this.#held = undefined;
  }

  #renew(): Promise<T> {
    this.#flight ??= this.#purchase();
    return this.#flight;
  }

  async #purchase(): Promise<T> {
    try {
      const asked = this.#clock.now();
      const { token, expiresIn } = await this.#buy();
      const life = expiresIn * 1000;
      // Short-lived ones are renewed in the last quarter of their life.
      const ahead = Math.min(AHEAD, life / 4);
      this.#held = {
        token,
        boughtAt: this.#clock.now(),
        renewAt: asked + life - ahead,
        endsAt: asked + Math.max(0, life - LEAST),
      };
      return token;
    } finally {
      this.#flight = undefined;
    }
  }
}

/** Shows such a token with every call. */
export function bearerSigner(bought: BoughtToken): Signer {
  return {
    sign() {
      const token = bought.get();
      return typeof token === 'string' ? bearing(token) : token.then(bearing);
    },
    refused: () => bought.refused(),
  };
}

export function bearing(token: string): WireHeaders {
  return { authorization: `Bearer ${token}` };
}
