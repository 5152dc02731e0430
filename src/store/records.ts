// The embedded store: one table of small records in a SQLite file, opened when the first one is needed. What has
// expired is gone for every reader at once, and from the file a little later.
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TenantId } from '../canonical/ids.ts';
import type { Clock, KeptRecord, RecordKind, RecordPage, Records } from '../ports.ts';
import { openSqlite, type SqliteDatabase, type SqliteStatement, type SqliteValue } from './sqlite.ts';

export interface RecordsParts {
  readonly path: string;
  readonly clock: Clock;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, tenant TEXT NOT NULL, id TEXT NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (kind, tenant, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_by_age ON records (kind, tenant, created, id);
  CREATE INDEX IF NOT EXISTS records_by_end ON records (expires);
`;
const INTO = 'INTO records (kind, tenant, id, created, expires, value) VALUES (?, ?, ?, ?, ?, ?)';
const COLUMNS = 'id, created, expires, value';
/** Old records leave a few at a time, on the way of new ones. */
const SWEEP_EVERY = 64;
const SWEEP_MOST = 256;

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
  ): Promise<void> {
    const { database, put, sweep } = this.#opened ?? (await this.#open());
    database.exec('BEGIN IMMEDIATE');
    try {
      for (const [kind, { id, created, expires, value }] of records) {
        put.run(kind, tenant, id, created, expires, value);
      }
      database.exec('COMMIT');
    } catch (cause) {
      database.exec('ROLLBACK');
      throw cause;
    }
    this.#puts += 1;
    if (this.#puts % SWEEP_EVERY === 1) sweep.run(this.#now(), SWEEP_MOST);
  }

  async putNew(kind: RecordKind, tenant: TenantId, record: KeptRecord): Promise<boolean> {
    const { putNew } = this.#opened ?? (await this.#open());
    const { id, created, expires, value } = record;
    return Number(putNew.run(kind, tenant, id, created, expires, value).changes) > 0;
  }

  async get(kind: RecordKind, tenant: TenantId, id: string): Promise<KeptRecord | undefined> {
    const { get } = this.#opened ?? (await this.#open());
    const row = get.get(kind, tenant, id, this.#now());
    return row === undefined ? undefined : recordOf(row);
  }

  async list(
    kind: RecordKind,
    tenant: TenantId,
    { limit, after }: RecordPage,
  ): Promise<readonly KeptRecord[]> {
    const { list, listAfter } = this.#opened ?? (await this.#open());
    const rows =
      after === undefined
        ? list.all(kind, tenant, this.#now(), limit)
        : listAfter.all(kind, tenant, this.#now(), kind, tenant, after, limit);
    return rows.map(recordOf);
  }

  async remove(kind: RecordKind, tenant: TenantId, id: string): Promise<boolean> {
    const { remove } = this.#opened ?? (await this.#open());
    return Number(remove.run(kind, tenant, id, this.#now()).changes) > 0;
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
  readonly put: SqliteStatement;
  readonly putNew: SqliteStatement;
  readonly get: SqliteStatement;
  readonly list: SqliteStatement;
  readonly listAfter: SqliteStatement;
  readonly remove: SqliteStatement;
  readonly sweep: SqliteStatement;
}

async function open(path: string): Promise<Opened> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = await openSqlite(path);
  chmodSync(path, 0o600);
  database.exec(SCHEMA);
  const mine = 'kind = ? AND tenant = ?';
  const order = 'ORDER BY created DESC, id DESC LIMIT ?';
  return {
    database,
    put: database.prepare(`INSERT OR REPLACE ${INTO}`),
    putNew: database.prepare(`INSERT OR IGNORE ${INTO}`),
    get: database.prepare(`SELECT ${COLUMNS} FROM records WHERE ${mine} AND id = ? AND expires > ?`),
    list: database.prepare(`SELECT ${COLUMNS} FROM records WHERE ${mine} AND expires > ? ${order}`),
    listAfter: database.prepare(
      `SELECT ${COLUMNS} FROM records WHERE ${mine} AND expires > ?
         AND (created, id) < (SELECT created, id FROM records WHERE ${mine} AND id = ?) ${order}`,
    ),
    remove: database.prepare(`DELETE FROM records WHERE ${mine} AND id = ? AND expires > ?`),
    sweep: database.prepare(
      'DELETE FROM records WHERE (kind, tenant, id) IN (SELECT kind, tenant, id FROM records WHERE expires <= ? LIMIT ?)',
    ),
  };
}

function recordOf(row: Readonly<Record<string, SqliteValue>>): KeptRecord {
  return {
    id: String(row['id']),
    value: String(row['value']),
    created: Number(row['created']),
    expires: Number(row['expires']),
  };
}
