// SGLang names itself as the owner of its models and tells their windows as vLLM does.
import { asArray, asObject, isObject } from '../../canonical/json.ts';
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import { tokensIn, tryAsk } from '../probing.ts';

const PATH = '/v1/models';

export async function recognise(probe: Probe): Promise<boolean> {
  const list = asArray((await tryAsk(probe, PATH))?.['data']);
  return list?.some((entry) => isObject(entry) && entry['owned_by'] === 'sglang') === true;
}

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, PATH);
}

/** What it found room for when it started, for each of its replicas. */
export async function slots(probe: Probe): Promise<number | undefined> {
  const states = asArray((await tryAsk(probe, '/get_server_info'))?.['internal_states']) ?? [];
  const each = states.map((state) => tokensIn(asObject(state)?.['effective_max_running_requests_per_dp']));
  const known = each.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count);
}
