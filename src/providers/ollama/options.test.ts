import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../canonical/json.ts';
import { ollamaOptions, ollamaSettings } from './options.ts';

const rows: readonly (readonly [why: string, options: JsonObject, good: boolean])[] = [
  ['nothing', {}, true],
  ['a window', { num_ctx: 4096 }, true],
  ['no window', { num_ctx: 0 }, false],
  ['half a token', { num_ctx: 0.5 }, false],
  ['seconds', { keep_alive: 0 }, true],
  ['for ever', { keep_alive: -1 }, true],
  ['a duration as Go reads it', { keep_alive: '1h30m' }, true],
  ['a duration without a unit', { keep_alive: '10' }, false],
  ['words', { keep_alive: 'long' }, false],
  ['another field', { num_ctxt: 1 }, false],
];

for (const [why, options, good] of rows) {
  test(`options: ${why}`, () => assert.equal(ollamaOptions.safeParse(options).success, good));
}

test('settings are what the options say', () => {
  assert.deepEqual(ollamaSettings({ num_ctx: 1, keep_alive: 0 }), { window: 1, keepAlive: 0 });
  assert.deepEqual(ollamaSettings({ keep_alive: '5m' }), { window: undefined, keepAlive: '5m' });
});
