// Simulated models as facts: priced and bounded like real ones, so that routing and ledgers have work.
import type { JsonObject } from '../../canonical/json.ts';
import { type Price, perMillion } from '../../canonical/money.ts';
import type { Ability, ModelFacts } from '../../canonical/provider.ts';
import { type SimSettings, simSettings } from './options.ts';

const abilities: readonly Ability[] = [
  'tools',
  'images',
  'documents',
  'reasoning',
  'structured',
  'embeddings',
];

export function simModels(options: JsonObject): readonly ModelFacts[] {
  return [...simSettings(options)].map(([id, settings]) => {
    const facts = { id, contextWindow: settings.contextWindow, abilities };
    return settings.price === undefined ? facts : { ...facts, price: priceOf(settings.price) };
  });
}

/** There is no prompt cache; should anybody count one, it costs what any input does. */
function priceOf(price: NonNullable<SimSettings['price']>): Price {
  const input = perMillion(price.input);
  return { input, output: perMillion(price.output), cacheRead: input, cacheWrite: input };
}
