// Receipts on disk, one JSON line each. All receipts of one turn of the event loop share one write; their
// promises resolve when the bytes are in the page cache, which outlives this process but not the power.
import fs from 'node:fs';
import type { Receipt } from '../canonical/receipt.ts';
import type { Clock, Journal, Ticker } from '../ports.ts';
import { type Claim, claimJournal, RENEW_EVERY } from './claim.ts';
import { createProcessTable, type ProcessTable } from './process-table.ts';
import { RotatingFile, type WriteBytes } from './rotating-file.ts';

export interface FileJournalOptions {
  /** The file, or where another process has it, the next like it: `receipts.2.ndjson`. */
  readonly path: string;
  /** Bytes after which the file becomes `path.1` and a new one is begun. */
  readonly maxBytes: number;
  /** How many full files stay; older ones are deleted. */
  readonly keep?: number;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** A receipt as one line of JSON in ASCII, without the newline. */
  readonly encode: (receipt: Receipt) => string;
  /** Runs something when this turn of the event loop is over. */
  readonly immediate?: (run: () => void) => void;
  readonly write?: WriteBytes;
  readonly processes?: ProcessTable;
}

interface Batch {
  readonly written: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

const KEEP = 16;
const ROOM = 64 * 1024;
const done = Promise.resolve();

/** Throws when the file cannot be opened: a gateway that cannot record must not start. */
export function createFileJournal(options: FileJournalOptions): Journal {
  return new FileJournal(options);
}

export function createNullJournal(): Journal {
  return { append: () => done, close: () => done };
}

class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #processes: ProcessTable;
  readonly #stopRenewing: () => void;
  #claim: Claim;
  #file: RotatingFile;
  readonly #encode: (receipt: Receipt) => string;
  readonly #immediate: (run: () => void) => void;
  readonly #flush = () => this.#commit();
  #bytes: Buffer = Buffer.allocUnsafeSlow(ROOM);
  #length = 0;
  #batch: Batch | undefined = undefined;
  #closed = false;

  constructor(options: FileJournalOptions) {
    this.#options = options;
    this.#processes = options.processes ?? createProcessTable();
    this.#claim = claimJournal(options.path, this.#processes);
    this.#file = this.#open(this.#claim);
    this.#stopRenewing = options.ticker.every(RENEW_EVERY, () => this.#renew());
    this.#encode = options.encode;
    this.#immediate = options.immediate ?? setImmediate;
  }

  append(receipt: Receipt): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The journal is closed.'));
    try {
      this.#add(this.#encode(receipt));
    } catch (cause) {
      return Promise.reject(cause);
    }
    if (this.#batch === undefined) {
      this.#batch = openBatch();
      this.#immediate(this.#flush);
    }
    return this.#batch.written;
  }

  close(): Promise<void> {
    if (this.#closed) return done;
    this.#closed = true;
    const last = this.#batch?.written ?? done;
    this.#commit();
    this.#stopRenewing();
    this.#file.close();
    this.#claim.release();
    return last;
  }

  #open(claim: Claim): RotatingFile {
    const { maxBytes, keep = KEEP, clock, write = fs.writeSync } = this.#options;
    try {
      return new RotatingFile({ path: claim.path, maxBytes, keep, clock, write });
    } catch (cause) {
      claim.release();
      throw cause;
    }
  }

  /** A claim that was lost is made anew, here or at another place; while that fails, the old file serves. */
  #renew(): void {
    if (this.#claim.renew()) return;
    try {
      const claim = claimJournal(this.#options.path, this.#processes);
      const file = this.#open(claim);
      this.#file.close();
      this.#file = file;
      this.#claim = claim;
    } catch {
      // At the next tick again.
    }
  }

  #add(line: string): void {
    const needed = this.#length + line.length + 1;
    if (needed > this.#bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(wider, 0, 0, this.#length);
      this.#bytes = wider;
    }
    this.#length += this.#bytes.write(line, this.#length, 'latin1');
    this.#bytes[this.#length] = 0x0a;
    this.#length += 1;
  }

  #commit(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    const lines = this.#bytes.subarray(0, this.#length);
    this.#batch = undefined;
    this.#length = 0;
    try {
      this.#file.append(lines);
      batch.resolve();
    } catch (cause) {
      batch.reject(cause);
    }
  }
}

function openBatch(): Batch {
  let resolve: () => void = () => undefined;
  let reject: (cause: unknown) => void = () => undefined;
  const written = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { written, resolve, reject };
}
