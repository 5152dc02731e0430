// The end of a server, once and in order: stop watching, drain, then close what calls needed.
import type { Server } from 'node:http';
import { Drain } from './drain.ts';
import { createTicker } from './edges.ts';
import type { OpenEdges } from './open-edges.ts';

export class Lifeline {
  readonly drain: Drain;
  readonly closed: Promise<void>;
  readonly #edges: OpenEdges;
  readonly #patience: number;
  readonly #stops: (() => void)[] = [];
  readonly #closes: (() => void)[] = [];
  #server: Server | undefined = undefined;
  #stopping: Promise<void> | undefined = undefined;
  #close: () => void = () => undefined;

  constructor(edges: OpenEdges, patience: number) {
    this.#edges = edges;
    this.#patience = patience;
    // A call that waits for nothing outside would let the process end before its receipt is written.
    this.drain = new Drain(createTicker(true));
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('The server is not there yet.');
    return this.#server;
  }

  set server(server: Server) {
    this.#server = server;
  }

  onStop(stop: () => void): void {
    this.#stops.push(stop);
  }

  /** After the last call. */
  onClosed(close: () => void): void {
    this.#closes.push(close);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.drain.empty(this.server, this.#patience);
    for (const close of this.#closes) close();
    await this.#edges.close();
    this.#close();
  }
}
