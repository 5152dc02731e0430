// A caller's socket and the calls open on it. When a socket closes, node tells only the response that holds
// it; calls pipelined behind that one learn it here. Here, too, callers who have stopped reading are cut.
import type { Socket } from 'node:net';
import { CALLER_LEFT, CALLER_STALLED } from '../flow/stage.ts';
import { Deadlines, type Timed } from '../lib/deadlines.ts';
import { Roster, type Rostered } from '../lib/roster.ts';
import type { Clock, Ticker } from '../ports.ts';
import { SlowBodies } from './read-body.ts';

export interface OnSocket extends Rostered {
  /** Its request has not come in whole, and nothing of its answer has gone out. */
  readonly isHalfAsked: boolean;
  /** Nothing more can go out. */
  leave(reason: string): void;
}

const GRAIN = 250;
/** Looks at a blocked socket per patience: a cut comes late by a quarter of it at most. */
const LOOKS = 4;

export class Connections {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly slow: SlowBodies;
  /** Milliseconds in which a blocked caller must take at least one byte. */
  readonly patience: number;
  readonly #known = new WeakMap<object, Connection>();

  constructor(clock: Clock, ticker: Ticker, patience: number, arrival = Number.POSITIVE_INFINITY) {
    this.clock = clock;
    this.deadlines = new Deadlines(clock, ticker, GRAIN);
    this.slow = new SlowBodies(clock, ticker, arrival);
    this.patience = patience;
  }

  of(socket: Socket): Connection {
    const known = this.#known.get(socket);
    if (known !== undefined) return known;
    const connection = new Connection(socket, this);
    this.#known.set(socket, connection);
    socket.once('close', () => connection.close(CALLER_LEFT));
    return connection;
  }

  /** Words on the socket itself are read as the answer to the oldest open call: they must be meant for it. */
  mayRefuse(socket: object): boolean {
    return this.#known.get(socket)?.mayRefuse !== false;
  }
}

export class Connection implements Timed {
  place = -1;
  deadline = Number.POSITIVE_INFINITY;
  readonly #socket: Socket;
  readonly #house: Connections;
  readonly #calls = new Roster<OnSocket>();
  /** Bytes that had left when last looked at, and when that number last grew. */
  #left = 0;
  #movedAt = 0;

  constructor(socket: Socket, house: Connections) {
    this.#socket = socket;
    this.#house = house;
  }

  get mayRefuse(): boolean {
    let may = true;
    this.#calls.visitAll((call) => {
      may &&= call.isHalfAsked;
    });
    return may;
  }

  add(call: OnSocket): void {
    this.#calls.add(call);
  }

  remove(call: OnSocket): void {
    this.#calls.remove(call);
  }

  /** Something has to wait for the caller to read. */
  blocked(): void {
    if (this.place >= 0 || this.#socket.destroyed) return;
    this.#left = bytesLeft(this.#socket);
    this.#see(this.#house.clock.now());
    this.#house.deadlines.add(this);
  }

  /** An answer is over for us; is it for the socket? */
  ended(): void {
    if (this.#socket.writableLength > 0 || this.#calls.size > 1) this.blocked();
  }

  expire(now: number): void {
    const waits = this.#socket.writableLength > 0;
    const left = bytesLeft(this.#socket);
    if (!waits && this.#calls.size === 0) this.#house.deadlines.remove(this);
    else if (!waits || left !== this.#left) {
      this.#left = left;
      this.#see(now);
    } else if (now - this.#movedAt >= this.#house.patience) this.close(CALLER_STALLED);
    else this.deadline = now + this.#house.patience / LOOKS;
  }

  close(reason: string): void {
    this.#house.deadlines.remove(this);
    this.#calls.visitAll((call) => call.leave(reason));
    this.#socket.destroy();
  }

  #see(now: number): void {
    this.#movedAt = now;
    this.deadline = now + this.#house.patience / LOOKS;
  }
}

interface Handle {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/**
 * What the system has taken. Sockets have no public word for it: theirs count a write of megabytes as one, and
 * node's own socket timeout reads the same two numbers.
 */
function bytesLeft(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: Handle | null };
  return (handle?.bytesWritten ?? 0) - (handle?.writeQueueSize ?? 0);
}
