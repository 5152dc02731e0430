// The embedded store: one table of small records in a SQLite file, opened when the first one is needed. What has
// expired or was removed is gone for every reader at once, and from the file later. It blocks whoever calls it: only
// its own thread does.
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TenantId } from '../canonical/ids.ts';
import type { Clock, KeptRecord, RecordKind, RecordPage, Records } from '../ports.ts';
import { prepareStatements, prepareTables, type Statements, weightOf } from './records-schema.ts';
import { openSqlite, type SqliteDatabase, type SqliteValue } from './sqlite.ts';

export interface RecordsParts {
  readonly path: string;
  readonly clock: Clock;
}

/** Old records leave a few at a time, on the way of new ones. */
const SWEEP_EVERY = 64;
const SWEEP_MOST = 256;
/** So long the place of what is gone is known to those who are in the middle of a list. */
const GRACE = 3_600_000;

export function createRecords(parts: RecordsParts): Records {
  return new SqliteRecords(parts);
}

class SqliteRecords implements Records {
  readonly #parts: RecordsParts;
  #opening: Promise<Opened> | undefined = undefined;
  #opened: Opened | undefined = undefined;
  #closed = false;
  #puts = 0;

  constructor(parts: RecordsParts) {
    this.#parts = parts;
  }

  put(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<void> {
    return this.putAll(tenant, [[kind, record]]);
  }

  async putAll(
    tenant: TenantId,
    records: readonly (readonly [kind: RecordKind, record: KeptRecord])[],
    most?: number,
  ): Promise<void> {
    const { database, statements } = this.#opened ?? (await this.#open());
    const { put, sweep } = statements;
    database.exec('BEGIN IMMEDIATE');
    try {
      if (most !== undefined) makeRoom(statements, tenant, records, most);
      for (const [kind, { id, created, expires, value }] of records) {
        put.run(kind, tenant, id, created, expires, value);
      }
      database.exec('COMMIT');
    } catch (cause) {
      database.exec('ROLLBACK');
      throw cause;
    }
    this.#puts += 1;
    if (this.#puts % SWEEP_EVERY === 1) sweep.run(this.#now() - GRACE, SWEEP_MOST);
  }

  async putNew(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<boolean> {
    const { putNew } = (this.#opened ?? (await this.#open())).statements;
    const { id, created, expires, value } = record;
    return Number(putNew.run(kind, tenant, id, created, expires, value).changes) > 0;
  }

  async get(kind: RecordKind, tenant: TenantId, id: string): Promise<KeptRecord | undefined> {
    const { get } = (this.#opened ?? (await this.#open())).statements;
    const row = get.get(kind, tenant, id, this.#now());
    return row === undefined ? undefined : recordOf(row);
  }

  async list(
    kind: RecordKind,
    tenant: TenantId,
    { limit, after }: RecordPage,
  ): Promise<readonly KeptRecord[] | undefined> {
    const { list, placeOf, listAfter } = (this.#opened ?? (await this.#open())).statements;
    if (after === undefined) return list.all(kind, tenant, this.#now(), limit).map(recordOf);
    const place = placeOf.get(kind, tenant, after);
    if (place === undefined) return undefined;
    return listAfter.all(kind, tenant, this.#now(), place['created'] ?? 0, after, limit).map(recordOf);
  }

  async remove(kind: RecordKind, tenant: TenantId, id: string): Promise<boolean> {
    const { remove } = (this.#opened ?? (await this.#open())).statements;
    return Number(remove.run(this.#now(), kind, tenant, id).changes) > 0;
  }

  close(): void {
    this.#opened?.database.close();
    this.#opened = undefined;
    this.#closed = true;
  }

  #now(): number {
    return this.#parts.clock.wall();
  }

  /** A store that could not be opened is tried again by the next one who needs it. */
  #open(): Promise<Opened> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    this.#opening ??= open(this.#parts.path).then(
      (opened) => {
        this.#opened = opened;
        return opened;
      },
      (cause: unknown) => {
        this.#opening = undefined;
        throw cause;
      },
    );
    return this.#opening;
  }
}

interface Opened {
  readonly database: SqliteDatabase;
  readonly statements: Statements;
}

async function open(path: string): Promise<Opened> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = await openSqlite(path);
  chmodSync(path, 0o600);
  prepareTables(database);
  return { database, statements: prepareStatements(database) };
}

/** The oldest go, twice as many each time as before, until there is room for the new. */
function makeRoom(
  { weight, oldest, evict }: Statements,
  tenant: TenantId,
  records: readonly (readonly [kind: RecordKind, record: KeptRecord])[],
  most: number,
): void {
  const room = most - records.reduce((sum, [, { id, value }]) => sum + weightOf(id, value), 0);
  for (let batch = 1; ; batch *= 2) {
    const held = Number(weight.get(tenant)?.['bytes'] ?? 0);
    if (held <= 0 || held <= room) return;
    evict.run(tenant, oldest.get(tenant, batch - 1)?.['created'] ?? Number.MAX_SAFE_INTEGER);
  }
}

function recordOf(row: Readonly<Record<string, SqliteValue>>): KeptRecord {
  return {
    id: String(row['id']),
    value: String(row['value']),
    created: Number(row['created']),
    expires: Number(row['expires']),
  };
}
