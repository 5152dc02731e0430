import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../test/testkit/memory-records.ts';
import { asTenantId } from '../canonical/ids.ts';
import type { Owners } from '../flow/admit/held-files.ts';
import { knownFiles } from './known-files.ts';

const acme = asTenantId('acme');

test('a file is looked up once, a thousand of them, and no more', async () => {
  const records = new MemoryRecords(new FakeClock());
  await records.put('file', acme, { id: 'f1', value: '{}', created: 0, expires: 9e12 });
  let looks = 0;
  const owners: Owners = {
    get: (...asked) => {
      looks += 1;
      return records.get(...asked);
    },
  };
  const known = knownFiles(owners);
  for (let line = 0; line < 5; line += 1) assert.equal((await known.get('file', acme, 'f1'))?.id, 'f1');
  assert.equal(looks, 1);
  for (let at = 2; at <= 1_000; at += 1) assert.equal(await known.get('file', acme, `f${at}`), undefined);
  await assert.rejects(known.get('file', acme, 'f1001'), { code: 'bad_request' });
  assert.equal(looks, 1_000);
});
