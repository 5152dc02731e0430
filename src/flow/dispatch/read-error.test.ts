// What a refusal says when it was no secret of ours that was refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../canonical/errors.ts';
import { Secret } from '../../canonical/ids.ts';
import type { Protocol } from '../../canonical/protocol.ts';
import { readError } from './read-error.ts';

const refused = new GatewayError('upstream_auth', 'decoded', { upstream: { status: 401 } });
const protocol = { decodeError: () => refused } as unknown as Protocol;
const head = { status: 401, headers: {} };

function says(upstream: Parameters<typeof readError>[4]): GatewayError {
  return readError(protocol, 'chat', head, Buffer.alloc(0), upstream);
}

test('without any secret, the refusal says that there is none', () => {
  const error = says({ secret: undefined, signer: undefined, headers: {} });
  assert.equal(error.code, 'upstream_auth');
  assert.equal(error.message, 'The upstream wants a secret, and none is configured for it (status 401).');
  assert.equal(error.detail.upstream?.status, 401);
});

test('a secret, a signer or a header of the config may be what was refused', () => {
  const none = { secret: undefined, signer: undefined, headers: {} };
  assert.equal(says({ ...none, secret: new Secret('s') }), refused);
  assert.equal(says({ ...none, signer: { sign: () => ({}) } }), refused);
  assert.equal(says({ ...none, headers: { 'x-key': 's' } }), refused);
});
