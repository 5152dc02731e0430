// SQLite without anything to compile: node's own where there is one, a package with prebuilt binaries elsewhere.
import process from 'node:process';

export interface SqliteStatement {
  run(...values: readonly SqliteValue[]): { readonly changes: number | bigint };
  get(...values: readonly SqliteValue[]): Readonly<Record<string, SqliteValue>> | undefined;
  all(...values: readonly SqliteValue[]): readonly Readonly<Record<string, SqliteValue>>[];
}

export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export type SqliteValue = string | number | null;

interface SqliteModule {
  readonly DatabaseSync: new (path: string) => SqliteDatabase;
}

/** Where to look, best first. */
const SOURCES = ['node:sqlite', '@photostructure/sqlite'] as const;

/** Throws when neither is there. */
export async function openSqlite(path: string): Promise<SqliteDatabase> {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(path);
  // Other processes may use the file; a committed record survives our death, though not always the machine's.
  database.exec('PRAGMA busy_timeout = 250; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return database;
}

async function loadSqlite(): Promise<SqliteModule> {
  const failures: unknown[] = [];
  for (const source of SOURCES) {
    try {
      return await quietly(() => import(source) as Promise<SqliteModule>);
    } catch (cause) {
      failures.push(cause);
    }
  }
  throw new AggregateError(failures, 'There is no SQLite: neither in this node nor as a package.');
}

/** Node 22 warns that its SQLite is experimental; the people who start a gateway cannot do anything about it. */
async function quietly<Result>(load: () => Promise<Result>): Promise<Result> {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: readonly unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof emitWarning;
  try {
    return await load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
