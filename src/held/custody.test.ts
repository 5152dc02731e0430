import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/testkit/flow-doubles.ts';
import { MemoryRecords } from '../../test/testkit/memory-records.ts';
import { asTenantId } from '../canonical/ids.ts';
import { Custody } from './custody.ts';

const acme = asTenantId('acme');
const umbra = asTenantId('umbra');

function rig() {
  const clock = new FakeClock();
  const records = new MemoryRecords(clock);
  return { records, custody: new Custody(records, clock), clock };
}

function file(id: string, kind = 'even') {
  return { id, expires: undefined, value: { upstream: 'one', object: { id, kind } } };
}

test('what is kept for one tenant is nothing to another, and its owner is written down', async () => {
  const { custody, records } = rig();
  await custody.put('file', acme, file('f'));
  assert.equal((await custody.get('file', acme, 'f')).value.upstream, 'one');
  await assert.rejects(custody.get('file', umbra, 'f'), { code: 'not_found' });
  await assert.rejects(custody.get('batch', acme, 'f'), { code: 'not_found' });
  await custody.remove(umbra, 'f');
  assert.deepEqual(records.keys, ['file//f', 'file/acme/f']);
  await custody.remove(acme, 'f');
  assert.deepEqual(records.keys, []);
});

test('a page holds what is wanted, however much else lies between', async () => {
  const { custody } = rig();
  for (let at = 0; at < 350; at += 1)
    await custody.put('file', acme, file(`f${at}`, at % 50 === 0 ? 'rare' : 'even'));
  const wanted = ({ object }: { object: { readonly [name: string]: unknown } }): boolean =>
    object['kind'] === 'rare';
  const found = await custody.list('file', acme, { limit: 4, after: undefined }, wanted);
  assert.deepEqual(
    found.slice(0, 4).map(({ id }) => id),
    ['f300', 'f250', 'f200', 'f150'],
  );
  assert.ok(found.length > 4, 'there are more');
  const rest = await custody.list('file', acme, { limit: 4, after: 'f150' }, wanted);
  assert.deepEqual(
    rest.map(({ id }) => id),
    ['f100', 'f50', 'f0'],
  );
});

test('who changes what was read does so alone, after a failure, too, and in another gateway of the process', async () => {
  const { custody, records, clock } = rig();
  const order: string[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = custody.alone(acme, 'b', async () => {
    order.push('first');
    await gate;
    throw new Error('no');
  });
  const second = new Custody(records, clock).alone(acme, 'b', async () => order.push('second'));
  await custody.alone(umbra, 'b', async () => order.push('other'));
  open();
  await assert.rejects(first);
  await second;
  assert.deepEqual(order, ['first', 'other', 'second']);
});

test('without the store nothing is said or done', async () => {
  const { custody, records } = rig();
  records.failure = new Error('disk');
  await assert.rejects(custody.find('file', acme, 'f'), { code: 'store_down' });
  await assert.rejects(custody.put('file', acme, file('f')), { code: 'store_down' });
  await assert.rejects(
    custody.list('file', acme, { limit: 1, after: undefined }, () => true),
    { code: 'store_down' },
  );
});

test('a list does not end in silence after what nobody knows', async () => {
  const { custody } = rig();
  await custody.put('file', acme, file('f1'));
  const lost = custody.list('file', acme, { limit: 4, after: 'f0' }, () => true);
  await assert.rejects(lost, { code: 'bad_request', message: /no file "f0" after which/ });
});
