// Watches the config file: a good change is handed over, a bad one is reported and the old config stays.
import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Ticker } from '../ports.ts';
import { type FileContext, readConfigText } from './load.ts';
import { parseConfig } from './parse.ts';
import type { Problem } from './problem.ts';
import type { Config } from './schema.ts';

/** Editors write in several steps: wait until they are done. */
const QUIET = 100;

export interface WatchOptions extends FileContext {
  readonly ticker: Ticker;
  readonly onChange: (config: Config, warnings: readonly Problem[]) => void;
  readonly onProblems: (problems: readonly Problem[]) => void;
  readonly watchFolder?: WatchFolder;
}

/** Reports names of files that changed, null when the system does not tell. Undefined: cannot be watched. */
export type WatchFolder = (
  folder: string,
  onEvent: (name: string | null) => void,
) => (() => void) | undefined;

export interface ConfigWatch {
  /** Reads at once, changed or not: for SIGHUP, and after a secret file has changed. */
  reload(): void;
  close(): void;
}

export function watchConfig(file: string, options: WatchOptions): ConfigWatch {
  return new Watch(file, options);
}

class Watch implements ConfigWatch {
  readonly #file: string;
  readonly #options: WatchOptions;
  readonly #stopWatching: (() => void) | undefined;
  /** The text last looked at, good or bad. */
  #text: string | undefined;
  #stopWaiting: (() => void) | undefined = undefined;
  #closed = false;

  constructor(file: string, options: WatchOptions) {
    this.#file = file;
    this.#options = options;
    const text = readConfigText(file);
    this.#text = typeof text === 'string' ? text : undefined;
    this.#stopWatching = this.#watch(options.watchFolder ?? watchFolder);
  }

  reload(): void {
    this.#read(true);
  }

  close(): void {
    this.#closed = true;
    this.#stopWaiting?.();
    this.#stopWatching?.();
  }

  /** The folder, not the file: editors and config maps put a new file in the old one's place. */
  #watch(watchFolder: WatchFolder): (() => void) | undefined {
    const path = resolve(this.#file);
    const name = basename(path);
    return watchFolder(dirname(path), (changed) => {
      // Mounted config maps swap a link called `..data`.
      if (changed === null || changed === name || changed.startsWith('..')) this.#wait();
    });
  }

  #wait(): void {
    if (this.#closed) return;
    this.#stopWaiting?.();
    this.#stopWaiting = this.#options.ticker.every(QUIET, () => {
      this.#stopWaiting?.();
      this.#stopWaiting = undefined;
      this.#read(false);
    });
  }

  #read(always: boolean): void {
    if (this.#closed) return;
    const text = readConfigText(this.#file);
    if (typeof text !== 'string') {
      this.#options.onProblems([text]);
      return;
    }
    const before = this.#text;
    if (text === before && !always) return;
    this.#text = text;
    const emptied = saysNothing(text) && before !== undefined && !saysNothing(before);
    if (emptied) this.#options.onProblems([this.#emptied()]);
    else this.#take(text);
  }

  #take(text: string): void {
    const parsed = parseConfig(text, { ...this.#options, file: this.#file });
    if (parsed.ok) this.#options.onChange(parsed.config, parsed.warnings);
    else this.#options.onProblems(parsed.problems);
  }

  /** An empty file is a fine start without config, but as a change it is somebody's accident. */
  #emptied(): Problem {
    const message = 'The config file has become empty.';
    const hint = 'Restart to run without configuration.';
    return { file: this.#file, line: 1, column: 1, path: '', message, hint };
  }
}

/** Where a folder cannot be watched, SIGHUP still reloads. */
function watchFolder(folder: string, onEvent: (name: string | null) => void): (() => void) | undefined {
  try {
    const watcher = watch(folder, (_event, name) => onEvent(name));
    watcher.on('error', () => watcher.close());
    watcher.unref();
    return () => watcher.close();
  } catch {
    return undefined;
  }
}

/** Empty, or everything in it is a comment. */
function saysNothing(text: string): boolean {
  return text.split('\n').every((line) => line.trim() === '' || line.trimStart().startsWith('#'));
}
