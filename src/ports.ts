// Everything the flow needs from outside, as interfaces. Tests inject fakes; gateway.ts injects the real ones.
import type { TenantId } from './canonical/ids.ts';
import type { Receipt } from './canonical/receipt.ts';
import type { SealKeeper } from './canonical/seal-keeper.ts';

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

/** Remembers what tool calls were sealed with, for callers who cannot. May forget; never fails a call. */
export interface Seals {
  of(tenant: TenantId): SealKeeper;
}

/** What is kept in records: turns of conversations and which items are in them, who made what is sealed, who owns a file or a batch, and which batches are billed. */
export type RecordKind = 'turn' | 'item' | 'seal' | 'file' | 'batch' | 'billed';

export interface KeptRecord {
  readonly id: string;
  readonly value: string;
  /** Epoch milliseconds. */
  readonly created: number;
  readonly expires: number;
}

/** Small records that outlive a call and the process, kept per tenant until they expire. Rejects when it cannot. */
export interface Records {
  /** Resolves when the record survives a kill -9 of this process. */
  put(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<void>;
  /**
   * All of them or none. `most`: bytes that all turns, items and seals of the tenant may take up; the oldest of them
   * go for the new.
   */
  putAll(
    tenant: TenantId,
    records: readonly (readonly [kind: RecordKind, record: KeptRecord])[],
    most?: number,
  ): Promise<void>;
  /** False: it is there already, and stays as it is. Of all processes that try, one gets true. */
  putNew(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<boolean>;
  get(kind: RecordKind, tenant: TenantId, id: string): Promise<KeptRecord | undefined>;
  /** Newest first. Undefined: the record that the page is to begin after is so long gone that nobody knows its place. */
  list(kind: RecordKind, tenant: TenantId, page: RecordPage): Promise<readonly KeptRecord[] | undefined>;
  /** False: there was none. */
  remove(kind: RecordKind, tenant: TenantId, id: string): Promise<boolean>;
  close(): void | Promise<void>;
}

export interface RecordPage {
  readonly limit: number;
  /** Id of the last record of the page before. */
  readonly after?: string;
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
