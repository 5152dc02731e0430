import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asTenantId } from '../canonical/ids.ts';
import { createSeals, type SealBounds } from './seals.ts';

const sealed = { origin: 'vendor', value: 'c2lnbmVk' };
const roomy: SealBounds = { maxEntries: 10, maxSize: 1000, ttl: 100 };

function create(bounds: SealBounds) {
  const time = { now: 0 };
  const clock = { now: () => time.now, wall: () => 0 };
  return { seals: createSeals(clock, bounds), time };
}

describe('seals of tool calls', () => {
  it('come back to the tenant whose call it was', () => {
    const { seals } = create(roomy);
    seals.of(asTenantId('a')).keep('call_1', sealed);
    assert.deepEqual(seals.of(asTenantId('a')).find('call_1'), sealed);
  });

  it('are nothing to another tenant, not even to one whose name and id run together to the same', () => {
    const { seals } = create(roomy);
    seals.of(asTenantId('a')).keep('1:b:call_1', sealed);
    assert.equal(seals.of(asTenantId('b')).find('call_1'), undefined);
    assert.equal(seals.of(asTenantId('a:1:b')).find('call_1'), undefined);
    assert.equal(seals.of(asTenantId('a')).find('call_1'), undefined);
  });

  it('are forgotten after their time', () => {
    const { seals, time } = create(roomy);
    const keeper = seals.of(asTenantId('a'));
    keeper.keep('call_1', sealed);
    time.now = 99;
    assert.deepEqual(keeper.find('call_1'), sealed);
    time.now = 100;
    assert.equal(keeper.find('call_1'), undefined);
  });

  it('give way to newer ones, by number and by size', () => {
    for (const bounds of [
      { ...roomy, maxEntries: 2 },
      { ...roomy, maxSize: 45 },
    ]) {
      const keeper = create(bounds).seals.of(asTenantId('a'));
      for (const id of ['call_1', 'call_2', 'call_3']) keeper.keep(id, sealed);
      assert.equal(keeper.find('call_1'), undefined);
      assert.deepEqual(keeper.find('call_3'), sealed);
    }
  });
});
