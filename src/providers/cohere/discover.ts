// Cohere's list: windows, endpoints and features, in one page. Models that neither chat nor embed nor rank are of no
// use here.
import { asArray, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tokensIn } from '../probing.ts';

const PATH = '/v1/models';
const MOST = '?page_size=1000';
const useful: ReadonlySet<Json> = new Set<Json>(['chat', 'embed', 'rerank']);

const abilityOf: Readonly<Record<string, Ability>> = {
  tools: 'tools',
  vision: 'images',
  citations: 'documents',
  reasoning: 'reasoning',
  json_schema: 'structured',
};

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return listIn(await ask(probe, PATH + MOST), 'models', PATH).flatMap(factsIn);
}

/** Of one without a list of endpoints nobody knows what it does. */
function factsIn(entry: JsonObject): readonly ModelFacts[] {
  const id = nameIn(entry['name']);
  const endpoints = asArray(entry['endpoints']);
  if (id === undefined || endpoints?.some((endpoint) => useful.has(endpoint)) === false) return [];
  const abilities = abilitiesIn(entry['features'], endpoints?.includes('embed') === true);
  return [factsOf(id, { contextWindow: tokensIn(entry['context_length']), abilities })];
}

/** Older models state no features: nothing is known of them then. */
function abilitiesIn(features: Json | undefined, embeds: boolean): readonly Ability[] | undefined {
  const stated = asArray(features) ?? [];
  const known = Object.entries(abilityOf).flatMap(([name, ability]) =>
    stated.includes(name) ? [ability] : [],
  );
  if (embeds) known.push('embeddings');
  return known.length === 0 ? undefined : known;
}
