import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallWire } from '../../canonical/call-wire.ts';
import { GatewayError } from '../../canonical/errors.ts';
import { scanObject } from '../../lib/json-scan.ts';
import { openaiResponses } from './index.ts';
import { turns } from './turns.ts';

function wishOf(body: object) {
  const bytes = Buffer.from(JSON.stringify({ model: 'm', input: 'x', ...body }));
  return turns.wish(new CallWire(openaiResponses, 'chat', bytes, scanObject(bytes, 64)));
}

test('what `store` says is taken at its word only if it is a boolean', () => {
  assert.equal(wishOf({})?.keep, true);
  assert.equal(wishOf({ store: true })?.keep, true);
  assert.equal(wishOf({ store: null })?.keep, true);
  assert.equal(wishOf({ store: false }), undefined);
  for (const store of ['no', 'false', 0, {}]) {
    assert.throws(
      () => wishOf({ store }),
      (error) => error instanceof GatewayError && error.status === 400 && error.detail.param === 'store',
    );
  }
});
