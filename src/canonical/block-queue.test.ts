import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockQueue } from './block-queue.ts';
import { Ledger } from './ledger.ts';
import type { BlockEvent } from './reply.ts';

const open = (index: number, choice = 0): BlockEvent => ({
  type: 'open',
  index,
  choice,
  block: { type: 'text' },
});
const delta = (index: number, text: string): BlockEvent => ({ type: 'delta', index, text });
const close = (index: number): BlockEvent => ({ type: 'close', index });

/** What an encoder says that writes `<0`, the words and `0>`; block 9 it cannot say. */
function said(ledger: Ledger, ...events: readonly BlockEvent[]): string {
  const queue: BlockQueue<{ readonly index: number }> = new BlockQueue(ledger, {
    open: ({ index }) => {
      if (index === 9) return '';
      queue.current = { index };
      return `<${index}`;
    },
    go: ({ index }, event) => {
      if (event.type === 'delta') return event.text;
      return event.type === 'close' ? `${index}>${queue.advance()}` : '';
    },
  });
  return events.map((event) => queue.take(event)).join('');
}

test('blocks come one after the other, in the order of their opening', () => {
  const rows: readonly (readonly [why: string, events: readonly BlockEvent[], text: string])[] = [
    ['one by one', [open(0), delta(0, 'a'), close(0), open(1), delta(1, 'b'), close(1)], '<0a0><1b1>'],
    [
      'interleaved: the second waits',
      [open(0), open(1), delta(1, 'b'), delta(0, 'a'), close(1), close(0)],
      '<0a0><1b1>',
    ],
    [
      'two wait, and the first of them is not over when its turn comes',
      [open(0), open(1), open(2), delta(2, 'c'), close(2), close(0), delta(1, 'b'), close(1)],
      '<00><1b1><2c2>',
    ],
    ['a block that cannot be said holds nobody up', [open(9), delta(9, 'x'), open(1), close(1)], '<11>'],
    ['one that waited and cannot be said', [open(0), open(9), delta(9, 'x'), open(1), close(0)], '<00><1'],
    ['events of a block that nobody opened', [delta(3, 'x'), open(0), delta(3, 'x'), close(0)], '<00>'],
  ];
  for (const [why, events, text] of rows) assert.equal(said(new Ledger(), ...events), text, why);
});

test('of several choices only the first is said, and the others are named', () => {
  const ledger = new Ledger();
  assert.equal(said(ledger, open(0), open(1, 1), delta(1, 'b'), close(0)), '<00>');
  assert.deepEqual(
    ledger.entries.map(({ field, outcome }) => `${outcome} ${field}`),
    ['dropped choices'],
  );
});
