// Reads a request body into one buffer, within a bound that is checked before the bytes are kept, and for
// no longer than its caller keeps sending.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../canonical/errors.ts';
import type { Cancel } from '../lib/cancel.ts';
import { Deadlines, type Timed } from '../lib/deadlines.ts';
import type { Clock, Ticker } from '../ports.ts';
import type { Holder, OverloadGuard } from './overload/guard.ts';
import { overloaded, statedLength } from './overload/shed.ts';

export interface BodyWish {
  /** Bytes. */
  readonly bound: number;
  readonly cancel: Cancel;
  readonly slow: SlowBodies;
  /** Whose bytes these are, and who is asked for room as they come: what was only announced takes none. */
  readonly call?: Holder;
  readonly guard?: OverloadGuard;
}

/** In each span, so many bytes must come or the body be whole. */
const PIECE = 16 * 1024;
const GRAIN = 500;

/** The bodies on their way, and how long each piece of them may take. */
export class SlowBodies {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Milliseconds. */
  readonly span: number;

  constructor(clock: Clock, ticker: Ticker, span: number) {
    this.clock = clock;
    this.deadlines = new Deadlines(clock, ticker, Math.min(GRAIN, span));
    this.span = span;
  }
}

export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  wish: BodyWish,
): Promise<Buffer> {
  const length = statedLength(request);
  if (length > wish.bound) {
    request.resume();
    return Promise.reject(tooLarge(wish.bound, length));
  }
  return new Promise((resolve, reject) => {
    new Arrival(request, response, wish, length, resolve, reject).begin();
  });
}

class Arrival implements Timed {
  place = -1;
  deadline: number;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #wish: BodyWish;
  /** As stated; 0 when it is not. */
  readonly #length: number;
  readonly #resolve: (body: Buffer) => void;
  readonly #reject: (cause: GatewayError) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  /** Size when the deadline was last moved. */
  #seen = 0;
  #over = false;
  readonly #gone = (): void => this.#fail(left());

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    wish: BodyWish,
    length: number,
    resolve: (body: Buffer) => void,
    reject: (cause: GatewayError) => void,
  ) {
    this.deadline = wish.slow.clock.now() + wish.slow.span;
    this.#request = request;
    this.#response = response;
    this.#wish = wish;
    this.#length = length;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    this.#wish.slow.deadlines.add(this);
    this.#request.on('data', (chunk: Buffer) => this.#take(chunk));
    if (this.#length === 0) this.#request.on('end', () => this.#whole());
    this.#wish.cancel.onRequest(this.#gone);
  }

  expire(now: number): void {
    if (this.#size - this.#seen >= PIECE) {
      this.#seen = this.#size;
      this.deadline = now + this.#wish.slow.span;
      return;
    }
    // What still comes belongs to nobody.
    this.#response.shouldKeepAlive = false;
    this.#fail(tooSlow());
  }

  #take(chunk: Buffer): void {
    if (this.#over) return;
    this.#size += chunk.length;
    if (this.#size > this.#wish.bound) {
      this.#fail(tooLarge(this.#wish.bound, undefined));
      return;
    }
    if (!this.#hasRoom(chunk.length)) return;
    this.#chunks.push(chunk);
    if (this.#size === this.#length) this.#whole();
  }

  #hasRoom(bytes: number): boolean {
    const { guard, call } = this.#wish;
    if (guard === undefined || call === undefined) return true;
    const reason = guard.hold(bytes, call);
    if (reason === undefined) return true;
    guard.shed(reason);
    this.#fail(overloaded(reason));
    return false;
  }

  #whole(): void {
    if (this.#over) return;
    this.#end();
    const only = this.#chunks[0];
    if (this.#chunks.length === 1 && only !== undefined) this.#resolve(only);
    else this.#resolve(Buffer.concat(this.#chunks, this.#size));
  }

  #fail(why: GatewayError): void {
    if (this.#over) return;
    this.#end();
    this.#chunks.length = 0;
    this.#reject(why);
  }

  #end(): void {
    this.#over = true;
    this.#wish.slow.deadlines.remove(this);
    this.#wish.cancel.forget(this.#gone);
  }
}

function left(): GatewayError {
  return new GatewayError('client_gone', 'The caller left while sending the body.');
}

function tooSlow(): GatewayError {
  return new GatewayError('request_timeout', 'The body did not arrive in time.', {
    remedy: 'Send it faster, or raise listen.arrival.',
  });
}

function tooLarge(bound: number, stated: number | undefined): GatewayError {
  const what = stated === undefined ? 'The body' : `The body of ${stated} bytes`;
  return new GatewayError('body_too_large', `${what} is larger than the ${bound} bytes taken here.`, {
    param: 'body',
    remedy: 'Send less, or raise listen.max_body.',
  });
}
