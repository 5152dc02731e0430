import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from './json.ts';
import { serverToolName } from './server-tool-name.ts';

const rows: readonly (readonly [value: JsonObject, name: string])[] = [
  [{ type: 'web_search', name: 'search' }, 'web_search'],
  [{ name: 'search', a: 1 }, 'search'],
  [{ googleSearch: {} }, 'googleSearch'],
  [{ a: 1, b: 2 }, 'vendor'],
  [{}, 'vendor'],
];
for (const [value, name] of rows) {
  test(`${JSON.stringify(value)} is called ${name}`, () =>
    assert.equal(serverToolName({ origin: 'vendor', value }), name));
}
