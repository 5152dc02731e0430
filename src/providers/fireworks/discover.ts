// Fireworks' list. What it does not say of tools and pictures is unknown, not absent.
import type { JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { discoverModelList } from '../model-list.ts';
import type { Learned } from '../probing.ts';

export function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  return discoverModelList(probe, '/models', told);
}

function told(entry: JsonObject): Learned {
  const { supports_tools: tools, supports_image_input: images, supports_chat: chats } = entry;
  if (typeof tools !== 'boolean' || typeof images !== 'boolean') return {};
  const abilities: Ability[] = [];
  if (tools) abilities.push('tools');
  if (images) abilities.push('images');
  if (chats === true) abilities.push('structured');
  return { abilities };
}
