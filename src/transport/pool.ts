// Connections to one origin: last used, first reused, so that the warm ones stay warm and the rest age out.
import type { LookupFunction } from 'node:net';
import type { GatewayError } from '../canonical/errors.ts';
import type { Origin } from '../canonical/wire.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { renderHead } from './render-head.ts';

/** Common servers hang up after 5 s of idleness; cloud front ends after a minute or more. */
const IDLE_PLAIN = 4_000;
const IDLE_TLS = 50_000;

export class Pool implements ConnectionOwner {
  readonly #origin: Origin;
  readonly #clock: { now(): number };
  readonly #lookup: LookupFunction | undefined;
  readonly #idle: Connection[] = [];
  /** Exchanges that wait for the connection opened on their behalf, oldest first. */
  readonly #opening = new Map<Connection, Exchange>();
  readonly #all = new Set<Connection>();

  constructor(origin: Origin, clock: { now(): number }, lookup?: LookupFunction) {
    this.#origin = origin;
    this.#clock = clock;
    this.#lookup = lookup;
  }

  get size(): number {
    return this.#all.size;
  }

  carry(exchange: Exchange): void {
    const now = this.#clock.now();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.idle && idle.staleAt > now) {
        idle.carry(exchange, renderHead(exchange.wire));
        return;
      }
      this.#drop(idle);
    }
    this.#openFor(exchange);
  }

  /** Closes connections that have idled too long. */
  sweep(now: number): void {
    let fresh = 0;
    while (fresh < this.#idle.length && (this.#idle[fresh] as Connection).staleAt <= now) {
      this.#drop(this.#idle[fresh] as Connection);
      fresh += 1;
    }
    if (fresh > 0) this.#idle.splice(0, fresh);
  }

  close(): void {
    for (const connection of this.#all) connection.destroy();
    this.#all.clear();
    this.#idle.length = 0;
  }

  connected(connection: Connection): void {
    const exchange = this.#opening.get(connection);
    this.#opening.delete(connection);
    if (exchange === undefined || exchange.over) this.released(connection, true);
    else connection.carry(exchange, renderHead(exchange.wire));
  }

  failed(connection: Connection, error: GatewayError): void {
    const exchange = this.#opening.get(connection);
    this.#opening.delete(connection);
    this.#all.delete(connection);
    exchange?.broken(error);
  }

  released(connection: Connection, reusable: boolean): void {
    if (!reusable) {
      this.#all.delete(connection);
      return;
    }
    connection.staleAt = this.#clock.now() + (this.#origin.tls ? IDLE_TLS : IDLE_PLAIN);
    this.#idle.push(connection);
  }

  /** A reused connection that dies before a byte was seen lost a race with the upstream's idle timer: once more, anew. */
  closed(connection: Connection, exchange: Exchange | undefined): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (exchange === undefined) return;
    exchange.rewind();
    this.#openFor(exchange);
  }

  /** The caller has left before the connection was there: nobody will use it. */
  forget(exchange: Exchange): void {
    for (const [connection, waiting] of this.#opening) {
      if (waiting !== exchange) continue;
      this.#opening.delete(connection);
      this.#drop(connection);
      return;
    }
  }

  #openFor(exchange: Exchange): void {
    const connection = new Connection(this.#origin, this, this.#lookup);
    this.#all.add(connection);
    this.#opening.set(connection, exchange);
  }

  #drop(connection: Connection): void {
    this.#all.delete(connection);
    connection.destroy();
  }
}
