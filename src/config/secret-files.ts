// `file:/run/secrets/key` in place of a secret: read once, trimmed, and only from a file nobody else can read.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import type { Finding, Path } from './problem.ts';

export type SecretFile =
  | { readonly ok: true; readonly text: string; readonly mode: number }
  | { readonly ok: false; readonly reason: string };

export type ReadSecretFile = (path: string) => SecretFile;

const PREFIX = 'file:';
const LARGEST = 64 * 1024;
/** Container runtimes mount secrets here, readable by everybody inside the container. */
const MOUNTED = '/run/secrets/';

export function readSecretFile(path: string): SecretFile {
  let handle: number | undefined;
  try {
    handle = openSync(path, 'r');
    const stat = fstatSync(handle);
    if (!stat.isFile()) return { ok: false, reason: 'is not a file' };
    if (stat.size > LARGEST) return { ok: false, reason: 'is too large for a secret' };
    return { ok: true, text: readFileSync(handle, 'utf8'), mode: stat.mode };
  } catch (cause) {
    return { ok: false, reason: reasonOf(cause) };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a folder';
  return typeof code === 'string' ? `cannot be read (${code})` : 'cannot be read';
}

export class SecretFiles {
  readonly findings: Finding[] = [];
  readonly #folder: string;
  readonly #readFile: ReadSecretFile;
  readonly #known = new Map<string, SecretFile>();

  /** Paths are relative to the folder of the config file. */
  constructor(configFile: string, readFile: ReadSecretFile) {
    this.#folder = dirname(resolve(configFile));
    this.#readFile = readFile;
  }

  static names(text: string): boolean {
    return text.startsWith(PREFIX);
  }

  /** The file's content for `file:…`; undefined when it cannot be used, which has been said then. */
  secret(text: string, path: Path): string | undefined {
    const file = this.absolute(text.slice(PREFIX.length));
    const read = this.#readOnce(file);
    if (!read.ok) {
      this.#say(path, `The secret file ${file} ${read.reason}.`);
      return undefined;
    }
    const mounted = `${file}`.split(sep).join('/').startsWith(MOUNTED);
    if (!mounted && (read.mode & 0o077) !== 0) {
      const mode = (read.mode & 0o777).toString(8).padStart(4, '0');
      this.#say(path, `Others can read the secret file ${file} (mode ${mode}).`, `Run: chmod 600 ${file}`);
      return undefined;
    }
    const secret = read.text.trim();
    if (secret !== '') return secret;
    this.#say(path, `The secret file ${file} is empty.`);
    return undefined;
  }

  /** For files that somebody else reads later: they must be there now. */
  present(text: string, path: Path): string {
    const file = this.absolute(text);
    const read = this.#readOnce(file);
    if (!read.ok) this.#say(path, `The file ${file} ${read.reason}.`);
    return file;
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : resolve(this.#folder, path);
  }

  #readOnce(file: string): SecretFile {
    let read = this.#known.get(file);
    if (read === undefined) {
      read = this.#readFile(file);
      this.#known.set(file, read);
    }
    return read;
  }

  #say(path: Path, message: string, hint?: string): void {
    this.findings.push({ path, at: 'value', message, hint });
  }
}
