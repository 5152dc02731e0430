import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue, type Level, Sharer, type Waiting } from './fair-queue.ts';

interface Item extends Waiting<Item> {
  readonly name: string;
}

function scene(patience = 1_000) {
  const queue = new FairQueue<Item>(patience);
  const sharers = new Map<string, Sharer<Item>>();
  const sharer = (who: string): Sharer<Item> => {
    const known = sharers.get(who) ?? new Sharer<Item>();
    sharers.set(who, known);
    return known;
  };
  const add = (name: string, now = 0, level: Level = 1): Item => {
    const item = {
      name,
      sharer: sharer(name[0] ?? ''),
      level,
      number: 0,
      before: undefined,
      behind: undefined,
    };
    queue.add(item, now);
    return item;
  };
  /** Takes the next and lets it hold. */
  const take = (now = 0): string => {
    const item = queue.take(now);
    if (item === undefined) return '-';
    item.sharer.held += 1;
    return item.name;
  };
  const give = (who: string, now: number): void => {
    queue.counts(sharer(who), now);
    sharer(who).held -= 1;
  };
  return { queue, sharer, add, take, give };
}

test('one sharer is served in the order in which it came', () => {
  const { add, take } = scene();
  for (const name of ['a1', 'a2', 'a3']) add(name);
  assert.deepEqual([take(), take(), take(), take()], ['a1', 'a2', 'a3', '-']);
});

test('who holds least is next, however many others wait and however long', () => {
  const { add, take, sharer } = scene();
  sharer('a').held = 2;
  sharer('b').held = 1;
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) add(name);
  assert.deepEqual([take(), take(), take(), take()], ['c1', 'b1', 'a1', 'b2']);
});

test('of those who hold as much, who held less while others waited is next', () => {
  const { add, take, give, sharer } = scene();
  // One slot: a's calls take 9, b's 1.
  sharer('x').held = 1;
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'b4', 'b5']) add(name);
  give('x', 0);
  const order: string[] = [];
  let now = 0;
  for (let i = 0; i < 6; i += 1) {
    const name = take(now);
    order.push(name);
    now += name.startsWith('a') ? 9 : 1;
    give(name[0] ?? '', now);
  }
  assert.deepEqual(order, ['a1', 'b1', 'b2', 'b3', 'b4', 'b5']);
});

