import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '../../../canonical/errors.ts';
import type { Json } from '../../../canonical/json.ts';
import { noUsage, type Usage, usageInUnits } from '../../../canonical/usage.ts';
import { BodyOutline, type BodyVerdict } from '../../../canonical/watchers.ts';
import { embed } from './embed.ts';
import { rerank } from './rerank.ts';
import { draw, listen, moderate } from './sound-and-pictures.ts';
import { errandUsage } from './usage.ts';

const rows: readonly (readonly [says: string, wire: Json, usage: Usage | undefined])[] = [
  ['embeddings', { prompt_tokens: 3, total_tokens: 3 }, { ...noUsage, fresh: 3 }],
  ['only a sum', { total_tokens: 4 }, { ...noUsage, fresh: 4 }],
  [
    'images',
    { input_tokens: 10, output_tokens: 5, total_tokens: 15, input_tokens_details: { cached_tokens: 4 } },
    { ...noUsage, fresh: 6, cacheRead: 4, output: 5 },
  ],
  [
    'tokens of sound',
    { type: 'tokens', input_tokens: 2, output_tokens: 1 },
    { ...noUsage, fresh: 2, output: 1 },
  ],
  ['seconds', { type: 'duration', seconds: 3 }, usageInUnits({ seconds: 3 })],
  ['seconds that cannot be', { type: 'duration', seconds: -1 }, undefined],
  ['figures that cannot be', { prompt_tokens: -1 }, undefined],
  ['an output that cannot be', { prompt_tokens: 1, completion_tokens: 150_000_000 }, undefined],
  ['an input that cannot be, with a sum', { input_tokens: 1e9, total_tokens: 5 }, undefined],
  ['a cache that cannot be', { input_tokens: 1, input_tokens_details: { cached_tokens: 'many' } }, undefined],
  ['a sum that cannot be', { total_tokens: 1e9 }, undefined],
  ['nulls', { input_tokens: null, prompt_tokens: 2, completion_tokens: null }, { ...noUsage, fresh: 2 }],
  ['nothing in it', {}, undefined],
  ['no object', [1], undefined],
];

for (const [says, wire, usage] of rows) {
  test(`usage: ${says}`, () => assert.deepEqual(errandUsage(wire), usage));
}

type Judge = (outline: BodyOutline) => BodyVerdict;

const bodies: readonly (readonly [
  says: string,
  judge: Judge | undefined,
  body: Json,
  expected: Usage | string | undefined,
])[] = [
  ['vectors with usage', embed.judge, { data: [], usage: { prompt_tokens: 1 } }, { ...noUsage, fresh: 1 }],
  ['vectors without', embed.judge, { data: [] }, undefined],
  ['no vectors at all', embed.judge, { embeddings: [] }, 'upstream_garbled'],
  [
    'an error in a 200',
    embed.judge,
    { error: { message: 'x', code: 'rate_limit_exceeded' } },
    'upstream_rate_limited',
  ],
  ["vLLM's older error", embed.judge, { object: 'error', message: 'x', code: 503 }, 'upstream_overloaded'],
  [
    'a ranking of Cohere',
    rerank.judge,
    { results: [], meta: { billed_units: { search_units: 2 } } },
    usageInUnits({ searches: 2 }),
  ],
  [
    'a ranking with tokens',
    rerank.judge,
    { results: [], meta: { tokens: { input_tokens: 5 } } },
    { ...noUsage, fresh: 5 },
  ],
  ['a verdict', moderate.judge, { results: [] }, undefined],
  ['a transcript with its length', listen.judge, { text: '', duration: 2 }, usageInUnits({ seconds: 2 })],
  ['a transcript without', listen.judge, { text: '' }, undefined],
  ['pictures, counted', draw.judge, { data: [{ url: 'x' }, { url: '}],"' }] }, usageInUnits({ images: 2 })],
];

for (const [says, judge, body, expected] of bodies) {
  test(`judged: ${says}`, () => {
    const verdict = judge?.(new BodyOutline(Buffer.from(JSON.stringify(body))));
    if (verdict instanceof GatewayError) assert.equal(verdict.code, expected);
    else assert.deepEqual(verdict?.usage, expected);
  });
}
