// Seals in memory: the least recently used go first, and none stays longer than a conversation lasts.
import type { Sealed } from '../canonical/blocks.ts';
import type { TenantId } from '../canonical/ids.ts';
import type { SealKeeper } from '../canonical/seal-keeper.ts';
import { Lru } from '../lib/lru.ts';
import type { Clock, Seals } from '../ports.ts';

export interface SealBounds {
  readonly maxEntries: number;
  /** Characters of all seals and the ids they are kept under. */
  readonly maxSize: number;
  /** Milliseconds. */
  readonly ttl: number;
}

export const usualSealBounds: SealBounds = {
  maxEntries: 100_000,
  maxSize: 64 * 1024 * 1024,
  ttl: 24 * 60 * 60 * 1000,
};

export function createSeals(clock: Clock, bounds: SealBounds = usualSealBounds): Seals {
  const held = new Lru<string, Sealed>({ maxEntries: bounds.maxEntries, maxWeight: bounds.maxSize });
  return { of: (tenant) => new TenantSeals(tenant, held, clock, bounds.ttl) };
}

class TenantSeals implements SealKeeper {
  readonly #prefix: string;
  readonly #held: Lru<string, Sealed>;
  readonly #clock: Clock;
  readonly #ttl: number;

  constructor(tenant: TenantId, held: Lru<string, Sealed>, clock: Clock, ttl: number) {
    // With its length before it, no tenant's name can reach into another's ids.
    this.#prefix = `${tenant.length}:${tenant}:`;
    this.#held = held;
    this.#clock = clock;
    this.#ttl = ttl;
  }

  keep(callId: string, sealed: Sealed): void {
    const key = this.#prefix + callId;
    this.#held.set(key, sealed, key.length + sealed.value.length, this.#clock.now() + this.#ttl);
  }

  find(callId: string): Sealed | undefined {
    return this.#held.get(this.#prefix + callId, this.#clock.now());
  }
}
