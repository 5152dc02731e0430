import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwardHeaders, upstreamHeaders } from './headers.ts';

test('the version fits the fields of the call', () => {
  const rows: readonly (readonly [asked: string | undefined, fields: string[], sent: string, why: string])[] =
    [
      [undefined, [], '2023-06-01', 'without a version the old one is sent'],
      [undefined, ['temperature'], '2023-06-01', 'without a version sampling works'],
      ['2023-06-01', ['top_p'], '2023-06-01', 'the old version stays'],
      ['2026-10-21', ['model', 'messages'], '2026-10-21', 'the new version stays without sampling'],
      ['2026-10-21', ['temperature'], '2023-06-01', 'the new version refuses temperature'],
      ['2026-10-21', ['top_k'], '2023-06-01', 'the new version refuses top_k'],
      ['2027-03-01', ['top_p'], '2023-06-01', 'so will later ones'],
      ['2023-01-01', ['top_p'], '2023-01-01', 'an older version is the choice of the caller'],
    ];
  for (const [asked, fields, sent, why] of rows) {
    const caller = asked === undefined ? {} : { 'anthropic-version': asked };
    assert.deepEqual(upstreamHeaders(caller, new Set(fields)), { 'anthropic-version': sent }, why);
  }
});

test('beta flags go along, credentials do not', () => {
  const caller = { 'anthropic-beta': 'a,b', authorization: 'Bearer x', 'x-api-key': 'k' };
  assert.deepEqual(upstreamHeaders(caller, new Set()), {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a,b',
  });
  for (const name of forwardHeaders) assert.ok(!['authorization', 'x-api-key', 'cookie'].includes(name));
});
