// One socket to one upstream, used by one exchange at a time. All sockets of the process read into one
// shared buffer: a read is handled before the next one starts, so nobody sees another's bytes.
import net from 'node:net';
import tls from 'node:tls';
import { GatewayError } from '../canonical/errors.ts';
import type { Origin } from '../canonical/wire.ts';
import type { Exchange } from './exchange.ts';

const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Up to here a copy is cheaper than a system call with several pieces. */
const JOINED = 16 * 1024;

export interface ConnectionOwner {
  /** Ready for its first exchange. */
  connected(connection: Connection): void;
  /** Could not be opened. */
  failed(connection: Connection, error: GatewayError): void;
  /** Its exchange is over; `reusable` connections may take another. */
  released(connection: Connection, reusable: boolean): void;
  /** Closed while idle, or while an exchange had not seen a byte yet (`exchange` is then given back). */
  closed(connection: Connection, exchange: Exchange | undefined): void;
}

export class Connection {
  /** How many exchanges it has carried before the current one. */
  uses = 0;
  /** Monotonic time at which an idle connection is no longer worth keeping. */
  staleAt = Number.POSITIVE_INFINITY;
  readonly #socket: net.Socket;
  readonly #owner: ConnectionOwner;
  readonly #origin: Origin;
  #exchange: Exchange | undefined = undefined;
  #open = false;
  #gone = false;

  constructor(origin: Origin, owner: ConnectionOwner, lookup?: net.LookupFunction) {
    this.#owner = owner;
    this.#origin = origin;
    const onread = {
      buffer: READ_BUFFER,
      callback: (length: number, buffer: Uint8Array): boolean => this.#read(length, buffer as Buffer),
    };
    const named = lookup === undefined ? {} : { lookup };
    const where = { host: origin.host, port: origin.port, onread, ...named };
    this.#socket = origin.tls
      ? tls.connect({
          ...where,
          servername: net.isIP(origin.host) === 0 ? origin.host : '',
          ALPNProtocols: ['http/1.1'],
        })
      : net.connect(where);
    this.#socket.setNoDelay(true);
    this.#socket.once(origin.tls ? 'secureConnect' : 'connect', () => this.#connected());
    this.#socket.on('end', () => this.#ended());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#failed(error));
    this.#socket.on('close', () => this.#ended());
  }

  get idle(): boolean {
    return this.#open && !this.#gone && this.#exchange === undefined;
  }

  /** Writes the call and lets the reply flow to the exchange. */
  carry(exchange: Exchange, head: string): void {
    if (!exchange.begin(this)) {
      this.#owner.released(this, true);
      return;
    }
    this.#exchange = exchange;
    const { body } = exchange.wire;
    let length = 0;
    for (const piece of body) length += piece.length;
    if (length <= JOINED) this.#socket.write(joined(head, body, length));
    else this.#writePieces(head, body);
  }

  #writePieces(head: string, body: readonly Buffer[]): void {
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    for (const piece of body) this.#socket.write(piece);
    this.#socket.uncork();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  release(reusable: boolean): void {
    this.#exchange = undefined;
    this.uses += 1;
    const flushed = this.#socket.writableLength === 0;
    if (reusable && flushed && !this.#gone) this.#owner.released(this, true);
    else {
      this.destroy();
      this.#owner.released(this, false);
    }
  }

  destroy(): void {
    this.#gone = true;
    this.#socket.destroy();
  }

  #connected(): void {
    if (this.#gone) return;
    this.#open = true;
    this.#owner.connected(this);
  }

  #read(length: number, buffer: Buffer): boolean {
    if (this.#exchange === undefined) this.destroy();
    else this.#exchange.read(buffer.subarray(0, length));
    return true;
  }

  #ended(): void {
    this.#lost(undefined);
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#lost(error);
  }

  #lost(error: NodeJS.ErrnoException | undefined): void {
    const exchange = this.#exchange;
    const wasOpen = this.#open;
    if (this.#gone && exchange === undefined) return;
    this.#gone = true;
    this.#open = false;
    this.#exchange = undefined;
    this.#socket.destroy();
    if (!wasOpen) this.#owner.failed(this, refused(error, this.#origin));
    else if (exchange === undefined) this.#owner.closed(this, undefined);
    else if (exchange.unheard && this.uses > 0) this.#owner.closed(this, exchange);
    else if (error === undefined) exchange.ended();
    else exchange.broken(reset(error));
  }
}

function joined(head: string, body: readonly Buffer[], length: number): Buffer {
  const whole = Buffer.allocUnsafe(head.length + length);
  let at = whole.write(head, 0, 'latin1');
  for (const piece of body) at += piece.copy(whole, at);
  return whole;
}

function refused(error: NodeJS.ErrnoException | undefined, { tls, host, port }: Origin): GatewayError {
  const code = error?.code ?? 'closed';
  const place = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new GatewayError('upstream_refused', `The upstream could not be reached (${code}).`, {
    upstream: { code },
    operator: `The upstream could not be reached at ${place} (${code}).`,
  });
}

function reset(error: NodeJS.ErrnoException): GatewayError {
  const code = error.code ?? 'error';
  return new GatewayError('upstream_reset', `The connection to the upstream broke (${code}).`, {
    upstream: { code },
  });
}
