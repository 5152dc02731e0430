import assert from 'node:assert/strict';
import { test } from 'node:test';
import { block, outline } from '../../test/testkit/reply-events.ts';
import { type CallStart, NumberedBlocks } from './numbered-blocks.ts';
import type { ReplyEvent } from './reply.ts';

const look: CallStart = { id: 'c', name: 'look', extras: undefined, given: { a: 1 } };

function told(act: (blocks: NumberedBlocks) => void): readonly string[] {
  const events: ReplyEvent[] = [];
  const blocks = new NumberedBlocks((event) => events.push(event));
  act(blocks);
  blocks.end();
  return outline(events);
}

const rows: readonly (readonly [why: string, (blocks: NumberedBlocks) => void, readonly string[]])[] = [
  [
    'words of another kind, or at another number, are another block',
    (blocks) => {
      blocks.say(0, 'reasoning', 'Hm');
      blocks.say(0, 'text', 'Hi');
      blocks.say(1, 'text', '!');
    },
    [...block(0, 'reasoning', 'Hm'), ...block(1, 'text', 'Hi'), ...block(2, 'text', '!')],
  ],
  [
    'no words open nothing; neither does an empty signature',
    (blocks) => {
      blocks.say(0, 'text', '');
      blocks.sign(0, { origin: 'x', value: '' });
    },
    [],
  ],
  [
    'what came with the start counts where no piece follows',
    (blocks) => blocks.startCall(0, look),
    block(0, 'tool c look', '{"a":1}'),
  ],
  [
    'and only there',
    (blocks) => {
      blocks.startCall(0, look);
      blocks.input(0, '{}');
    },
    block(0, 'tool c look', '{}'),
  ],
  [
    'the same call started again is still the same; another at its number ends it',
    (blocks) => {
      blocks.startCall(0, look);
      blocks.startCall(0, look);
      blocks.startCall(0, { ...look, id: 'd' });
    },
    [...block(0, 'tool c look', '{"a":1}'), ...block(1, 'tool d look', '{"a":1}')],
  ],
  [
    'a free-text tool says its words when it is whole',
    (blocks) => {
      blocks.startCall(0, { ...look, name: 'look__freetext' });
      blocks.input(0, '{"input":');
      blocks.input(0, '"so"}');
    },
    block(0, 'custom c look', 'so'),
  ],
  ['pieces for a call that nobody started are passed over', (blocks) => blocks.input(0, '{}'), []],
];

for (const [why, act, events] of rows) test(why, () => assert.deepEqual(told(act), events));
