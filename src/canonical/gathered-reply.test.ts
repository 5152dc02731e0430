import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatheredReply } from './gathered-reply.ts';
import { Ledger } from './ledger.ts';
import { noUsage } from './usage.ts';

test('each block has its words, and only what may stand on it', () => {
  const ledger = new Ledger();
  const reply = new GatheredReply<string>(ledger, {
    head: (block, index) => (block.type === 'raw' ? undefined : `${block.type} ${index}`),
    signed: (head, origin) => head.startsWith('reasoning') && origin === 'us',
    annotated: (head) => head.startsWith('text'),
  });
  reply.take({ type: 'open', index: 0, choice: 0, block: { type: 'reasoning' } });
  reply.take({ type: 'open', index: 1, choice: 0, block: { type: 'text' } });
  reply.take({ type: 'open', index: 2, choice: 0, block: { type: 'raw', origin: 'them', value: {} } });
  reply.take({ type: 'open', index: 3, choice: 1, block: { type: 'text' } });
  for (const index of [0, 1, 2, 3]) {
    reply.take({ type: 'delta', index, text: `${index}` });
    reply.take({ type: 'delta', index, text: '!' });
    reply.take({ type: 'seal', index, sealed: { origin: 'us', value: 'ours' } });
    reply.take({ type: 'seal', index, sealed: { origin: 'them', value: 'theirs' } });
    reply.take({ type: 'annotate', index, origin: 'us', value: 'note' });
  }
  assert.deepEqual(reply.blocks, [
    { type: 'reasoning', head: 'reasoning 0', text: '0!', signature: 'ours', annotations: [] },
    { type: 'text', head: 'text 1', text: '1!', signature: '', annotations: ['note'] },
  ]);
  assert.deepEqual([reply.has('text'), reply.has('tool_call')], [true, false]);
  assert.deepEqual(
    ledger.entries.map(({ field }) => field),
    ['choices'],
  );
});

test('the end is that of the first choice, usage the last that was told', () => {
  const reply = new GatheredReply<string>(new Ledger(), {
    head: () => undefined,
    signed: () => false,
    annotated: () => false,
  });
  reply.take({ type: 'finish', choice: 0, reason: 'length' });
  reply.take({ type: 'finish', choice: 1, reason: 'stop' });
  reply.take({ type: 'usage', usage: { ...noUsage, output: 1 }, extras: { tier: 'x' } });
  reply.take({ type: 'usage', usage: { ...noUsage, output: 2 } });
  assert.deepEqual([reply.finish?.reason, reply.usage.output, reply.usageExtras], ['length', 2, undefined]);
});
