// Moonshot's list: windows, and what beside text a model takes.
import type { JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import type { Learned } from '../probing.ts';

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, '/models', told);
}

function told(entry: JsonObject): Learned {
  const { supports_image_in: images, supports_reasoning: reasons } = entry;
  if (typeof images !== 'boolean' || typeof reasons !== 'boolean') return {};
  const abilities: Ability[] = ['tools', 'structured'];
  if (images) abilities.push('images');
  if (reasons) abilities.push('reasoning');
  return { abilities };
}
