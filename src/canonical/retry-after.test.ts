import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRetryAfter } from './retry-after.ts';
import type { WireHeaders } from './wire.ts';

const noon = 'Fri, 20 Nov 2026 12:00:00 GMT';
const later = 'Fri, 20 Nov 2026 12:00:10 GMT';

const rows: readonly (readonly [why: string, headers: WireHeaders, seconds: number | undefined])[] = [
  ['seconds', { 'retry-after': '3' }, 3],
  ['seconds with a fraction', { 'retry-after': '1.5' }, 1.5],
  ['milliseconds are more exact', { 'retry-after-ms': '250', 'retry-after': '3' }, 0.25],
  ['milliseconds that are none', { 'retry-after-ms': '', 'retry-after': '3' }, 3],
  ['a date, by the clock of the server', { 'retry-after': later, date: noon }, 10],
  ['a date that has passed', { 'retry-after': noon, date: later }, 0],
  ['a date without a clock', { 'retry-after': later }, undefined],
  ['a negative wait', { 'retry-after': '-1' }, undefined],
  ['nonsense', { 'retry-after': 'soon', date: noon }, undefined],
  ['nothing', {}, undefined],
];

for (const [why, headers, seconds] of rows) {
  test(`retry-after: ${why}`, () => assert.equal(readRetryAfter(headers), seconds));
}
