// LocalAI is told apart by /system, which lists its backends. https://localai.io/docs/reference/system-info/
import type { ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import { tryAsk } from '../probing.ts';

export async function recognise(probe: Probe): Promise<boolean> {
  return Array.isArray((await tryAsk(probe, '/system'))?.['backends']);
}

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, '/v1/models');
}
