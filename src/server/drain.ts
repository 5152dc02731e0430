// Leaving in good order: no new calls, open ones run on until the deadline, then they are told.
import type { Server } from 'node:http';
import type { Cancel } from '../lib/cancel.ts';
import { Roster } from '../lib/roster.ts';
import type { Ticker } from '../ports.ts';

/** The reason that reaches callers as an error of ours, not as their own leaving. */
export const SHUTDOWN = 'the gateway is shutting down';
const GRACE = 1_000;
/** Callers who have only connected are heard out for so many moments of so many milliseconds. */
const LOOKS = 10;
const MOMENT = 25;

export class Drain {
  readonly #open = new Roster<Cancel>();
  readonly #ticker: Ticker;
  #draining = false;
  #emptied: (() => void) | undefined = undefined;

  constructor(ticker: Ticker) {
    this.#ticker = ticker;
  }

  get draining(): boolean {
    return this.#draining;
  }

  get open(): number {
    return this.#open.size;
  }

  opened(cancel: Cancel): void {
    this.#open.add(cancel);
  }

  closed(cancel: Cancel): void {
    this.#open.remove(cancel);
    if (this.#open.size === 0) this.#emptied?.();
  }

  /** Resolves when the last call is over: by itself, or told to stop after `patience` milliseconds. */
  async empty(server: Server, patience: number): Promise<void> {
    this.#draining = true;
    server.close();
    server.closeIdleConnections();
    await this.#emptyWithin(patience);
    if (this.#open.size === 0) await this.#hearOut(server, patience);
    this.#open.visitAll((cancel) => cancel.request(SHUTDOWN));
    await this.#emptyWithin(GRACE);
    server.closeAllConnections();
    // Those who did not read until now learn it from that, and still have a receipt to be written.
    await this.#emptyWithin(GRACE);
  }

  /** Who has connected a moment ago is about to ask, and was let in: another place was not offered. */
  async #hearOut(server: Server, patience: number): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) {
      if ((await connectionsOf(server)) === 0) break;
      await this.#moment();
    }
    await this.#emptyWithin(patience);
  }

  #moment(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#ticker.every(MOMENT, () => {
        stop();
        resolve();
      });
    });
  }

  #emptyWithin(patience: number): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.#ticker.every(patience, () => this.#emptied?.());
      this.#emptied = () => {
        this.#emptied = undefined;
        stop();
        resolve();
      };
    });
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((_, count) => resolve(count ?? 0));
  });
}
