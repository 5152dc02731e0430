// OpenAI's model list and the fields others put into it.
import { asObject, type JsonObject } from '../canonical/json.ts';
import type { ModelFacts, Probe } from '../canonical/provider.ts';
import { ask, factsOf, type Learned, listIn, nameIn, tokensIn, tryAsk } from './probing.ts';

/** What a service puts into its entries beside the bounds. */
type Reader = (entry: JsonObject) => Learned;

export async function discoverModelList(
  probe: Probe,
  path: string,
  more?: Reader,
): Promise<readonly ModelFacts[]> {
  return factsIn(await ask(probe, path), path, more);
}

/** For providers given a base URL that may or may not have the version in it: both places are tried. */
export async function discoverVersionedList(probe: Probe): Promise<readonly ModelFacts[]> {
  const short = await tryAsk(probe, '/models');
  if (short !== undefined && Array.isArray(short['data'])) return factsIn(short, '/models');
  const long = await tryAsk(probe, '/v1/models');
  if (long !== undefined) return factsIn(long, '/v1/models');
  return discoverModelList(probe, '/models');
}

function factsIn(body: JsonObject, path: string, more?: Reader): readonly ModelFacts[] {
  return listIn(body, 'data', path).flatMap((entry) => {
    const id = nameIn(entry['id']);
    return id === undefined ? [] : [factsOf(id, { ...boundsIn(entry), ...more?.(entry) })];
  });
}

/** Nobody agreed on these names: context_length, context_window, max_model_len, max_context_length. */
function boundsIn(entry: JsonObject): { contextWindow: number | undefined; maxOutput: number | undefined } {
  return {
    contextWindow: tokensIn(
      entry['context_length'],
      entry['context_window'],
      entry['max_model_len'],
      entry['max_context_length'],
    ),
    maxOutput: tokensIn(
      entry['max_completion_tokens'],
      asObject(entry['top_provider'])?.['max_completion_tokens'],
    ),
  };
}
