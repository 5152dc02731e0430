// A call as the server sees it. It is on its connection until its answer is out, and over only when, besides,
// the gateway is through with it: its receipt is written.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CALLER_LEFT } from '../flow/stage.ts';
import { Cancel } from '../lib/cancel.ts';
import type { Connection, OnSocket } from './connection.ts';
import { type Always, HttpOutlet } from './http-outlet.ts';
import type { Holder, KeyHold } from './overload/guard.ts';
import { nobody } from './overload/key-holds.ts';

export class OpenCall implements OnSocket, Holder {
  place = -1;
  readonly cancel = new Cancel();
  readonly outlet: HttpOutlet;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #connection: Connection;
  /** Bytes of its body that the guard has made room for. */
  held = 0;
  key: KeyHold = nobody;
  readonly #over: (call: OpenCall) => void;
  #closed = false;
  #settled = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
    always: Always,
    over: (call: OpenCall) => void,
  ) {
    this.#request = request;
    this.#response = response;
    this.#connection = connection;
    this.#over = over;
    this.outlet = new HttpOutlet(response, connection, always);
    connection.add(this);
    response.on('close', () => this.leave(CALLER_LEFT));
  }

  get isHalfAsked(): boolean {
    return !this.#request.complete && !this.#response.headersSent;
  }

  leave(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.remove(this);
    if (!this.#response.writableFinished) {
      // A response that waits for its turn on the socket does not notice that the turn will not come.
      this.#response.destroy();
      this.cancel.request(reason);
    }
    this.outlet.release();
    if (this.#settled) this.#over(this);
  }

  /** The gateway is through with it. */
  settled(): void {
    this.#settled = true;
    if (this.#closed) this.#over(this);
  }
}
