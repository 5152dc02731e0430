import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { journalFiles, readJournal } from '../../test/testkit/journal-reader.ts';
import { asCallId } from '../canonical/ids.ts';
import { type Receipt, ReceiptDraft } from '../canonical/receipt.ts';
import { noUsage } from '../canonical/usage.ts';
import { createFileJournal, createNullJournal, type FileJournalOptions } from './journal.ts';

let folder = '';
let path = '';

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'signalbox-journal-'));
  path = join(folder, 'state', 'receipts.ndjson');
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

function receipt(id: string): Receipt {
  const draft = new ReceiptDraft(asCallId(id), 'plain', 'chat', 0, 0);
  return {
    draft,
    endedAt: 1,
    outcome: 'ok',
    started: true,
    usage: noUsage,
    cost: undefined,
    costState: 'unpriced',
  };
}

function encode(of: Receipt): string {
  return `{"id":"${of.draft.id}"}`;
}

interface Rig {
  readonly journal: ReturnType<typeof createFileJournal>;
  /** Ends the turn of the event loop. */
  turn(): void;
  readonly clock: FakeClock;
}

function open(options: Partial<FileJournalOptions> = {}): Rig {
  const waiting: (() => void)[] = [];
  const clock = new FakeClock();
  const journal = createFileJournal({
    path,
    maxBytes: 1_000_000,
    clock,
    ticker: clock,
    encode,
    immediate: (run) => waiting.push(run),
    ...options,
  });
  return {
    journal,
    clock,
    turn() {
      for (const run of waiting.splice(0)) run();
    },
  };
}

function ids(): readonly unknown[] {
  return [...readJournal(path)].map((line) => line['id']);
}

async function append(rig: Rig, ...names: readonly string[]): Promise<void> {
  const appended = Promise.all(names.map((name) => rig.journal.append(receipt(name))));
  rig.turn();
  await appended;
}

test('all receipts of one turn are one write, and their promises wait for it', async () => {
  let writes = 0;
  const rig = open({
    write(...args) {
      writes += 1;
      return fs.writeSync(...args);
    },
  });
  const order: string[] = [];
  const appended = ['a', 'b', 'c'].map((name) =>
    rig.journal.append(receipt(name)).then(() => order.push(name)),
  );
  await Promise.resolve();
  assert.deepEqual([order, writes, ids()], [[], 0, []]);
  rig.turn();
  assert.equal(fs.readFileSync(path, 'utf8'), '{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n');
  await Promise.all(appended);
  assert.deepEqual(order, ['a', 'b', 'c']);
  assert.equal(writes, 1);
  await append(rig, 'd');
  assert.equal(writes, 2);
  assert.deepEqual(ids(), ['a', 'b', 'c', 'd']);
});

test('by itself it writes when the turn is over', async () => {
  const clock = new FakeClock();
  const journal = createFileJournal({ path, maxBytes: 1000, clock, ticker: clock, encode });
  await journal.append(receipt('a'));
  assert.deepEqual(ids(), ['a']);
  await journal.close();
});

test('only the owner may read it', async () => {
  const first = open();
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
  assert.equal(fs.statSync(join(folder, 'state')).mode & 0o777, 0o700);
  await first.journal.close();
  fs.chmodSync(path, 0o644);
  open();
  assert.equal(fs.statSync(path).mode & 0o777, 0o600, 'a file that was open to others is closed');
});

test('a batch larger than the buffer is whole', async () => {
  const rig = open();
  const names = Array.from({ length: 3000 }, (_, i) => `${i}-${'x'.repeat(50)}`);
  await append(rig, ...names);
  assert.deepEqual(ids(), names);
});

test('a line larger than the buffer is whole', async () => {
  const rig = open();
  await append(rig, 'x'.repeat(300_000));
  assert.deepEqual(ids(), ['x'.repeat(300_000)]);
});

test('short writes are continued', async () => {
  const rig = open({ write: (fd, bytes, at, length) => fs.writeSync(fd, bytes, at, Math.min(length, 7)) });
  await append(rig, 'a', 'b', 'c');
  assert.equal(fs.readFileSync(path, 'utf8'), '{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n');
});

