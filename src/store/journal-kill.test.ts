// The promise itself: what a killed process had been told is on record is on record, once. This file is
// its own child process.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readJournal } from '../../test/testkit/journal-reader.ts';
import { asCallId } from '../canonical/ids.ts';
import { type Receipt, ReceiptDraft } from '../canonical/receipt.ts';
import { noUsage } from '../canonical/usage.ts';
import { createFileJournal } from './journal.ts';

const CHILD = '--append-until-killed';
const ROUNDS = 8;
const AT_ONCE = 5;
const MOST = 100_000;

const [, , role, journalPath = '', round = ''] = process.argv;

if (role === CHILD) await appendUntilKilled();
else test('a kill -9 loses no receipt that was promised, and doubles none', promise);

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

async function appendUntilKilled(): Promise<void> {
  const journal = createFileJournal({
    path: journalPath,
    maxBytes: 100_000,
    keep: 1000,
    clock: { now: () => performance.now(), wall: () => Date.now() },
    ticker: { every: () => () => undefined },
    encode: (of) => JSON.stringify({ id: of.draft.id, padding: 'x'.repeat(700) }),
  });
  async function caller(name: number): Promise<void> {
    for (let i = 0; i < MOST; i += 1) {
      const id = `${round}-${name}-${i}`;
      await journal.append(receipt(id));
      fs.writeSync(1, `${id}\n`);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, name) => caller(name)));
}

/** Kills a child once it has promised `after` receipts; gives back all it managed to promise. */
function killed(path: string, name: number, after: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), CHILD, path, String(name)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (text.split('\n').length > after) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error('The child ended by itself.'));
      // The last piece is no whole line: that promise may have been cut off in the middle.
      else resolve(text.split('\n').slice(0, -1));
    });
  });
}

async function promise(): Promise<void> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'signalbox-kill-'));
  const path = join(folder, 'receipts.ndjson');
  try {
    const promised: string[] = [];
    for (let i = 0; i < ROUNDS; i += 1) {
      promised.push(...(await killed(path, i, Math.floor(Math.random() * 400))));
    }
    const found = new Map<unknown, number>();
    for (const { id } of readJournal(path)) found.set(id, (found.get(id) ?? 0) + 1);
    assert.ok(promised.length >= ROUNDS);
    for (const id of promised) assert.equal(found.get(id), 1, `${id} was promised`);
    for (const [id, times] of found) assert.equal(times, 1, `${id} is there once`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
