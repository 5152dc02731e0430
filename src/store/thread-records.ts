// Records as the gateway sees them: the store works in a thread, started with the first question, so that no write
// to a disk holds up other people's streams. A thread that broke is started again by the next question.
import { existsSync } from 'node:fs';
import process from 'node:process';
import type { TenantId } from '../canonical/ids.ts';
import type { KeptRecord, RecordKind, RecordPage, Records } from '../ports.ts';
import type { Answer, Deed, Question } from './thread.ts';

export interface StoreThread {
  ask(question: Question): void;
  /** Resolves when all that was asked is done and the file is closed. */
  end(id: number): Promise<void>;
}

export interface StoreEvents {
  answer(answer: Answer): void;
  broken(cause: Error): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (cause: Error) => void;
}

export class ThreadRecords implements Records {
  readonly #start: (events: StoreEvents) => StoreThread;
  readonly #waiting = new Map<number, Waiting>();
  #thread: StoreThread | undefined = undefined;
  #closed = false;
  #next = 1;

  constructor(start: (events: StoreEvents) => StoreThread) {
    this.#start = start;
  }

  put(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<void> {
    return this.#ask('put', kind, tenant, record);
  }

  putAll(
    tenant: TenantId,
    records: readonly (readonly [kind: RecordKind, record: KeptRecord])[],
    most?: number,
  ): Promise<void> {
    return this.#ask('putAll', tenant, records, most);
  }

  putNew(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<boolean> {
    return this.#ask('putNew', kind, tenant, record);
  }

  get(kind: RecordKind, tenant: TenantId, id: string): Promise<KeptRecord | undefined> {
    return this.#ask('get', kind, tenant, id);
  }

  list(kind: RecordKind, tenant: TenantId, page: RecordPage): Promise<readonly KeptRecord[] | undefined> {
    return this.#ask('list', kind, tenant, page);
  }

  remove(kind: RecordKind, tenant: TenantId, id: string): Promise<boolean> {
    return this.#ask('remove', kind, tenant, id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.end(this.#next);
    this.#thread = undefined;
  }

  #ask<Value>(deed: Deed, ...about: readonly unknown[]): Promise<Value> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    const id = this.#next;
    this.#next += 1;
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#running().ask({ id, deed, about });
    });
  }

  #running(): StoreThread {
    if (this.#thread !== undefined) return this.#thread;
    const thread = this.#start({
      answer: (answer) => this.#settle(answer),
      broken: (cause) => {
        if (this.#thread !== thread) return;
        this.#thread = undefined;
        for (const { reject } of this.#waiting.values()) reject(cause);
        this.#waiting.clear();
      },
    });
    this.#thread = thread;
    return thread;
  }

  #settle({ id, value, fault }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (fault === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(fault));
  }
}

/** Beside us when compiled; in a bundle it is a file of its own, one folder up from chunks. */
const places = ['./thread.js', './store.js', '../store.js'] as const;

/** `path`: of the store's file. */
export function startStore(path: string): (events: StoreEvents) => StoreThread {
  return (events) => {
    const file = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
    if (file === undefined) {
      queueMicrotask(() => events.broken(new Error('The code of the store is not where it should be.')));
      return { ask: () => undefined, end: async () => undefined };
    }
    // Only now: most gateways keep nothing.
    const { Worker } = process.getBuiltinModule('node:worker_threads');
    const worker = new Worker(file, { workerData: path, stdout: false });
    const gone = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
    // Only who waits for an answer keeps the process alive.
    worker.unref();
    worker.on('message', (answer: Answer) => events.answer(answer));
    worker.on('error', (cause) => events.broken(cause instanceof Error ? cause : new Error(String(cause))));
    worker.on('exit', () => events.broken(new Error('The store has stopped.')));
    return {
      ask: (question) => worker.postMessage(question),
      end: (id) => {
        worker.ref();
        worker.postMessage({ id, deed: 'close', about: [] } satisfies Question);
        return gone;
      },
    };
  };
}