test('those who used the same take turns', () => {
  const { add, take, give } = scene();
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) add(name);
  const order: string[] = [];
  for (let i = 0; i < 6; i += 1) {
    const name = take();
    order.push(name);
    give(name[0] ?? '', 0);
  }
  assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('what was held while nobody waited is nobody’s loss', () => {
  const { add, take, give, sharer } = scene();
  sharer('a').held = 1;
  // For an hour a holds the only slot, and nobody minds.
  add('a1', 3_600_000);
  add('b1', 3_600_000);
  add('b2', 3_600_000);
  give('a', 3_600_010);
  const order = [take(3_600_010)];
  give('b', 3_600_030);
  order.push(take(3_600_030));
  assert.deepEqual(order, ['b1', 'a1']);
});

test('an old spell of waiting is forgotten once nobody waits any more', () => {
  const { add, take, give, sharer } = scene();
  sharer('b').held = 1;
  add('a1');
  give('b', 500);
  assert.equal(take(500), 'a1');
  give('a', 500);
  assert.equal(sharer('b').used, 500);
  sharer('c').held = 1;
  add('b1', 600);
  add('a2', 600);
  assert.equal(take(600), 'b1');
});

test('who comes later begins where the others are, and has nothing saved up', () => {
  const { add, take, give, sharer } = scene();
  sharer('a').held = 1;
  for (let i = 0; i < 9; i += 1) add(`a${i}`);
  give('a', 1_000);
  take(1_000);
  for (let i = 0; i < 9; i += 1) add(`b${i}`, 1_000);
  const order: string[] = [];
  let now = 1_010;
  give('a', now);
  for (let i = 0; i < 6; i += 1) {
    const name = take(now);
    order.push(name[0] ?? '');
    now += 10;
    give(name[0] ?? '', now);
  }
  assert.equal(order.join(''), 'bababa');
});

test('a higher level goes first, whoever waits on it', () => {
  const { add, take, sharer } = scene();
  sharer('h').held = 5;
  add('l1', 0, 2);
  add('n1', 0, 1);
  add('h1', 0, 0);
  assert.deepEqual([take(), take(), take()], ['h1', 'n1', 'l1']);
});

test('a lower level has a turn after eight over its head', () => {
  const { add, take, give } = scene(Number.POSITIVE_INFINITY);
  add('l1', 0, 2);
  add('l2', 0, 2);
  const order: string[] = [];
  for (let i = 0; i < 19; i += 1) {
    add(`h${i}`, 0, 0);
    const name = take();
    order.push(name[0] ?? '');
    give(name[0] ?? '', 0);
  }
  assert.equal(order.join(''), 'hhhhhhhhlhhhhhhhhlh');
});

test('a lower level has a turn when its patience is at an end', () => {
  const { add, take, give } = scene(1_000);
  add('l1', 0, 2);
  add('l2', 0, 2);
  const order: string[] = [];
  for (let now = 400; now <= 2_400; now += 400) {
    add(`h${now}`, now, 0);
    const name = take(now);
    order.push(name[0] ?? '');
    give(name[0] ?? '', now);
  }
  assert.equal(order.join(''), 'hhlhhl');
});

test('an old call does not overtake the new ones of others on its own level: levels age, calls do not', () => {
  const { add, take, sharer } = scene(1_000);
  sharer('a').held = 1;
  for (let i = 0; i < 5; i += 1) add(`a${i}`);
  add('b1', 900_000);
  assert.equal(take(900_000), 'b1');
});

const places: readonly (readonly [why: string, name: string, ahead: number])[] = [
  ['nobody is before the first of who holds least', 'c1', 0],
  ['one who holds more comes after each of the others once', 'b1', 1],
  ['and the crowd after those', 'a1', 2],
  ['its second after everybody’s first and second', 'a2', 4],
  ['its third after everybody', 'a3', 5],
];

for (const [why, name, ahead] of places) {
  test(`place in the queue: ${why}`, () => {
    const { queue, add, sharer } = scene();
    sharer('a').held = 2;
    sharer('b').held = 1;
    const items = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((one) => add(one));
    const item = items.find((one) => one.name === name)!;
    assert.equal(queue.ahead(item, 0), ahead);
  });
}

test('all who wait on higher levels are ahead', () => {
  const { queue, add } = scene();
  for (const name of ['h1', 'h2', 'g1']) add(name, 0, 0);
  add('n1', 0, 1);
  assert.equal(queue.ahead(add('l1', 0, 2), 0), 4);
});

const owed: readonly (readonly [
  why: string,
  waiting: readonly (readonly [string, Level])[],
  who: string,
  level: Level,
  goes: string | undefined,
])[] = [
  ['the newest of the crowd makes room for who has none', line('a', 1, 2), 'b', 1, 'a2'],
  [
    'nobody makes room for one who would be the crowd',
    [...line('a', 1, 1), ...line('b', 1, 1)],
    'b',
    1,
    undefined,
  ],
  ['nobody makes room for one of as many', line('a', 1, 1), 'b', 1, undefined],
  ['a lower level makes room', [...line('a', 0, 1), ...line('b', 2, 2)], 'a', 0, 'b2'],
  ['the lowest first', [...line('b', 1, 2), ...line('c', 2, 2)], 'a', 0, 'c2'],
  ['but not its last ninth', [...line('b', 1, 7), ...line('c', 2, 2)], 'a', 0, 'c2'],
  ['which is its own', [...line('b', 1, 8), ...line('c', 2, 1)], 'a', 0, 'b8'],
  ['a higher level makes room for a lower one’s first', line('a', 0, 9), 'b', 2, 'a9'],
  ['and for the first of a crowd as well', line('b', 0, 9), 'b', 1, 'b9'],
  ['but for no more than its ninth', [...line('a', 0, 8), ...line('b', 2, 1)], 'b', 2, undefined],
  ['a queue of one is for who came first', line('a', 0, 1), 'b', 2, undefined],
];

function line(who: string, level: Level, length: number): readonly (readonly [string, Level])[] {
  return Array.from({ length }, (_, i) => [`${who}${i + 1}`, level] as const);
}

for (const [why, waiting, who, level, goes] of owed) {
  test(`room in a full queue: ${why}`, () => {
    const { queue, add, sharer } = scene();
    for (const [name, at] of waiting) add(name, 0, at);
    assert.equal(queue.leastOwed(sharer(who), level)?.name, goes);
  });
}

test('who leaves leaves no gap', () => {
  const { queue, add, take } = scene();
  const [first, , third] = ['a1', 'a2', 'a3', 'a4'].map((name) => add(name));
  queue.remove(third!);
  queue.remove(first!);
  assert.equal(queue.length, 2);
  assert.deepEqual([take(), take(), take()], ['a2', 'a4', '-']);
});
