import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { asTenantId } from '../canonical/ids.ts';
import type { KeptRecord, Records } from '../ports.ts';
import { createRecords } from './records.ts';
import { openSqlite } from './sqlite.ts';

const acme = asTenantId('acme');
const other = asTenantId('other');

function rig(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-records-'));
  const clock = new FakeClock();
  const path = join(folder, 'state', 'store.db');
  const opened: Records[] = [];
  const open = (): Records => {
    const records = createRecords({ path, clock });
    opened.push(records);
    return records;
  };
  t.after(() => {
    for (const records of opened) records.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const record = (id: string, value = `{"id":"${id}"}`, life = 1_000): KeptRecord => ({
    id,
    value,
    created: clock.wall(),
    expires: clock.wall() + life,
  });
  return { clock, path, open, record };
}

test('a record is there for its tenant and kind, and for nobody else', async (t) => {
  const { open, record } = rig(t);
  const records = open();
  const kept = record('a', '{"text":"né 👋"}');
  await records.put('turn', acme, kept);
  assert.deepEqual(await records.get('turn', acme, 'a'), kept);
  assert.equal(await records.get('turn', other, 'a'), undefined);
  assert.equal(await records.get('file', acme, 'a'), undefined);
  assert.equal(await records.remove('turn', other, 'a'), false);
  assert.deepEqual(await records.get('turn', acme, 'a'), kept);
});

test('what is put twice is there once, as put last', async (t) => {
  const { open, record } = rig(t);
  const records = open();
  await records.put('turn', acme, record('a', '1'));
  await records.put('turn', acme, record('a', '2'));
  assert.equal((await records.get('turn', acme, 'a'))?.value, '2');
  assert.equal((await records.list('turn', acme, { limit: 9 }))?.length, 1);
});

test('a record survives the process, and a second process sees it at once', async (t) => {
  const { open, record } = rig(t);
  const first = open();
  await first.put('turn', acme, record('a'));
  const second = open();
  assert.equal((await second.get('turn', acme, 'a'))?.id, 'a');
  await second.put('turn', acme, record('b'));
  assert.equal((await first.get('turn', acme, 'b'))?.id, 'b');
});

test('of two processes that put something new, one is told that it was', async (t) => {
  const { open, record } = rig(t);
  const [first, second] = [open(), open()];
  assert.equal(await first.putNew('billed', acme, record('a')), true);
  assert.equal(await second.putNew('billed', acme, record('a')), false);
  assert.equal(await second.putNew('billed', other, record('a')), true, 'it is the tenant’s own');
});

test('what has expired is gone for readers at its very millisecond, and from the file when new records come', async (t) => {
  const { open, record, clock, path } = rig(t);
  const records = open();
  await records.put('turn', acme, record('a', 'x', 100));
  clock.advance(99);
  assert.ok(await records.get('turn', acme, 'a'));
  clock.advance(1);
  assert.equal(await records.get('turn', acme, 'a'), undefined);
  assert.deepEqual(await records.list('turn', acme, { limit: 9 }), []);
  assert.equal(await records.remove('turn', acme, 'a'), false);
  clock.advance(3_600_000);
  for (let at = 0; at < 64; at += 1) await records.put('turn', acme, record(`b${at}`));
  const database = await openSqlite(path);
  assert.equal(database.prepare("SELECT count(*) AS n FROM records WHERE id = 'a'").get()?.['n'], 0);
  database.close();
});

test('a list is newest first, in pages that neither repeat nor skip, whoever was born in the same millisecond', async (t) => {
  const { open, record, clock } = rig(t);
  const records = open();
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    await records.put('file', acme, record(id));
    if (id !== 'b') clock.advance(1);
  }
  await records.put('file', other, record('z'));
  const ids = async (after?: string): Promise<string[]> => {
    const page = await records.list('file', acme, { limit: 2, ...(after === undefined ? {} : { after }) });
    return (page ?? []).map(({ id }) => id);
  };
  assert.deepEqual(
    [await ids(), await ids('d'), await ids('b'), await ids('a')],
    [['e', 'd'], ['c', 'b'], ['a'], []],
  );
  assert.equal(await records.list('file', acme, { limit: 2, after: 'unknown' }), undefined);
  assert.equal(await records.list('file', acme, { limit: 2, after: 'z' }), undefined);
});

test('a list goes on from where it was, though the record there is gone by now', async (t) => {
  const { open, record, clock } = rig(t);
  const records = open();
  for (const id of ['a', 'b', 'c', 'd']) {
    await records.put('file', acme, record(id, 'secret', 10_000_000));
    clock.advance(1);
  }
  assert.equal(await records.remove('file', acme, 'c'), true);
  assert.equal(await records.get('file', acme, 'c'), undefined);
  const page = await records.list('file', acme, { limit: 9, after: 'c' });
  assert.deepEqual(
    page?.map(({ id }) => id),
    ['b', 'a'],
  );
  assert.equal(await records.remove('file', acme, 'c'), false);
});

test('what is removed leaves nothing of itself in the file but its place', async (t) => {
  const { open, record, path } = rig(t);
  const records = open();
  await records.put('turn', acme, record('a', 'secret'));
  await records.remove('turn', acme, 'a');
  const database = await openSqlite(path);
  assert.deepEqual({ ...database.prepare('SELECT value FROM records').get() }, { value: '' });
  database.close();
});

test('a tenant with too much loses its oldest, others lose nothing, and files stay', async (t) => {
  const { open, record, clock } = rig(t);
  const records = open();
  const large = 'x'.repeat(10_000);
  await records.putAll(other, [['turn', record('z', large)]], 100_000);
  await records.put('file', acme, record('f', large));
  for (let at = 0; at < 12; at += 1) {
    clock.advance(1);
    const turn = [
      ['item', record(`i${at}`, `t${at}`)],
      ['turn', record(`t${at}`, large)],
    ] as const;
    await records.putAll(acme, turn, 55_000);
  }
  const left = await records.list('turn', acme, { limit: 99 });
  assert.deepEqual(
    left?.map(({ id }) => id),
    ['t11', 't10', 't9', 't8', 't7'],
  );
  assert.deepEqual(
    (await records.list('item', acme, { limit: 99 }))?.map(({ id }) => id),
    ['i11', 'i10', 'i9', 'i8', 'i7'],
  );
  assert.ok(await records.get('turn', other, 'z'));
  assert.ok(await records.get('file', acme, 'f'));
});

test('what is removed, replaced or swept makes room, and a large one sends many small ones away', async (t) => {
  const { open, record, clock } = rig(t);
  const records = open();
  const keep = (id: string, size: number, life = 1_000_000_000) =>
    records.putAll(acme, [['turn', record(id, 'x'.repeat(size), life)]], 10_000);
  await keep('a', 6_000);
  await keep('a', 3_000);
  clock.advance(1);
  await keep('b', 5_000);
  assert.ok(await records.get('turn', acme, 'a'), 'replaced: counted once');
  await records.remove('turn', acme, 'b');
  clock.advance(1);
  await keep('c', 5_000);
  assert.ok(await records.get('turn', acme, 'a'), 'removed: what it held is not counted');
  await keep('d', 9_900);
  assert.deepEqual(
    (await records.list('turn', acme, { limit: 9 }))?.map(({ id }) => id),
    ['d'],
    'all others went for it',
  );
});

test('a file of an earlier version is weighed when it is opened', async (t) => {
  const { open, record, path, clock } = rig(t);
  const first = open();
  await first.put('turn', acme, record('a', 'x'.repeat(8_000)));
  first.close();
  const database = await openSqlite(path);
  database.exec(`DROP TRIGGER records_put; DROP TRIGGER records_changed; DROP TRIGGER records_gone;
    DROP TABLE weights; PRAGMA user_version = 0`);
  database.close();
  clock.advance(1);
  const records = open();
  await records.putAll(acme, [['turn', record('b', 'x'.repeat(4_000))]], 10_000);
  assert.equal(await records.get('turn', acme, 'a'), undefined);
  assert.ok(await records.get('turn', acme, 'b'));
});

test('others cannot read the file', async (t) => {
  if (process.platform === 'win32') return t.skip('Windows has no modes');
  const { open, record, path } = rig(t);
  await open().put('turn', acme, record('a'));
  assert.equal(statSync(path).mode & 0o077, 0);
});

test('a closed store refuses, and does not open again', async (t) => {
  const { open, record } = rig(t);
  const records = open();
  await records.put('turn', acme, record('a'));
  records.close();
  await assert.rejects(records.get('turn', acme, 'a'), /closed/);
});
