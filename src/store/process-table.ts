// Which process is which: a number is used again after a reboot, in every container, and in time on one
// machine, so a process is its number, the moment it started, and the table both are from.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';

export interface ProcessTable {
  /** Names the table: boot and process namespace. Numbers mean something within one table only. */
  readonly id: string;
  /** This process. */
  readonly pid: number;
  readonly started: string;
  /** Is the process that began then still there? */
  isAlive(pid: number, started: string): boolean;
}

/** Where the system does not tell when a process started, a number that is in use counts as the same process. */
const UNKNOWN = '0';

export function createProcessTable(): ProcessTable {
  return {
    id: tableId(),
    pid: process.pid,
    started: startOf(process.pid) ?? UNKNOWN,
    isAlive(pid, started) {
      const known = startOf(pid);
      return known === undefined ? isThere(pid) : known === started;
    },
  };
}

function tableId(): string {
  const boot = told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = told(() => readlinkSync('/proc/self/ns/pid'));
  const facts = boot !== '' && namespace !== '' ? [boot, namespace] : [boot, namespace, hostname()];
  return createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 12);
}

/** Clock ticks between boot and the start of a process; of one that has ended, but was not fetched, nothing. */
function startOf(pid: number): string | undefined {
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name of the program comes before, in brackets, and may hold anything.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' || state === 'X' ? 'ended' : rest[18];
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function told(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
