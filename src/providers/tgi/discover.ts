// TGI serves one model and tells its limits: max_total_tokens is prompt and output together.
import { GatewayError } from '../../canonical/errors.ts';
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, nameIn, tokensIn, tryAsk } from '../probing.ts';

export async function recognise(probe: Probe): Promise<boolean> {
  const info = await tryAsk(probe, '/info');
  return nameIn(info?.['model_id']) !== undefined && tokensIn(info?.['max_total_tokens']) !== undefined;
}

/** It turns away what comes on top of them. */
export async function slots(probe: Probe): Promise<number | undefined> {
  return tokensIn((await tryAsk(probe, '/info'))?.['max_concurrent_requests']);
}

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const info = await ask(probe, '/info');
  const id = nameIn(info['model_id']);
  if (id === undefined) {
    throw new GatewayError('upstream_garbled', "The upstream's answer to /info has no model_id.", {
      remedy: 'Check its URL and provider.',
    });
  }
  return [factsOf(id, { contextWindow: tokensIn(info['max_total_tokens']) })];
}
