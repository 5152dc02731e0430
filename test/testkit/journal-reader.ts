// Reads a journal back, place after place, oldest receipt first, rotated files included, one line in memory at a time.
// Lines that are no JSON object (torn by a crash) are passed over.
import fs from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import { isObject, type Json, type JsonObject } from '../../src/canonical/json.ts';

const ROOM = 64 * 1024;
const NEWLINE = 0x0a;

export function* readJournal(path: string): Generator<JsonObject> {
  for (const file of journalFiles(path)) {
    for (const line of linesOf(file)) {
      const receipt = parseLine(line);
      if (receipt !== undefined) yield receipt;
    }
  }
}

/** The files of a journal, oldest first, and after them those of processes that shared its folder. */
export function journalFiles(path: string): readonly string[] {
  const { dir, name, ext } = parse(path);
  const places = Array.from({ length: 16 }, (_, n) => (n === 0 ? path : join(dir, `${name}.${n + 1}${ext}`)));
  return fs.existsSync(dir) ? places.flatMap(filesAt) : [];
}

function filesAt(path: string): readonly string[] {
  const folder = dirname(path);
  const start = `${basename(path)}.`;
  const full = fs
    .readdirSync(folder)
    .filter((name) => name.startsWith(start) && /^[1-9]\d*$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
    .sort((a, b) => b - a)
    .map((n) => join(folder, `${start}${n}`));
  return fs.existsSync(path) ? [...full, path] : full;
}

function* linesOf(file: string): Generator<string> {
  const fd = fs.openSync(file, 'r');
  try {
    const room = Buffer.allocUnsafe(ROOM);
    let rest: Buffer[] = [];
    for (let read = fs.readSync(fd, room); read > 0; read = fs.readSync(fd, room)) {
      let from = 0;
      for (let to = room.indexOf(NEWLINE); to >= 0 && to < read; to = room.indexOf(NEWLINE, from)) {
        rest.push(room.subarray(from, to));
        yield Buffer.concat(rest).toString();
        rest = [];
        from = to + 1;
      }
      rest.push(Buffer.from(room.subarray(from, read)));
    }
    yield Buffer.concat(rest).toString();
  } finally {
    fs.closeSync(fd);
  }
}

function parseLine(line: string): JsonObject | undefined {
  try {
    const value = JSON.parse(line) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
