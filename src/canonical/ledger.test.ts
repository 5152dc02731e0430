import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger, type LedgerEntry, ledgerHeader } from './ledger.ts';

test('each field is named once for each outcome, with the note it first had', () => {
  const ledger = new Ledger();
  ledger.dropped('seed', 'was 7');
  ledger.dropped('seed');
  ledger.mapped('stop');
  ledger.approximated('seed');
  assert.deepEqual(ledger.entries, [
    { field: 'seed', outcome: 'dropped', note: 'was 7' },
    { field: 'stop', outcome: 'mapped' },
    { field: 'seed', outcome: 'approximated' },
  ]);
  assert.deepEqual(
    ledger.losses().map((entry) => entry.outcome),
    ['dropped', 'approximated'],
  );
});

test('fifty fields are named, the others counted', () => {
  const ledger = new Ledger();
  for (let i = 0; i < 50; i += 1) ledger.dropped(`f${i}`);
  assert.equal(ledger.entries.length, 50);
  for (let i = 0; i < 60_000; i += 1) ledger.dropped(`f${i}`);
  assert.equal(ledger.entries.length, 51);
  assert.equal(ledger.entries[49]?.field, 'f49');
  assert.equal(ledger.entries[50]?.field, 'and 59950 more');
});

test('a loss beyond those that are named is a loss', () => {
  const ledger = new Ledger();
  for (let i = 0; i < 60; i += 1) ledger.mapped(`f${i}`);
  assert.deepEqual(ledger.losses(), []);
  ledger.dropped('seed');
  for (let i = 0; i < 60; i += 1) ledger.dropped(`g${i}`);
  const losses = ledger.losses().map((entry) => entry.field);
  assert.deepEqual([losses[0], losses.at(-1), losses.length], ['seed', 'and 11 more', 51]);
});

test('a long name is cut, and still the same name the next time', () => {
  const ledger = new Ledger();
  ledger.dropped('x'.repeat(1_000_000));
  ledger.dropped('x'.repeat(1_000_000));
  assert.deepEqual(
    ledger.entries.map((entry) => entry.field),
    [`${'x'.repeat(100)}...`],
  );
});

const headers: readonly (readonly [says: string, entries: readonly LedgerEntry[], header: string])[] = [
  ['nothing to say', [], ''],
  [
    'the worst comes first',
    [
      { field: 'stop', outcome: 'mapped' },
      { field: 'tool_choice', outcome: 'approximated' },
      { field: 'seed', outcome: 'dropped' },
      { field: 'user', outcome: 'dropped' },
    ],
    'dropped=seed,user; approximated=tool_choice; mapped=stop',
  ],
  [
    'a field named by the caller cannot begin another header',
    [{ field: 'a\r\nset-cookie: b=1', outcome: 'dropped' }],
    'dropped=a??set-cookie: b=1',
  ],
  ['nor is it anything but ASCII', [{ field: 'größe', outcome: 'mapped' }], 'mapped=gr??e'],
];

for (const [says, entries, header] of headers) {
  test(`the ledger as a header: ${says}`, () => assert.equal(ledgerHeader(entries), header));
}

test('the ledger as a header: however many long names, it is short', () => {
  const ledger = new Ledger();
  for (let i = 0; i < 1_000; i += 1) ledger.dropped(`${i}${'x'.repeat(200)}`);
  assert.equal(ledgerHeader(ledger.entries).length, 2_048);
});
