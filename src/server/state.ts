// The state folder: pepper, first key, journal, address. Secrets are readable by their owner only.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { newKey } from '../flow/admit/key-text.ts';

export interface FirstKey {
  readonly text: string;
  readonly file: string;
  /** Made just now, by this start. */
  readonly fresh: boolean;
}

export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** What key digests are salted with; made once, lost keys with it. */
  pepper(): Buffer {
    const path = this.file('pepper');
    const known = readIfThere(path);
    if (known !== undefined && known.length >= 64) return Buffer.from(known.trim(), 'hex');
    const fresh = randomBytes(32);
    writePrivate(path, `${fresh.toString('hex')}\n`);
    return fresh;
  }

  /** The key for the people of this machine: kept in the clear for the command line, good on loopback only. */
  firstKey(): FirstKey {
    const file = this.file('key');
    const known = readIfThere(file)?.trim();
    if (known !== undefined && known !== '') return { text: known, file, fresh: false };
    const text = newKey(randomBytes(32));
    writePrivate(file, `${text}\n`);
    return { text, file, fresh: true };
  }

  /** True when no other living gateway uses this folder. */
  claim(pid: number): boolean {
    const owner = Number(readIfThere(this.file('pid'))?.trim());
    if (Number.isInteger(owner) && owner > 0 && owner !== pid && isAlive(owner)) return false;
    writePrivate(this.file('pid'), `${pid}\n`);
    return true;
  }

  withdraw(): void {
    rmSync(this.file('address'), { force: true });
    rmSync(this.file('pid'), { force: true });
  }

  /** Where the running gateway listens, for the command line. */
  announce(url: string): void {
    writePrivate(this.file('address'), `${url}\n`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written beside and renamed, so that a crash leaves the old file or the new one, never half a secret. */
function writePrivate(path: string, text: string): void {
  const beside = `${path}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}
