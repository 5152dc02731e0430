// An append-only file of whole lines that is renamed away when full. Every write lands wholly or not at
// all, as far as readers of lines can tell. The file belongs to one process (claim.ts); should another write
// to it nevertheless, its bytes are never cut off.
import fs from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../ports.ts';

/** Like fs.writeSync: may write fewer bytes than asked. */
export type WriteBytes = (fd: number, bytes: Buffer, offset: number, length: number) => number;

export interface RotatingFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** How many full files stay, `path.1` being the newest. */
  readonly keep: number;
  readonly clock: Clock;
  readonly write: WriteBytes;
}

const NEWLINE = Buffer.from('\n');
/** How often to look whether somebody has moved the file away. */
const LOOK_EVERY = 1000;

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #fd: number;
  #size = 0;
  /** The file does not end with a newline: what follows must not continue that line. */
  #torn = false;
  #looked: number;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
    this.#looked = options.clock.now();
    fs.mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    this.#fd = this.#open();
    if (this.#torn) this.#mend();
  }

  /** Appends whole lines. On failure it throws, and none of them is in the file. */
  append(lines: Buffer): void {
    this.#look();
    if (this.#size > 0 && this.#size + lines.length > this.#options.maxBytes) this.#rotate();
    if (this.#torn) this.#mend();
    const before = this.#size;
    try {
      this.#write(lines);
    } catch (cause) {
      this.#undo(before);
      throw cause;
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #open(): number {
    const fd = fs.openSync(this.#options.path, 'a+', 0o600);
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) {
      fs.closeSync(fd);
      throw new Error(`The journal ${this.#options.path} is not a regular file.`);
    }
    if ((stat.mode & 0o077) !== 0) fs.fchmodSync(fd, 0o600);
    const last = Buffer.alloc(1);
    if (stat.size > 0) fs.readSync(fd, last, 0, 1, stat.size - 1);
    this.#torn = stat.size > 0 && !last.equals(NEWLINE);
    this.#size = stat.size;
    return fd;
  }

  #write(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const written = this.#options.write(this.#fd, bytes, at, bytes.length - at);
      if (written <= 0) throw new Error('The journal took no bytes.');
      at += written;
      this.#size += written;
    }
  }

  #mend(): void {
    this.#write(NEWLINE);
    this.#torn = false;
  }

  /** Takes a half-written batch back: its calls are about to be told that they are not on record. */
  #undo(to: number): void {
    try {
      const { size } = fs.fstatSync(this.#fd);
      // Somebody else has written here: what is ours cannot be told from what is his.
      this.#torn = size !== this.#size;
      this.#size = size;
      if (this.#torn) return;
      fs.ftruncateSync(this.#fd, to);
      this.#size = to;
    } catch {
      this.#torn = true;
    }
  }

  /** The new file is opened before the old one is moved: whatever fails, there is a file to write to. */
  #rotate(): void {
    const { path, keep } = this.#options;
    const fresh = `${path}.new`;
    let fd: number;
    try {
      fd = fs.openSync(
        fresh,
        fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_APPEND | fs.constants.O_RDWR,
        0o600,
      );
    } catch {
      return;
    }
    try {
      for (let n = keep - 1; n >= 1; n -= 1) moveIfThere(`${path}.${n}`, `${path}.${n + 1}`);
      if (keep > 0) fs.renameSync(path, `${path}.1`);
      fs.renameSync(fresh, path);
    } catch {
      fs.closeSync(fd);
      return;
    }
    fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#size = 0;
    this.#torn = false;
  }

  /** A file moved or deleted from outside would swallow receipts unseen: begin a new one in its place. */
  #look(): void {
    const now = this.#options.clock.now();
    if (now - this.#looked < LOOK_EVERY) return;
    const here = fs.fstatSync(this.#fd);
    const there = fs.statSync(this.#options.path, { throwIfNoEntry: false });
    if (there?.ino !== here.ino || there.dev !== here.dev) {
      const old = this.#fd;
      this.#fd = this.#open();
      fs.closeSync(old);
    }
    this.#looked = now;
  }
}

function moveIfThere(from: string, to: string): void {
  if (fs.existsSync(from)) fs.renameSync(from, to);
}
