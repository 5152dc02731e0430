// vLLM's models. What they can do depends on start flags that it does not tell, so abilities stay unknown.
import { asArray, asObject, isObject, type JsonObject } from '../../canonical/json.ts';
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tokensIn, tryAsk } from '../probing.ts';

const PATH = '/v1/models';

export async function recognise(probe: Probe): Promise<boolean> {
  const version = await tryAsk(probe, '/version');
  if (nameIn(version?.['version']) === undefined) return false;
  const list = asArray((await tryAsk(probe, PATH))?.['data']);
  return list?.some((entry) => isObject(entry) && entry['owned_by'] === 'vllm') === true;
}

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const list = listIn(await ask(probe, PATH), 'data', PATH);
  const windows = new Map(list.map((entry) => [nameIn(entry['id']), tokensIn(entry['max_model_len'])]));
  return list.flatMap((entry) => {
    const id = nameIn(entry['id']);
    return id === undefined
      ? []
      : [factsOf(id, { contextWindow: windows.get(id) ?? parentWindow(entry, windows) })];
  });
}

/** Only in its development mode does it tell how it was started; each of its replicas has so many. */
export async function slots(probe: Probe): Promise<number | undefined> {
  const config = asObject((await tryAsk(probe, '/server_info?config_format=json'))?.['vllm_config']);
  const each = tokensIn(asObject(config?.['scheduler_config'])?.['max_num_seqs']);
  const replicas = tokensIn(asObject(config?.['parallel_config'])?.['data_parallel_size']) ?? 1;
  return each === undefined ? undefined : each * replicas;
}

/** A LoRA adapter has no length of its own: it has its base model's. */
function parentWindow(
  entry: JsonObject,
  windows: ReadonlyMap<string | undefined, number | undefined>,
): number | undefined {
  const parent = nameIn(entry['parent']);
  return parent === undefined ? undefined : windows.get(parent);
}
