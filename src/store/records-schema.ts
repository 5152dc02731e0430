// The tables of the embedded store. How much a tenant's history weighs is counted by the file itself, row by row, so
// that it is right whoever writes, removes or sweeps, in this process or another.
import type { SqliteDatabase, SqliteStatement } from './sqlite.ts';

const TABLES = `
  CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, tenant TEXT NOT NULL, id TEXT NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (kind, tenant, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_by_age ON records (kind, tenant, created, id);
  CREATE INDEX IF NOT EXISTS records_by_end ON records (expires);
`;
/** What goes by age where a tenant has too much of it. Files and batches stay: an upstream has them. */
const AGING = "('turn', 'item', 'seal')";
/** Of a row, with its entries in three trees, beside what it holds. */
const ROW = 200;

function weighed(row: string): string {
  return `octet_length(${row}.value) + 2 * octet_length(${row}.id) + ${ROW}`;
}

const WEIGHTS = `
  CREATE TABLE weights (tenant TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER records_put AFTER INSERT ON records WHEN NEW.kind IN ${AGING} BEGIN
    INSERT INTO weights VALUES (NEW.tenant, ${weighed('NEW')})
      ON CONFLICT (tenant) DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER records_changed AFTER UPDATE OF value ON records WHEN NEW.kind IN ${AGING} BEGIN
    UPDATE weights SET bytes = bytes + octet_length(NEW.value) - octet_length(OLD.value) WHERE tenant = NEW.tenant;
  END;
  CREATE TRIGGER records_gone AFTER DELETE ON records WHEN OLD.kind IN ${AGING} BEGIN
    UPDATE weights SET bytes = bytes - (${weighed('OLD')}) WHERE tenant = OLD.tenant;
  END;
  INSERT INTO weights
    SELECT tenant, sum(${weighed('records')}) FROM records WHERE kind IN ${AGING} GROUP BY tenant;
  PRAGMA user_version = 1;
`;

export interface Statements {
  readonly put: SqliteStatement;
  readonly putNew: SqliteStatement;
  readonly get: SqliteStatement;
  readonly list: SqliteStatement;
  readonly placeOf: SqliteStatement;
  readonly listAfter: SqliteStatement;
  readonly remove: SqliteStatement;
  readonly sweep: SqliteStatement;
  readonly weight: SqliteStatement;
  readonly oldest: SqliteStatement;
  readonly evict: SqliteStatement;
}

/** An older file gets what it lacks. */
export function prepareTables(database: SqliteDatabase): void {
  database.exec(TABLES);
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version === 0) database.exec(WEIGHTS);
    database.exec('COMMIT');
  } catch (cause) {
    database.exec('ROLLBACK');
    throw cause;
  }
}

export function prepareStatements(database: SqliteDatabase): Statements {
  const columns = 'id, created, expires, value';
  const mine = 'kind = ? AND tenant = ?';
  const order = 'ORDER BY created DESC, id DESC LIMIT ?';
  const aging = (kind: string): string =>
    `SELECT created FROM records WHERE kind = '${kind}' AND tenant = ?1`;
  return {
    // Not REPLACE, which would delete behind the back of the one who counts.
    put: database.prepare(
      `INSERT INTO records (kind, tenant, id, created, expires, value) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (kind, tenant, id) DO UPDATE SET
           created = excluded.created, expires = excluded.expires, value = excluded.value`,
    ),
    putNew: database.prepare(
      'INSERT OR IGNORE INTO records (kind, tenant, id, created, expires, value) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    get: database.prepare(`SELECT ${columns} FROM records WHERE ${mine} AND id = ? AND expires > ?`),
    list: database.prepare(`SELECT ${columns} FROM records WHERE ${mine} AND expires > ? ${order}`),
    placeOf: database.prepare(`SELECT created FROM records WHERE ${mine} AND id = ?`),
    listAfter: database.prepare(
      `SELECT ${columns} FROM records WHERE ${mine} AND expires > ? AND (created, id) < (?, ?) ${order}`,
    ),
    // Its place in lists stays for a while: who is in the middle of one goes on from there.
    remove: database.prepare(
      `UPDATE records SET value = '', expires = ?1 WHERE kind = ?2 AND tenant = ?3 AND id = ?4 AND expires > ?1`,
    ),
    sweep: database.prepare(
      'DELETE FROM records WHERE (kind, tenant, id) IN (SELECT kind, tenant, id FROM records WHERE expires <= ? LIMIT ?)',
    ),
    weight: database.prepare('SELECT bytes FROM weights WHERE tenant = ?'),
    oldest: database.prepare(
      `${['turn', 'item', 'seal'].map(aging).join(' UNION ALL ')} ORDER BY created LIMIT 1 OFFSET ?2`,
    ),
    evict: database.prepare(`DELETE FROM records WHERE kind IN ${AGING} AND tenant = ? AND created <= ?`),
  };
}

/** As `weighed` does, for what is not there yet. */
export function weightOf(id: string, value: string): number {
  return Buffer.byteLength(value) + 2 * Buffer.byteLength(id) + ROW;
}
