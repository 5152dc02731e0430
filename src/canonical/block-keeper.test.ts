import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockKeeper } from './block-keeper.ts';
import type { ReplyEvent } from './reply.ts';

function keep(play: (keeper: BlockKeeper) => void): string[] {
  const said: string[] = [];
  const keeper = new BlockKeeper((event) => said.push(short(event)));
  play(keeper);
  return said;
}

function short(event: ReplyEvent): string {
  switch (event.type) {
    case 'open':
      return `open ${event.index} ${event.block.type}${event.block.type === 'tool_call' ? ` ${event.block.name}` : ''}`;
    case 'delta':
      return `${event.index}:${event.text}`;
    case 'seal':
      return `seal ${event.index} ${event.sealed.value}`;
    case 'annotate':
      return `note ${event.index} ${event.origin}:${event.value}`;
    case 'close':
      return `close ${event.index}`;
    default:
      return event.type;
  }
}

const call = (id: string) => ({ type: 'tool_call', id, name: id }) as const;

test('a prose block ends where the next begins', () => {
  const said = keep((keeper) => {
    keeper.open(0, 'r', { type: 'reasoning' });
    keeper.delta(0, 'r', 'hm');
    keeper.seal(0, 'r', { origin: 'x', value: 'sig' });
    keeper.open(0, 't', { type: 'text' });
    keeper.delta(0, 't', 'hi');
    keeper.closeAll(0);
  });
  assert.deepEqual(said, [
    'open 0 reasoning',
    '0:hm',
    'seal 0 sig',
    'close 0',
    'open 1 text',
    '1:hi',
    'close 1',
  ]);
});

test('interleaved calls come out one after the other, no byte lost', () => {
  const said = keep((keeper) => {
    keeper.open(0, 'a', call('a'));
    keeper.delta(0, 'a', '{"x":');
    keeper.open(0, 'b', call('b'));
    keeper.delta(0, 'b', '{"y":');
    keeper.delta(0, 'a', '1}');
    keeper.delta(0, 'b', '2}');
    keeper.closeAll(0);
  });
  assert.deepEqual(said, [
    'open 0 tool_call a',
    '0:{"x":',
    '0:1}',
    'close 0',
    'open 1 tool_call b',
    '1:{"y":2}',
    'close 1',
  ]);
});

test('a call whose arguments are complete makes room at once', () => {
  const said = keep((keeper) => {
    keeper.open(0, 'a', call('a'));
    keeper.delta(0, 'a', '{"x":1}');
    keeper.open(0, 'b', call('b'));
    keeper.delta(0, 'b', '{');
  });
  assert.deepEqual(said, ['open 0 tool_call a', '0:{"x":1}', 'close 0', 'open 1 tool_call b', '1:{']);
});

test('choices are serial each for itself', () => {
  const said = keep((keeper) => {
    keeper.open(0, 't', { type: 'text' });
    keeper.open(1, 't', { type: 'text' });
    keeper.delta(0, 't', 'a');
    keeper.delta(1, 't', 'b');
    keeper.closeAll(1);
    keeper.closeAll(0);
  });
  assert.deepEqual(said, ['open 0 text', 'open 1 text', '0:a', '1:b', 'close 1', 'close 0']);
});

test('what is closed takes no more', () => {
  const said = keep((keeper) => {
    keeper.open(0, 't', { type: 'text' });
    keeper.close(0, 't');
    keeper.delta(0, 't', 'late');
    keeper.annotate(0, 't', 'late', 'x');
    assert.equal(keeper.has(0, 't'), false);
  });
  assert.deepEqual(said, ['open 0 text', 'close 0']);
});

test('an annotation of the open block goes out at once, between what was said before and after', () => {
  const said = keep((keeper) => {
    keeper.open(0, 't', { type: 'text' });
    keeper.delta(0, 't', 'a');
    keeper.annotate(0, 't', 'one', 'x');
    keeper.delta(0, 't', 'b');
    keeper.annotate(0, 't', 'two', 'y');
    keeper.close(0, 't');
  });
  assert.deepEqual(said, ['open 0 text', '0:a', 'note 0 x:one', '0:b', 'note 0 y:two', 'close 0']);
});

test('annotations of a block that waits wait with it, behind its text', () => {
  const said = keep((keeper) => {
    keeper.open(0, 'a', call('a'));
    keeper.delta(0, 'a', '{');
    keeper.open(0, 't', { type: 'text' });
    keeper.annotate(0, 't', 'one', 'x');
    keeper.delta(0, 't', 'hi');
    keeper.annotate(0, 't', 'two', 'x');
    keeper.delta(0, 'a', '}');
    keeper.closeAll(0);
  });
  assert.deepEqual(said, [
    'open 0 tool_call a',
    '0:{',
    '0:}',
    'close 0',
    'open 1 text',
    '1:hi',
    'note 1 x:one',
    'note 1 x:two',
    'close 1',
  ]);
});

test('an annotation finds the block of its own choice', () => {
  const said = keep((keeper) => {
    keeper.open(0, 't', { type: 'text' });
    keeper.open(1, 't', { type: 'text' });
    keeper.annotate(1, 't', 'one', 'x');
    keeper.annotate(2, 't', 'nowhere', 'x');
  });
  assert.deepEqual(said, ['open 0 text', 'open 1 text', 'note 1 x:one']);
});
