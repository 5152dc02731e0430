// TEI serves one model and tells its limits and its kind: one that embeds, or one that ranks.
import { GatewayError } from '../../canonical/errors.ts';
import { asObject } from '../../canonical/json.ts';
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, nameIn, tokensIn, tryAsk } from '../probing.ts';

export async function recognise(probe: Probe): Promise<boolean> {
  const info = await tryAsk(probe, '/info');
  return nameIn(info?.['model_id']) !== undefined && asObject(info?.['model_type']) !== undefined;
}

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const info = await ask(probe, '/info');
  const id = nameIn(info['model_id']);
  if (id === undefined) {
    throw new GatewayError('upstream_garbled', "The upstream's answer to /info has no model_id.", {
      remedy: 'Check its URL and provider.',
    });
  }
  const embeds = asObject(asObject(info['model_type'])?.['embedding']) !== undefined;
  return [
    factsOf(id, {
      contextWindow: tokensIn(info['max_input_length']),
      abilities: embeds ? ['embeddings'] : [],
    }),
  ];
}
