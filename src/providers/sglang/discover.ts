// SGLang names itself as the owner of its models and tells their windows as vLLM does.
import { asArray, isObject } from '../../canonical/json.ts';
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import { tryAsk } from '../probing.ts';

const PATH = '/v1/models';

export async function recognise(probe: Probe): Promise<boolean> {
  const list = asArray((await tryAsk(probe, PATH))?.['data']);
  return list?.some((entry) => isObject(entry) && entry['owned_by'] === 'sglang') === true;
}

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, PATH);
}
