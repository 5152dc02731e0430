// Golden files: what was once reviewed by eye must come out again, byte for byte. `UPDATE_GOLDEN=1` rewrites
// them. One file holds many entries, each under a line with its name.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { JsonValue } from './json-value.ts';

const updating = process.env['UPDATE_GOLDEN'] === '1';
const MARK = '=== ';

export class GoldenFolder {
  readonly #folder: string;
  /** Entries by file, as they came out in this run. */
  readonly #written = new Map<string, Map<string, string>>();
  readonly #kept = new Map<string, ReadonlyMap<string, string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  check(file: string, name: string, text: string): void {
    const written = this.#written.get(file) ?? new Map<string, string>();
    this.#written.set(file, written);
    assert.ok(!written.has(name), `${file} has two entries "${name}"`);
    written.set(name, text);
    if (updating) return;
    const kept = this.#entriesOf(file).get(name);
    assert.ok(
      kept !== undefined,
      `${this.#where(file, name)} is missing. Run with UPDATE_GOLDEN=1, then review it.`,
    );
    assert.equal(text, kept, this.#where(file, name));
  }

  /** After all checks: nothing may be kept that no case writes. */
  finish(): void {
    if (updating) this.#write();
    const files = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    const stale = files.flatMap((file) =>
      [...this.#entriesOf(file).keys()]
        .filter((name) => this.#written.get(file)?.has(name) !== true)
        .map((name) => this.#where(file, name)),
    );
    assert.deepEqual(stale, []);
  }

  #write(): void {
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    for (const [file, entries] of this.#written) {
      const text = [...entries].map(([name, entry]) => `${MARK}${name}\n${entry}`).join('');
      writeFileSync(join(this.#folder, file), text);
    }
    this.#kept.clear();
  }

  #entriesOf(file: string): ReadonlyMap<string, string> {
    const known = this.#kept.get(file);
    if (known !== undefined) return known;
    const path = join(this.#folder, file);
    const entries = existsSync(path) ? parseEntries(readFileSync(path, 'utf8')) : new Map<string, string>();
    this.#kept.set(file, entries);
    return entries;
  }

  #where(file: string, name: string): string {
    return `${join(this.#folder, file)}, "${name}"`;
  }
}

/** An entry ends before the line feed of the next one's mark, which is its own last one. */
function parseEntries(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const part of `\n${text.slice(0, -1)}`.split(`\n${MARK}`).slice(1)) {
    const line = part.indexOf('\n');
    entries.set(part.slice(0, line), `${part.slice(line + 1)}\n`);
  }
  return entries;
}

/** Ends in a line feed, as every entry must. */
export function pretty(value: JsonValue): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
