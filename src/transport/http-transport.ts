// The Transport over plain and TLS sockets, HTTP/1.1, one pool per origin. Why our own client: docs/decisions.
import { GatewayError } from '../canonical/errors.ts';
import type { Origin, WireCall, WireEnd, WireReceiver } from '../canonical/wire.ts';
import { Deadlines } from '../lib/deadlines.ts';
import type { Clock, Ticker, Transport } from '../ports.ts';
import { Exchange } from './exchange.ts';
import { createGuardedLookup, type Resolve } from './guarded-lookup.ts';
import { Pool } from './pool.ts';

const SWEEP = 1_000;

export class HttpTransport implements Transport {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #pools = new Map<string, Pool>();
  readonly #stopSweep: () => void;
  readonly #resolve: Resolve | undefined;

  /** `resolve`: who is asked for the addresses of a name; undefined: the system. */
  constructor(clock: Clock, ticker: Ticker, resolve?: Resolve) {
    this.#clock = clock;
    this.#resolve = resolve;
    this.#deadlines = new Deadlines(clock, ticker);
    this.#stopSweep = ticker.every(SWEEP, () => this.#sweep());
  }

  /** Calls on their way. */
  get inflight(): number {
    return this.#deadlines.size;
  }

  send(wire: WireCall, to: WireReceiver): Promise<WireEnd> {
    if (wire.cancel.requested) {
      const error = new GatewayError('client_gone', `The call was cancelled: ${wire.cancel.reason}.`);
      return Promise.resolve({ ok: false, error, sent: false });
    }
    return new Promise((resolve) => {
      const pool = this.#pool(wire.origin);
      const exchange: Exchange = new Exchange(wire, to, this.#clock, (end) => {
        this.#deadlines.remove(exchange);
        if (!end.ok && !end.sent) pool.forget(exchange);
        resolve(end);
      });
      this.#deadlines.add(exchange);
      pool.carry(exchange);
    });
  }

  close(): void {
    this.#stopSweep();
    for (const pool of this.#pools.values()) pool.close();
    this.#pools.clear();
  }

  #pool(origin: Origin): Pool {
    const key = `${origin.tls ? 'tls' : 'tcp'} ${origin.host} ${origin.port} ${origin.guarded === true}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      const lookup = origin.guarded === true ? createGuardedLookup(this.#resolve) : undefined;
      pool = new Pool(origin, this.#clock, lookup);
      this.#pools.set(key, pool);
    }
    return pool;
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const pool of this.#pools.values()) pool.sweep(now);
  }
}
