// Azure's list of models: what could be deployed, with what each is able to do.
import { asObject, type JsonObject } from '../../canonical/json.ts';
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tryAsk } from '../probing.ts';

const CURRENT = '/openai/v1/models';
const DATED = '/openai/models?api-version=2024-10-21';

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const current = await tryAsk(probe, CURRENT);
  if (current !== undefined && Array.isArray(current['data'])) return factsIn(current, CURRENT);
  const dated = await tryAsk(probe, DATED);
  return dated === undefined ? factsIn(await ask(probe, CURRENT), CURRENT) : factsIn(dated, DATED);
}

function factsIn(body: JsonObject, path: string): readonly ModelFacts[] {
  return listIn(body, 'data', path).flatMap((entry) => {
    const id = nameIn(entry['id']);
    return id === undefined || !chats(entry) ? [] : [factsOf(id, {})];
  });
}

/** Without a word about it, it may. */
function chats(entry: JsonObject): boolean {
  return asObject(entry['capabilities'])?.['chat_completion'] !== false;
}
