import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, fakeCall, fakeProtocol } from '../../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../../test/testkit/memory-records.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { asTenantId } from '../../canonical/ids.ts';
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { TurnDialect, TurnWish } from '../../canonical/turns.ts';
import { hexDigest } from '../../lib/digest.ts';
import { recall } from './recall.ts';
import { keepTurn, type TurnFacts } from './turn-records.ts';

/** Items are texts or objects; a reply is `{ id, says, seals }`. */
const dialect: TurnDialect = {
  wish: () => undefined,
  whole: (_wire, items = []) => [{ name: 'items', value: JSON.stringify(items) }],
  referenceOf: (item) => (typeof item === 'string' && item.startsWith('@') ? item.slice(1) : undefined),
  itemsOf: (reply) => reply['says'] as readonly Json[],
  replyIn: (ending) => (ending === '' ? undefined : (JSON.parse(ending) as JsonObject)),
  sealsIn: (reply) => (reply['seals'] ?? []) as readonly string[],
  keeping: () => undefined,
  restate: (bytes) => bytes,
};
const tenant = asTenantId('acme');
const wire = fakeCall({ face: fakeProtocol(), body: '{"model":"m"}' }).wire;

function rig(maxBytes = 10_000) {
  const clock = new FakeClock();
  const records = new MemoryRecords(clock);
  const parts = { records, clock, tenant, dialect, life: 1_000, maxBytes, maxKept: 100_000 };
  const keep = (
    id: string,
    previous: string | null,
    reply: JsonObject = {},
    upstream = 'up',
    more: Partial<TurnFacts> = {},
  ): Promise<string | undefined> => {
    const facts = { previous, model: 'm', upstream, sealed: false, items: [`ask ${id}`], ...more };
    return keepTurn(JSON.stringify({ id, says: [`say ${id}`], ...reply }), facts, upstream, parts);
  };
  const recalled = (more: Partial<TurnWish>): ReturnType<typeof recall> => {
    const whole = { previous: undefined, keep: true, items: ['now'], references: [], seals: [], ...more };
    return recall(wire, whole, parts);
  };
  const wish = (more: Partial<TurnWish>): Promise<{ items: unknown; sealers: unknown[] }> =>
    recalled(more).then(({ wire: made, sealers }) => ({
      items: made.value('items'),
      sealers: [...sealers],
    }));
  return { clock, records, keep, recalled, wish };
}

test('a chain is told from its beginning, each turn with its own items and its answer', async () => {
  const { keep, wish } = rig();
  await keep('a', null);
  await keep('b', 'a');
  assert.deepEqual((await wish({ previous: 'b' })).items, ['ask a', 'say a', 'ask b', 'say b', 'now']);
});

test('who sealed anything on the way is known, and whoever sealed what the call itself brings', async () => {
  const { keep, wish } = rig();
  await keep('a', null, { seals: ['blob'] }, 'first');
  await keep('b', 'a', {}, 'second');
  assert.deepEqual((await wish({ previous: 'b' })).sealers, ['first']);
  assert.deepEqual((await wish({ seals: ['blob'] })).sealers, ['first']);
  assert.deepEqual((await wish({ seals: ['never seen'] })).sealers, [undefined]);
});

test('a reference becomes the item; one that the history holds already is not said twice', async () => {
  const { keep, wish } = rig();
  const item = { id: 'i1', text: 'x' };
  await keep('a', null, { says: [item], seals: ['blob'] }, 'first');
  const alone = await wish({ items: ['@i1', 'now'], references: ['i1'] });
  assert.deepEqual(alone, { items: [item, 'now'], sealers: ['first'] });
  const both = await wish({ previous: 'a', items: ['@i1', 'now'], references: ['i1'] });
  assert.deepEqual(both.items, ['ask a', item, 'now']);
});

test('what is kept of a call with references holds the items, so that the next one finds them there', async () => {
  const { keep, wish, recalled } = rig();
  const item = { id: 'i1', text: 'x' };
  await keep('a', null, { says: [item] });
  const { items } = await recalled({ items: ['@i1', 'now'], references: ['i1'] });
  assert.deepEqual(items, [item, 'now']);
  await keep('b', null, {}, 'up', { items });
  assert.deepEqual((await wish({ items: ['@i1'], references: ['i1'] })).items, [item]);
  assert.deepEqual((await wish({ previous: 'b' })).items, [item, 'now', 'say b', 'now']);
});

test('a turn whose items are sealed binds those who go on from it', async () => {
  const { keep, wish } = rig();
  await keep('a', null, {}, 'first', { sealed: true });
  assert.deepEqual((await wish({ previous: 'a' })).sealers, ['first']);
});

