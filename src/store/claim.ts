// Whose a journal is. Two writers in one file could take back each other's lines, so a process claims a
// file before it opens it, and when another has it, goes on to the next: receipts.ndjson, receipts.2.ndjson …
// Refusing to start would be safe as well, but a new version could then not start while the old one drains.
//
// A claim is a file beside the journal whose name says whose it is. Everybody lays down his own and then
// looks for those of others: of two who come at once, at least one sees the other and goes on. Removing the
// claim of a dead process cannot hit a living one, because no two claims have one name.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import type { ProcessTable } from './process-table.ts';

/** Workers, and those that take their places while they drain. */
const MOST_PLACES = 80;
/** Claims from another container or machine, whose processes cannot be seen from here, live as long as they are renewed. */
export const RENEW_EVERY = 5_000;
const STALE_AFTER = 30_000;
const MARK = '.held-by-';

export interface Claim {
  /** The file that may be written. */
  readonly path: string;
  /** False when it was lost: this process slept for so long that another took it for dead. */
  renew(): boolean;
  release(): void;
}

/** Throws when no place is left, or claims cannot be written there. */
export function claimJournal(path: string, table: ProcessTable): Claim {
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let n = 1; n <= MOST_PLACES; n += 1) {
    const claim = tryPlace(placeOf(path, n), table);
    if (claim !== undefined) return claim;
  }
  throw new Error(`The journal ${path} and its ${MOST_PLACES - 1} other places are in use.`);
}

function placeOf(path: string, n: number): string {
  const { dir, name, ext } = parse(path);
  return n === 1 ? path : join(dir, `${name}.${n}${ext}`);
}

function tryPlace(path: string, table: ProcessTable): Claim | undefined {
  const { id, pid, started } = table;
  const own = `${path}${MARK}${pid}-${started}-${id}-${randomBytes(4).toString('hex')}`;
  fs.writeFileSync(own, '', { flag: 'wx', mode: 0o600 });
  // What time it is by the clock of that file system.
  const now = fs.statSync(own).mtimeMs;
  if (rivals(own, path, now, table).length > 0) {
    fs.rmSync(own, { force: true });
    return undefined;
  }
  return { path, renew: () => renew(own), release: () => fs.rmSync(own, { force: true }) };
}

/** Claims of the living; those of the dead are removed. */
function rivals(own: string, path: string, now: number, table: ProcessTable): readonly string[] {
  const folder = dirname(path);
  const start = `${basename(path)}${MARK}`;
  const others = fs
    .readdirSync(folder)
    .filter((name) => name.startsWith(start) && name !== basename(own))
    .map((name) => join(folder, name));
  const alive = others.filter((file) => isAlive(file, now, table));
  for (const file of others) if (!alive.includes(file)) fs.rmSync(file, { force: true });
  return alive;
}

function isAlive(file: string, now: number, table: ProcessTable): boolean {
  const [pid, started, id] = file.slice(file.lastIndexOf(MARK) + MARK.length).split('-');
  if (id === table.id && started !== undefined) return table.isAlive(Number(pid), started);
  const renewed = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return renewed !== undefined && now - renewed < STALE_AFTER;
}

/** A byte is written, so that the time is that of the file system, as it is when others look. */
function renew(own: string): boolean {
  try {
    fs.writeFileSync(own, '.', { flag: 'r+' });
    return true;
  } catch (cause) {
    // A full disk is no reason to move.
    return (cause as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