test('a full disk refuses the whole batch, leaves none of it behind, and the next append tries again', async () => {
  let room = Number.POSITIVE_INFINITY;
  const rig = open({
    write(fd, bytes, at, length) {
      if (room <= 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const written = fs.writeSync(fd, bytes, at, Math.min(length, room));
      room -= written;
      return written;
    },
  });
  await append(rig, 'a');
  room = 15;
  await assert.rejects(append(rig, 'b', 'c'), { code: 'ENOSPC' });
  assert.equal(fs.readFileSync(path, 'utf8'), '{"id":"a"}\n');
  await assert.rejects(append(rig, 'd'), { code: 'ENOSPC' });
  room = 100;
  await append(rig, 'e');
  assert.equal(fs.readFileSync(path, 'utf8'), '{"id":"a"}\n{"id":"e"}\n');
});

test('a file that takes no bytes is an error, not a loop', async () => {
  const rig = open({ write: () => 0 });
  await assert.rejects(append(rig, 'a'), /took no bytes/);
});

test('what cannot be encoded is refused alone', async () => {
  const rig = open({
    encode(of) {
      if (of.draft.id === 'bad') throw new Error('no words for it');
      return encode(of);
    },
  });
  const good = rig.journal.append(receipt('a'));
  await assert.rejects(rig.journal.append(receipt('bad')), /no words/);
  rig.turn();
  await good;
  assert.deepEqual(ids(), ['a']);
});

const torn: readonly (readonly [says: string, before: string, after: string, ids: readonly string[]])[] = [
  ['half a line is fenced off', '{"id":"a"}\n{"id":"b', '{"id":"a"}\n{"id":"b\n{"id":"z"}\n', ['a', 'z']],
  ['a line that lacks only its newline gets it', '{"id":"a"}', '{"id":"a"}\n{"id":"z"}\n', ['a', 'z']],
  ['a whole file is left alone', '{"id":"a"}\n', '{"id":"a"}\n{"id":"z"}\n', ['a', 'z']],
  ['an empty file is left alone', '', '{"id":"z"}\n', ['z']],
];

for (const [says, before, after, expected] of torn) {
  test(`after a crash: ${says}`, async () => {
    fs.mkdirSync(join(folder, 'state'));
    fs.writeFileSync(path, before);
    const rig = open();
    assert.equal(fs.readFileSync(path, 'utf8'), after.slice(0, -'{"id":"z"}\n'.length), 'mended on opening');
    await append(rig, 'z');
    assert.equal(fs.readFileSync(path, 'utf8'), after);
    assert.deepEqual(ids(), expected);
  });
}

test('rotation keeps every line, in order, in files no larger than allowed', async () => {
  const rig = open({ maxBytes: 50 });
  const names: string[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    const batch = [`${turn}a`, `${turn}b`];
    names.push(...batch);
    await append(rig, ...batch);
  }
  assert.deepEqual(ids(), names);
  const files = journalFiles(path);
  assert.deepEqual(files, [`${path}.4`, `${path}.3`, `${path}.2`, `${path}.1`, path]);
  for (const file of files) {
    assert.ok(fs.statSync(file).size <= 50);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  }
});

test('only so many old files stay', async () => {
  const rig = open({ maxBytes: 10, keep: 2 });
  await append(rig, 'a');
  await append(rig, 'b');
  await append(rig, 'c');
  await append(rig, 'd');
  assert.deepEqual(ids(), ['b', 'c', 'd']);
  assert.deepEqual(journalFiles(path), [`${path}.2`, `${path}.1`, path]);
});

test('a batch larger than a file is not split', async () => {
  const rig = open({ maxBytes: 15 });
  await append(rig, 'a', 'b', 'c');
  await append(rig, 'd');
  assert.deepEqual(ids(), ['a', 'b', 'c', 'd']);
  assert.deepEqual(journalFiles(path), [`${path}.1`, path]);
});

test('if it cannot rotate it goes on in the old file', async () => {
  const rig = open({ maxBytes: 10 });
  await append(rig, 'a');
  fs.mkdirSync(`${path}.new`);
  await append(rig, 'b');
  assert.deepEqual(ids(), ['a', 'b']);
  assert.deepEqual(journalFiles(path), [path]);
  fs.rmdirSync(`${path}.new`);
  await append(rig, 'c');
  assert.deepEqual(ids(), ['a', 'b', 'c']);
  assert.deepEqual(journalFiles(path), [`${path}.1`, path]);
});

test('if the old file cannot be moved it goes on in it', async () => {
  const rig = open({ maxBytes: 10, keep: 1 });
  await append(rig, 'a');
  fs.mkdirSync(join(`${path}.1`, 'occupied'), { recursive: true });
  await append(rig, 'b');
  assert.equal(fs.readFileSync(path, 'utf8'), '{"id":"a"}\n{"id":"b"}\n');
});

test('a file moved away from outside is replaced within a second', async () => {
  const rig = open();
  await append(rig, 'a');
  fs.renameSync(path, `${path}.moved`);
  rig.clock.advance(999);
  await append(rig, 'b');
  assert.equal(fs.existsSync(path), false);
  rig.clock.advance(1);
  await append(rig, 'c');
  assert.equal(fs.readFileSync(`${path}.moved`, 'utf8'), '{"id":"a"}\n{"id":"b"}\n');
  assert.equal(fs.readFileSync(path, 'utf8'), '{"id":"c"}\n');
});

test('two that share a folder write two files, and the failure of one takes nothing from the other', async () => {
  const first = open();
  let full = false;
  const second = open({
    write(...args) {
      if (full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return fs.writeSync(...args);
    },
  });
  await append(second, 'x');
  await append(first, 'a', 'b');
  full = true;
  await assert.rejects(append(second, 'y'), { code: 'ENOSPC' });
  assert.deepEqual(ids(), ['a', 'b', 'x']);
  assert.deepEqual(journalFiles(path), [path, join(folder, 'state', 'receipts.2.ndjson')]);
});

test('what somebody else has written to the file is never cut off', async () => {
  let room = Number.POSITIVE_INFINITY;
  const rig = open({
    write(fd, bytes, at, length) {
      if (room <= 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      const written = fs.writeSync(fd, bytes, at, Math.min(length, room));
      room -= written;
      return written;
    },
  });
  await append(rig, 'a');
  fs.appendFileSync(path, '{"id":"stranger"}\n');
  room = 0;
  await assert.rejects(append(rig, 'b'), { code: 'ENOSPC' });
  room = 5;
  await assert.rejects(append(rig, 'c'), { code: 'ENOSPC' });
  room = 100;
  await append(rig, 'd');
  assert.deepEqual(ids(), ['a', 'stranger', 'd']);
});

test('one that slept until another took its file goes on in the next', async () => {
  const rig = open();
  await append(rig, 'a');
  for (const name of fs.readdirSync(join(folder, 'state'))) {
    if (name.includes('held-by')) fs.rmSync(join(folder, 'state', name));
  }
  const other = open();
  await append(other, 'x');
  rig.clock.advance(5_000);
  await append(rig, 'b');
  assert.deepEqual(ids(), ['a', 'x', 'b']);
  assert.match(fs.readFileSync(join(folder, 'state', 'receipts.2.ndjson'), 'utf8'), /"b"/);
  await rig.journal.close();
  await other.journal.close();
  rig.clock.advance(60_000);
  assert.deepEqual(
    fs.readdirSync(join(folder, 'state')).filter((name) => name.includes('held-by')),
    [],
    'closing gives the claim back, for good',
  );
});

test('closing writes what waits, and nothing is taken afterwards', async () => {
  const rig = open();
  const appended = rig.journal.append(receipt('a'));
  await rig.journal.close();
  await appended;
  rig.turn();
  await rig.journal.close();
  await assert.rejects(rig.journal.append(receipt('b')), /closed/);
  assert.deepEqual(ids(), ['a']);
});

test('what is no file is refused at the start', () => {
  fs.mkdirSync(join(folder, 'state'));
  fs.mkdirSync(path);
  assert.throws(() => open());
  fs.rmdirSync(path);
  fs.symlinkSync('/dev/null', path);
  assert.throws(() => open(), /not a regular file/);
  assert.deepEqual(fs.readdirSync(join(folder, 'state')), ['receipts.ndjson'], 'no claim is left behind');
});

test('reading takes lines of any length, and the last one without its newline', () => {
  fs.mkdirSync(join(folder, 'state'));
  const long = 'é'.repeat(50_000);
  fs.writeFileSync(path, `{"id":"${long}"}\n\nnull\n[1]\n{"id":\n{"id":"b"}\n{"id":"${long}"}`);
  assert.deepEqual(ids(), [long, 'b', long]);
});

test('a journal that is not there has nothing to read', () => {
  assert.deepEqual([ids(), journalFiles(path)], [[], []]);
});

test('the journal that keeps nothing takes everything', async () => {
  const journal = createNullJournal();
  await journal.append(receipt('a'));
  await journal.close();
});
