// Mistral's list: windows, and capabilities by name.
import { asObject, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import type { Learned } from '../probing.ts';

const abilityOf: Readonly<Record<string, Ability>> = {
  function_calling: 'tools',
  vision: 'images',
  audio: 'audio',
  reasoning: 'reasoning',
};

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, '/models', told);
}

function told(entry: JsonObject): Learned {
  const capabilities = asObject(entry['capabilities']);
  if (capabilities === undefined) return {};
  const abilities = Object.entries(abilityOf).flatMap(([name, ability]) =>
    capabilities[name] === true ? [ability] : [],
  );
  if (capabilities['completion_chat'] === true) abilities.push('structured');
  return { abilities };
}
