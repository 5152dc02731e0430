import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { asTenantId } from '../canonical/ids.ts';
import type { Question } from './thread.ts';
import { type StoreEvents, startStore, ThreadRecords } from './thread-records.ts';

const acme = asTenantId('acme');
const record = (id: string, created = Date.now()) => ({
  id,
  value: 'né 👋',
  created,
  expires: created + 60_000,
});

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('what the thread keeps is there, for the next thread too', async (t) => {
  const path = join(folderFor(t), 'state', 'store.db');
  const first = new ThreadRecords(startStore(path));
  const now = Date.now();
  await first.put('file', acme, record('a', now));
  await first.putAll(acme, [['turn', record('t')]], 10_000);
  // Asked in one breath, answered in order.
  const b = first.put('file', acme, record('b', now + 1));
  const list = first.list('file', acme, { limit: 9 });
  await b;
  assert.deepEqual(
    (await list)?.map(({ id }) => id),
    ['b', 'a'],
  );
  assert.equal(await first.list('file', acme, { limit: 9, after: 'nobody' }), undefined);
  await first.close();
  await assert.rejects(first.get('file', acme, 'a'), /closed/);
  const second = new ThreadRecords(startStore(path));
  assert.deepEqual(await second.get('file', acme, 'a'), record('a', now));
  assert.equal(await second.remove('turn', acme, 't'), true);
  assert.equal(await second.get('turn', acme, 't'), undefined);
  await second.close();
});

test('what cannot be kept is refused with the reason, and the next question is answered', async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'state'), 'a file where a folder should be');
  const records = new ThreadRecords(startStore(join(folder, 'state', 'store.db')));
  await assert.rejects(records.put('turn', acme, record('a')), /state/);
  rmSync(join(folder, 'state'));
  await records.put('turn', acme, record('a'));
  assert.equal((await records.get('turn', acme, 'a'))?.id, 'a');
  await records.close();
});

test('a thread that breaks lets its callers know, and another one takes the next question', async () => {
  const threads: { readonly events: StoreEvents; readonly asked: Question[] }[] = [];
  const records = new ThreadRecords((events) => {
    const asked: Question[] = [];
    threads.push({ events, asked });
    return { ask: (question) => asked.push(question), end: async () => undefined };
  });
  const lost = [records.get('turn', acme, 'a'), records.get('turn', acme, 'b')];
  threads[0]?.events.broken(new Error('out of memory'));
  for (const one of lost) await assert.rejects(one, /out of memory/);
  const next = records.get('turn', acme, 'c');
  threads[0]?.events.broken(new Error('its exit'));
  assert.equal(threads.length, 2);
  const [question] = threads[1]?.asked ?? [];
  threads[1]?.events.answer({ id: question?.id ?? 0, value: record('c', 1) });
  assert.deepEqual(await next, record('c', 1));
});

test('a store that nobody asks anything starts no thread', async () => {
  const records = new ThreadRecords(() => assert.fail('started'));
  await records.close();
});
