// LM Studio's models, from its own list, the newer one first. Embedding models are marked as such.
import { asArray, asObject, asString, isObject, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import { factsOf, nameIn, tokensIn, tryAsk } from '../probing.ts';

export async function recognise(probe: Probe): Promise<boolean> {
  return (await ownList(probe)) !== undefined;
}

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return (await ownList(probe)) ?? discoverModelList(probe, '/v1/models');
}

async function ownList(probe: Probe): Promise<readonly ModelFacts[] | undefined> {
  const newer = entriesOf((await tryAsk(probe, '/api/v1/models'))?.['models'], 'key');
  if (newer !== undefined) return newer.flatMap(factsInNewer);
  const older = entriesOf((await tryAsk(probe, '/api/v0/models'))?.['data'], 'state');
  return older?.flatMap(factsInOlder);
}

/** A list is LM Studio's when its entries have what only its entries have; an empty one could be anybody's. */
function entriesOf(list: unknown, field: string): readonly JsonObject[] | undefined {
  const entries = asArray(list as JsonObject[string])?.filter(isObject);
  return entries?.some((entry) => entry[field] !== undefined) === true ? entries : undefined;
}

function factsInNewer(entry: JsonObject): readonly ModelFacts[] {
  const id = nameIn(entry['key']);
  if (id === undefined) return [];
  const loaded = asArray(entry['loaded_instances'])?.map((one) => asObject(asObject(one)?.['config']));
  const windows = (loaded ?? []).flatMap((config) => tokensIn(config?.['context_length']) ?? []);
  const window = windows.length > 0 ? Math.min(...windows) : tokensIn(entry['max_context_length']);
  const abilities = abilitiesOf(entry['type'] === 'embedding', asObject(entry['capabilities']));
  return [factsOf(id, { contextWindow: window, abilities })];
}

function abilitiesOf(embeds: boolean, told: JsonObject | undefined): readonly Ability[] | undefined {
  if (embeds) return ['embeddings'];
  if (told === undefined) return undefined;
  const abilities: Ability[] = ['structured'];
  if (told['trained_for_tool_use'] === true) abilities.push('tools');
  if (told['vision'] === true) abilities.push('images');
  if (told['reasoning'] !== undefined && told['reasoning'] !== false) abilities.push('reasoning');
  return abilities;
}

function factsInOlder(entry: JsonObject): readonly ModelFacts[] {
  const id = nameIn(entry['id']);
  if (id === undefined) return [];
  const contextWindow = tokensIn(entry['loaded_context_length'], entry['max_context_length']);
  const embeds = asString(entry['type']) === 'embeddings';
  return [factsOf(id, { contextWindow, abilities: embeds ? ['embeddings'] : undefined })];
}
