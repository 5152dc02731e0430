// Everything the flow needs from outside, as interfaces. Tests inject fakes; gateway.ts injects the real ones.
import type { Receipt } from './canonical/receipt.ts';

export type { Transport } from './canonical/wire.ts';

export interface Clock {
  /** Monotonic milliseconds: for durations and deadlines. */
  now(): number;
  /** Epoch milliseconds: for people and receipts. */
  wall(): number;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Calls `tick` regularly until stopped: the one coarse timer that deadlines and refills hang on. */
export interface Ticker {
  every(milliseconds: number, tick: () => void): () => void;
}

/** Where receipts go that must not be lost. Resolves when the bytes survive a kill -9 of this process. */
export interface Journal {
  append(receipt: Receipt): Promise<void>;
  close(): Promise<void>;
}

/** A consumer of receipts that may lag or drop, but never fails the call: log, metrics, live feed. */
export interface Sink {
  take(receipt: Receipt): void;
}

/** Counts tokens away from the event loop. */
export interface TokenCounter {
  /** Of the texts in a call's body, by the tokenizer there is; undefined when it cannot: too large, too busy, broken. */
  count(body: Buffer): Promise<number | undefined>;
}
