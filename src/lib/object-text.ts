// Is this the text of one JSON object? Nothing of it is made a value.
import { scanObject } from './json-scan.ts';

const MOST_DEPTH = 512;

export function isObjectText(bytes: Buffer): boolean {
  try {
    scanObject(bytes, MOST_DEPTH);
    return true;
  } catch {
    return false;
  }
}
