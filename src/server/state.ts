// The state folder: pepper, first key, journal, address. Secrets are readable by their owner only, and made
// so again when they are found otherwise.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { ConfigError } from '../config/config-error.ts';
import { reasonOf } from '../config/secret-files.ts';
import { newKey } from '../flow/admit/key-text.ts';

export interface FirstKey {
  readonly text: string;
  readonly file: string;
  /** Made just now, by this start. */
  readonly fresh: boolean;
}

const PEPPER = /^[0-9a-f]{64}$/i;

export class StateFolder {
  readonly path: string;
  /** What its owner should know, loudly. */
  readonly notes: string[] = [];

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
    const known = this.#secretIn(path, 'Whoever has it can test guesses at keys given as hashes.');
    if (known !== undefined) {
      if (PEPPER.test(known)) return Buffer.from(known, 'hex');
      throw unusable(
        path,
        'does not hold 32 bytes in hex, and nothing else can tell the keys that were hashed with it.',
        'Restore it from a backup. Or delete it: a new one is made, and every key given as a hash needs a new hash.',
      );
    }
    const fresh = randomBytes(32);
    writePrivate(path, `${fresh.toString('hex')}\n`);
    return fresh;
  }

  /** The key for the people of this machine: kept in the clear for the command line, good on loopback only. */
  firstKey(): FirstKey {
    const file = this.file('key');
    const known = this.#secretIn(
      file,
      'Whoever has it may call from this machine: delete it to get a new one.',
    );
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

  #secretIn(path: string, danger: string): string | undefined {
    const text = readIfThere(path)?.trim();
    if (text !== undefined) this.#makePrivate(path, danger);
    return text;
  }

  /** Restored backups and mounted volumes bring modes of their own. Windows has none. */
  #makePrivate(path: string, danger: string): void {
    const mode = othersMode(path);
    if (mode === undefined) return;
    const after = attempt(() => chmodSync(path, 0o600)) ? othersMode(path) : mode;
    const outcome =
      after === undefined ? 'now it is 0600' : `and that could not be changed: run chmod 600 ${path}`;
    this.notes.push(`OTHERS COULD READ ${path} (mode ${mode}); ${outcome}. ${danger}`);
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
    throw unusable(
      path,
      `${reasonOf(error)}.`,
      'Let the user this runs as own the state folder and its files.',
    );
  }
}

function unusable(file: string, why: string, hint: string): ConfigError {
  return new ConfigError([
    { file, line: 1, column: 1, path: 'state', message: `The file ${file} ${why}`, hint },
  ]);
}

/** The mode, if it lets anybody in but the owner. */
function othersMode(path: string): string | undefined {
  const mode = process.platform === 'win32' ? 0 : statSync(path).mode & 0o777;
  return (mode & 0o077) === 0 ? undefined : mode.toString(8).padStart(4, '0');
}

function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** Written beside and renamed, so that a crash leaves the old file or the new one, never half a secret. */
function writePrivate(path: string, text: string): void {
  const beside = `${path}.new`;
  writeFileSync(beside, text, { mode: 0o600 });
  chmodSync(beside, 0o600);
  renameSync(beside, path);
}
