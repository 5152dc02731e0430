import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, test } from 'node:test';
import { claimJournal } from './claim.ts';
import { createProcessTable, type ProcessTable } from './process-table.ts';

let folder = '';
let path = '';

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'signalbox-claim-'));
  path = join(folder, 'journal', 'receipts.ndjson');
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

/** A process as it sees itself and the others of its table, which are named `pid-started`. */
function processOf(pid: number, started: string, id = 'here', living: readonly string[] = []): ProcessTable {
  const all = [`${pid}-${started}`, ...living];
  return { id, pid, started, isAlive: (other, since) => all.includes(`${other}-${since}`) };
}

function claims(): readonly string[] {
  return fs.readdirSync(join(folder, 'journal')).filter((name) => name.includes('held-by'));
}

function age(seconds: number): void {
  for (const name of claims()) {
    const then = Date.now() / 1_000 - seconds;
    fs.utimesSync(join(folder, 'journal', name), then, then);
  }
}

const second = 'receipts.2.ndjson';
const seconds: readonly {
  readonly says: string;
  readonly comes: ProcessTable;
  readonly aged?: number;
  readonly place: string;
}[] = [
  {
    says: 'another living process goes on to the next',
    comes: processOf(8, '20', 'here', ['7-10']),
    place: second,
  },
  { says: 'so does the same process, if it opens one twice', comes: processOf(7, '10'), place: second },
  { says: 'that of a dead process is taken over', comes: processOf(8, '20'), place: 'receipts.ndjson' },
  {
    says: 'so is that of one whose number a later process has',
    comes: processOf(7, '20'),
    place: 'receipts.ndjson',
  },
  {
    says: 'the same number in another container is another process',
    comes: processOf(7, '10', 'there'),
    place: second,
  },
  {
    says: 'which lives as long as its claim is renewed',
    comes: processOf(7, '10', 'there'),
    aged: 25,
    place: second,
  },
  {
    says: 'and no longer',
    comes: processOf(7, '10', 'there'),
    aged: 35,
    place: 'receipts.ndjson',
  },
  {
    says: 'one that can be seen needs no renewal',
    comes: processOf(8, '20', 'here', ['7-10']),
    aged: 3_600,
    place: second,
  },
];

for (const { says, comes, aged, place } of seconds) {
  test(`a journal that process 7 has claimed: ${says}`, () => {
    claimJournal(path, processOf(7, '10'));
    if (aged !== undefined) age(aged);
    assert.equal(basename(claimJournal(path, comes).path), place);
    assert.equal(claims().length, place === second ? 2 : 1, 'claims of the dead are removed');
  });
}

test('a claim that was given back is free', () => {
  const here = processOf(7, '10');
  const [first] = [claimJournal(path, here), claimJournal(path, here)];
  first?.release();
  assert.equal(claimJournal(path, here).path, path);
});

test('a claim that is renewed stays fresh for those who cannot see its process', () => {
  const claim = claimJournal(path, processOf(7, '10'));
  age(3_600);
  assert.equal(claim.renew(), true);
  assert.equal(basename(claimJournal(path, processOf(7, '10', 'there')).path), second);
});

test('a claim that another has removed cannot be renewed', () => {
  const claim = claimJournal(path, processOf(7, '10'));
  age(3_600);
  claimJournal(path, processOf(7, '10', 'there'));
  assert.equal(claim.renew(), false);
});

test('what is no claim of ours is judged by its age', () => {
  fs.mkdirSync(join(folder, 'journal'));
  fs.writeFileSync(`${path}.held-by-somebody`, '');
  assert.equal(basename(claimJournal(path, processOf(7, '10')).path), second);
  age(3_600);
  assert.equal(claimJournal(path, processOf(8, '20')).path, path);
});

test('there is an end to places, and nothing is left behind when it is reached', () => {
  const here = processOf(7, '10');
  for (let n = 1; n <= 80; n += 1) claimJournal(path, here);
  assert.throws(() => claimJournal(path, here), /are in use/);
  assert.equal(claims().length, 80);
});

test('the real table knows the living from the dead', (t) => {
  const table = createProcessTable();
  assert.equal(table.isAlive(process.pid, table.started), true);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  assert.equal(table.isAlive(pid, table.started), false);
  assert.equal(createProcessTable().id, table.id);
  if (process.platform !== 'linux') t.skip('only Linux tells when a process started');
  else assert.equal(table.isAlive(process.pid, '1'), false, 'the same number, used again');
});
