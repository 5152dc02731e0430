import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../test/testkit/flow-doubles.ts';
import { asTenantId } from '../../canonical/ids.ts';
import { createSeals } from '../../store/seals.ts';
import type { TenantSeal } from './messages.ts';
import { tellingSeals } from './telling-seals.ts';

test('what is kept is known here, and told with whose it is; what was told is not told on', () => {
  const inner = createSeals(new FakeClock());
  const told: TenantSeal[] = [];
  const seals = tellingSeals(inner, { tellSeal: (seal) => told.push(seal) });
  const tenant = asTenantId('acme');
  const sealed = { origin: 'up', value: 'x' };
  seals.of(tenant).keep('call-1', sealed);
  assert.deepEqual(seals.of(tenant).find('call-1'), sealed);
  inner.of(tenant).keep('call-2', sealed);
  assert.deepEqual(seals.of(tenant).find('call-2'), sealed);
  assert.deepEqual(told, [{ tenant, callId: 'call-1', sealed }]);
});
