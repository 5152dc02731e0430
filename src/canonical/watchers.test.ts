import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayError } from './errors.ts';
import { BodyWatcher } from './watchers.ts';

const MB = Buffer.alloc(2 ** 20, ' ');

test('a body is let go of as soon as it is larger than any answer, while it is still coming in', () => {
  const faults: GatewayError[] = [];
  const watcher = new BodyWatcher(() => ({ usage: undefined }), {
    frame: () => assert.fail('nothing of it is handed on'),
    fault: (error) => faults.push(error),
  });
  for (let at = 0; at < 64; at += 1) watcher.push(MB);
  assert.equal(faults.length, 0);
  watcher.push(MB.subarray(0, 1));
  assert.equal(faults[0]?.code, 'upstream_garbled');
  assert.match(faults[0].message, /67108864/);
  watcher.push(MB);
  watcher.end();
  assert.equal(faults.length, 1, 'said once');
});
