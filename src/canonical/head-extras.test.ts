import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saidInHead } from './head-extras.ts';

test("what is about the vendor's machine is no loss; what was promised to the caller is", () => {
  const machine = { system_fingerprint: 'fp', service_tier: 'default', id: 'x' };
  assert.deepEqual(saidInHead(machine), []);
  assert.deepEqual(saidInHead({ ...machine, service_tier: 'flex', container: {} }), [
    'service_tier',
    'container',
  ]);
  assert.deepEqual(saidInHead(undefined), []);
});