const refusals: readonly (readonly [
  why: string,
  act: (made: ReturnType<typeof rig>) => Promise<unknown>,
  code: string,
  says: RegExp,
])[] = [
  ['a reply nobody knows', ({ wish }) => wish({ previous: 'z' }), 'turn_not_found', /no reply "z"/],
  [
    'a chain that has lost its middle',
    async ({ keep, wish, records }) => {
      await keep('a', null);
      await keep('b', 'a');
      await records.remove('turn', tenant, 'a');
      return wish({ previous: 'b' });
    },
    'turn_not_found',
    /"b" goes on from "a", which is not here any more/,
  ],
  [
    'a reply that has expired',
    async ({ keep, wish, clock }) => {
      await keep('a', null);
      clock.advance(1_000);
      return wish({ previous: 'a' });
    },
    'turn_not_found',
    /no reply "a"/,
  ],
  [
    'a chain that bites its own tail',
    async ({ keep, wish }) => {
      await keep('a', 'b');
      await keep('b', 'a');
      return wish({ previous: 'b' });
    },
    'turn_not_found',
    /no reply "b"/,
  ],
  [
    'an item nobody knows',
    ({ wish }) => wish({ items: ['@i9'], references: ['i9'] }),
    'bad_request',
    /no item "i9"/,
  ],
  [
    'a history longer than any call may be',
    async ({ keep, wish }) => {
      await keep('a', null, { says: ['x'.repeat(10_000)] });
      return wish({ previous: 'a' });
    },
    'body_too_large',
    /With its history/,
  ],
  [
    'a call that points to more items than anybody has',
    ({ wish }) => {
      const references = Array.from({ length: 201 }, (_, at) => `i${at}`);
      return wish({ references, items: references.map((id) => `@${id}`) });
    },
    'bad_request',
    /points to 201 kept items; 200 are looked up/,
  ],
  [
    'a call with more seals than anybody has',
    ({ wish }) => wish({ seals: Array.from({ length: 201 }, (_, at) => `s${at}`) }),
    'bad_request',
    /points to 201 sealed items/,
  ],
  [
    'pointing into turns larger together than two calls may be',
    async ({ keep, wish }) => {
      const ids = ['a', 'b', 'c'];
      for (const id of ids) await keep(id, null, { says: [{ id: `i${id}` }, 'x'.repeat(7_000)] });
      const references = ids.map((id) => `i${id}`);
      return wish({ references, items: references.map((id) => `@${id}`) });
    },
    'body_too_large',
    /With its history/,
  ],
  [
    'a store that is down',
    ({ wish, records }) => {
      records.failure = new Error('disk');
      return wish({ previous: 'a' });
    },
    'store_down',
    /cannot be read at the moment/,
  ],
];
for (const [why, act, code, says] of refusals) {
  test(`${why} is refused`, async () => {
    await assert.rejects(act(rig()), (error) => {
      assert.ok(error instanceof GatewayError);
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });
  });
}

test('a turn is read once, however many of its items are pointed to', async () => {
  const { keep, wish, records } = rig();
  const says = Array.from({ length: 100 }, (_, at) => ({ id: `i${at}` }));
  await keep('a', null, { says });
  const get = records.get.bind(records);
  let read = 0;
  records.get = (kind, ...rest) => {
    if (kind === 'turn') read += 1;
    return get(kind, ...rest);
  };
  const references = says.map(({ id }) => id);
  const { items } = await wish({ references, items: references.map((id) => `@${id}`) });
  assert.deepEqual(items, says);
  assert.equal(read, 1);
});

test('an end without a reply keeps nothing; a turn nobody wants kept leaves only who sealed what', async () => {
  const { clock, records } = rig();
  const parts = { records, clock, tenant, dialect, life: 1_000, maxKept: 100_000 };
  await keepTurn('', { previous: null, model: 'm', upstream: 'up', sealed: false, items: [] }, 'up', parts);
  assert.deepEqual(records.keys, []);
  await keepTurn('{"id":"a","says":[],"seals":["blob"]}', undefined, 'up', parts);
  assert.deepEqual(records.keys, [`seal/acme/${hexDigest('blob')}`]);
});

test('a turn that is not kept although its caller wants it says why', async () => {
  const { clock, records } = rig();
  const parts = { records, clock, tenant, dialect, life: 1_000, maxKept: 300 };
  const facts = { previous: null, model: 'm', upstream: 'up', sealed: false, items: [] };
  assert.equal(await keepTurn('{"id":"a","says":[]}', facts, 'up', parts), undefined);
  assert.equal(await keepTurn('', facts, 'up', parts), 'the reply has no id');
  assert.equal(await keepTurn('', undefined, 'up', parts), undefined);
  const long = JSON.stringify({ id: 'b', says: ['x'.repeat(300)], seals: ['blob'] });
  assert.match((await keepTurn(long, facts, 'up', parts)) ?? '', /has \d+ bytes, and 300 are kept at most/);
  assert.equal(await keepTurn(long, undefined, 'up', parts), undefined);
  assert.deepEqual(records.keys, ['turn/acme/a', `seal/acme/${hexDigest('blob')}`]);
});
