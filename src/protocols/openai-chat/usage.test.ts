import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../canonical/json.ts';
import type { Usage } from '../../canonical/usage.ts';
import { decodeUsage, encodeUsage, usageExtras } from './usage.ts';

function usage(parts: Partial<Usage>): Usage {
  const none = { fresh: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0, estimated: false };
  return { ...none, ...parts };
}

const rows: { why: string; wire: Json; usage: Usage | undefined }[] = [
  {
    why: 'plain figures',
    wire: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    usage: usage({ fresh: 10, output: 5 }),
  },
  {
    why: 'cached and written tokens are part of the prompt and must not be counted twice (litellm#9812)',
    wire: {
      prompt_tokens: 100,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
    },
    usage: usage({ fresh: 10, cacheRead: 60, cacheWrite: 30, output: 5 }),
  },
  {
    why: 'DeepSeek states cache hits beside the prompt',
    wire: {
      prompt_tokens: 50,
      completion_tokens: 5,
      prompt_cache_hit_tokens: 40,
      prompt_cache_miss_tokens: 10,
    },
    usage: usage({ fresh: 10, cacheRead: 40, output: 5 }),
  },
  {
    why: 'Moonshot states cached tokens at the top',
    wire: { prompt_tokens: 50, completion_tokens: 5, cached_tokens: 20 },
    usage: usage({ fresh: 30, cacheRead: 20, output: 5 }),
  },
  {
    why: 'reasoning is part of the completion',
    wire: {
      prompt_tokens: 1,
      completion_tokens: 78,
      total_tokens: 79,
      completion_tokens_details: { reasoning_tokens: 64 },
    },
    usage: usage({ fresh: 1, output: 78, reasoning: 64 }),
  },
  {
    why: 'unless the total says that it came on top (xAI)',
    wire: {
      prompt_tokens: 12,
      completion_tokens: 2,
      total_tokens: 354,
      completion_tokens_details: { reasoning_tokens: 340 },
    },
    usage: usage({ fresh: 12, output: 342, reasoning: 340 }),
  },
  {
    why: 'more reasoning than output under a total that excludes it is cut to the output',
    wire: {
      prompt_tokens: 1,
      completion_tokens: 5,
      total_tokens: 6,
      completion_tokens_details: { reasoning_tokens: 9 },
    },
    usage: usage({ fresh: 1, output: 5, reasoning: 5 }),
  },
  {
    why: 'more cached tokens than prompt are cut to the prompt',
    wire: { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 9 } },
    usage: usage({ cacheRead: 5, output: 1 }),
  },
  {
    why: 'null details',
    wire: { prompt_tokens: 1, prompt_tokens_details: null },
    usage: usage({ fresh: 1 }),
  },
  { why: 'a negative prompt cannot be', wire: { prompt_tokens: -1, completion_tokens: 1 }, usage: undefined },
  {
    why: 'nor can a completion beyond belief',
    wire: { prompt_tokens: 1, completion_tokens: 4e9 },
    usage: undefined,
  },
  {
    why: 'digits are a count',
    wire: { prompt_tokens: '12', completion_tokens: 1 },
    usage: usage({ fresh: 12, output: 1 }),
  },
  {
    why: 'other text is none',
    wire: { prompt_tokens: 'many', completion_tokens: 1 },
    usage: undefined,
  },
  { why: 'no prompt, no usage', wire: { completion_tokens: 1 }, usage: undefined },
  { why: 'null is no usage', wire: null, usage: undefined },
];

for (const row of rows) {
  test(`usage: ${row.why}`, () => assert.deepEqual(decodeUsage(row.wire), row.usage));
}

test('usage is written with the subsets inside and the total right', () => {
  const wire = encodeUsage(
    usage({ fresh: 10, cacheRead: 60, cacheWrite: 30, output: 5, reasoning: 3 }),
    undefined,
  );
  assert.deepEqual(wire, {
    prompt_tokens: 100,
    completion_tokens: 5,
    total_tokens: 105,
    prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
    completion_tokens_details: { reasoning_tokens: 3 },
  });
});

test('details we do not count travel as extras, those we count do not', () => {
  const extras = usageExtras({
    prompt_tokens: 1,
    queue_time: 0.1,
    prompt_tokens_details: { cached_tokens: 1, cache_creation_tokens: 1, audio_tokens: 7 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
  assert.deepEqual(extras, { prompt_tokens_details: { audio_tokens: 7 } });
  assert.deepEqual(encodeUsage(usage({ fresh: 1 }), extras).prompt_tokens_details, {
    audio_tokens: 7,
    cached_tokens: 0,
    cache_write_tokens: 0,
  });
  assert.equal(usageExtras({ prompt_tokens_details: { cached_tokens: 1 } }), undefined);
});
