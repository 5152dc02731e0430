import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perMillion } from '../../canonical/money.ts';
import { sim } from './index.ts';
import { simModels } from './models.ts';

test('three models are there without any options', () => {
  assert.deepEqual(
    sim.models?.map((model) => [model.id, model.contextWindow, model.price?.input, model.price?.output]),
    [
      ['fast', 32_768, perMillion(0.1), perMillion(0.4)],
      ['smart', 200_000, perMillion(3), perMillion(15)],
      ['flaky', 32_768, perMillion(0.1), perMillion(0.4)],
    ],
  );
});

test('options change ready models and add others; a new one without a price is unpriced, not free', () => {
  const models = simModels({
    models: { fast: { price: { input: 1, output: 2 } }, own: { context_window: 512 } },
  });
  assert.deepEqual(
    models.map((model) => model.id),
    ['fast', 'smart', 'flaky', 'own'],
  );
  assert.equal(models[0]?.price?.output, perMillion(2));
  assert.equal(models[0]?.contextWindow, 32_768);
  assert.equal(models[3]?.contextWindow, 512);
  assert.ok(!('price' in models[3]!));
});
