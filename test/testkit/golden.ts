// Golden files: what was once reviewed by eye must come out again, byte for byte. `UPDATE_GOLDEN=1` rewrites them.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import type { JsonValue } from './json-value.ts';

const updating = process.env['UPDATE_GOLDEN'] === '1';

export function assertGolden(path: string, text: string): void {
  if (updating) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  assert.ok(existsSync(path), `${path} is missing. Run with UPDATE_GOLDEN=1, then review it.`);
  assert.equal(text, readFileSync(path, 'utf8'), path);
}

export function pretty(value: JsonValue): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
