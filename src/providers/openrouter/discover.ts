// OpenRouter's list: windows, abilities, and prices in dollars per token, as text. A model that is routed
// anew for every call has a price of -1, which is none.
import { asArray, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import { type NanoDollars, nanoPerMillion, type Price } from '../../canonical/money.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import type { Learned } from '../probing.ts';

const ofParameter: Readonly<Record<string, Ability>> = {
  tools: 'tools',
  reasoning: 'reasoning',
  structured_outputs: 'structured',
};
const ofInput: Readonly<Record<string, Ability>> = { image: 'images', file: 'documents', audio: 'audio' };

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, '/models', told);
}

function told(entry: JsonObject): Learned {
  return { price: priceIn(asObject(entry['pricing'])), abilities: abilitiesIn(entry) };
}

function abilitiesIn(entry: JsonObject): readonly Ability[] | undefined {
  const parameters = asArray(entry['supported_parameters']);
  const inputs = asArray(asObject(entry['architecture'])?.['input_modalities']);
  if (parameters === undefined || inputs === undefined) return undefined;
  return [...named(parameters, ofParameter), ...named(inputs, ofInput)];
}

function named(words: readonly Json[], map: Readonly<Record<string, Ability>>): readonly Ability[] {
  return words.flatMap((word) => map[asString(word) ?? ''] ?? []);
}

function priceIn(pricing: JsonObject | undefined): Price | undefined {
  const rate = (field: string): NanoDollars | undefined =>
    nanoPerMillion(asString(pricing?.[field]), 'per token');
  const input = rate('prompt');
  const output = rate('completion');
  if (input === undefined || output === undefined) return undefined;
  return {
    input,
    output,
    cacheRead: rate('input_cache_read') ?? input,
    cacheWrite: rate('input_cache_write') ?? input,
  };
}
