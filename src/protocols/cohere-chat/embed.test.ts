import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EmbedCall } from '../../canonical/errand.ts';
import { GatewayError } from '../../canonical/errors.ts';
import type { JsonObject } from '../../canonical/json.ts';
import { Ledger, ledgerHeader } from '../../canonical/ledger.ts';
import { noUsage } from '../../canonical/usage.ts';
import { BodyOutline } from '../../canonical/watchers.ts';
import { embed } from './embed.ts';

const plain: EmbedCall = { origin: 'openai-chat', inputs: ['a', 'b'], encoding: 'base64', extras: {} };
const always = { model: 'm', texts: ['a', 'b'], embedding_types: ['float'], truncate: 'NONE' };

function encode(call: Partial<EmbedCall>) {
  const ledger = new Ledger();
  const options = { model: 'm', ledger, quirks: {}, facts: undefined, operation: 'embed' } as const;
  const body = embed.translation?.encodeCall({ ...plain, ...call }, options).body;
  return { body, told: ledgerHeader(ledger.entries) };
}

const rows: readonly (readonly [why: string, call: Partial<EmbedCall>, body: JsonObject, told: string])[] = [
  ['what nobody says is chosen, and named', {}, { input_type: 'search_document' }, 'approximated=input_type'],
  [
    'what callers say in its own words is sent',
    { extras: { input_type: 'search_query', other: 1 } },
    { input_type: 'search_query' },
    'dropped=other',
  ],
  ['a purpose', { purpose: 'clustering' }, { input_type: 'clustering' }, ''],
  [
    'the size of the vectors, and that texts may be cut',
    { dimensions: 256, truncate: true, purpose: 'x', user: 'u' },
    { input_type: 'x', output_dimension: 256, truncate: 'END' },
    'dropped=user',
  ],
];

for (const [why, call, body, told] of rows) {
  test(`embed: ${why}`, () => assert.deepEqual(encode(call), { body: { ...always, ...body }, told }));
}

test('embed: tokens of others are refused', () => {
  assert.throws(
    () => encode({ inputs: ['a', { tokens: [1] }] }),
    (error) => {
      assert.ok(error instanceof GatewayError);
      assert.deepEqual([error.code, error.detail.param], ['unsupported', 'input[1]']);
      return true;
    },
  );
});

const bodies: readonly (readonly [why: string, body: object, outcome: unknown])[] = [
  [
    'vectors',
    { embeddings: { float: [[1]] }, meta: { billed_units: { input_tokens: 3 } } },
    { ...noUsage, fresh: 3 },
  ],
  ['vectors without a price', { embeddings: { float: [[1]] } }, undefined],
  ['an error', { message: 'no', id: 'e' }, 'upstream_fault'],
  ['something else', { texts: [] }, 'upstream_garbled'],
];

for (const [why, body, outcome] of bodies) {
  test(`embed: a body with ${why}`, () => {
    const verdict = embed.judge?.(new BodyOutline(Buffer.from(JSON.stringify(body))));
    if (verdict instanceof GatewayError) assert.equal(verdict.code, outcome);
    else assert.deepEqual(verdict?.usage, outcome);
  });
}
