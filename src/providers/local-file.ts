// Files that other tools write while we run: profiles and tokens. Read when they are needed, unlike the config.
import { readFileSync } from 'node:fs';
import { refusedHere } from './ask-wire.ts';

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw refusedHere(`The file ${file} cannot be read.`);
  }
}
