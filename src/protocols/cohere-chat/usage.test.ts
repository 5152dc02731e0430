import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../canonical/json.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import { decodeUsage } from './usage.ts';

const rows: readonly (readonly [why: string, wire: Json | undefined, usage: Partial<Usage> | undefined])[] = [
  [
    'litellm#9812: what is billed, not what its own preamble adds, and the cache is not billed on top',
    {
      billed_units: { input_tokens: 39, output_tokens: 27 },
      tokens: { input_tokens: 1683, output_tokens: 62 },
      cached_tokens: 992,
    },
    { fresh: 39, output: 27 },
  ],
  [
    'only all tokens: the cached ones are among those read',
    { tokens: { input_tokens: 500, output_tokens: 8 }, cached_tokens: 448 },
    { fresh: 52, cacheRead: 448, output: 8 },
  ],
  [
    'more cached than read cannot be',
    { tokens: { input_tokens: 5, output_tokens: 8 }, cached_tokens: 448 },
    { cacheRead: 5, output: 8 },
  ],
  [
    'a counter that is not billed is taken from all tokens',
    { billed_units: { input_tokens: 39 }, tokens: { input_tokens: 1683, output_tokens: 62 } },
    { fresh: 39, output: 62 },
  ],
  ['nothing billed is nothing', { billed_units: { input_tokens: 0, output_tokens: 0 } }, {}],
  [
    'what cannot be true',
    { billed_units: { input_tokens: -1 }, tokens: { input_tokens: 'many' } },
    undefined,
  ],
  ['nothing said', {}, undefined],
  ['null', null, undefined],
  ['not a word', undefined, undefined],
];

for (const [why, wire, usage] of rows) {
  test(`usage: ${why}`, () => {
    assert.deepEqual(decodeUsage(wire), usage === undefined ? undefined : { ...noUsage, ...usage });
  });
}
