// Anthropic's model list, page by page; newer answers carry windows and a capability matrix.
import { asObject, asString, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tokensIn } from '../probing.ts';

const PATH = '/v1/models';
const MOST_PAGES = 10;

const abilityOf: Readonly<Record<string, Ability>> = {
  image_input: 'images',
  pdf_input: 'documents',
  thinking: 'reasoning',
  structured_outputs: 'structured',
};

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const models: ModelFacts[] = [];
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = after === undefined ? '?limit=1000' : `?limit=1000&after_id=${encodeURIComponent(after)}`;
    const body = await ask(probe, PATH + query);
    for (const entry of listIn(body, 'data', PATH)) {
      const id = nameIn(entry['id']);
      if (id !== undefined) models.push(factsIn(id, entry));
    }
    after = body['has_more'] === true ? asString(body['last_id']) : undefined;
    if (after === undefined) break;
  }
  return models;
}

function factsIn(id: string, entry: JsonObject): ModelFacts {
  const capabilities = asObject(entry['capabilities']);
  return factsOf(id, {
    contextWindow: tokensIn(entry['max_input_tokens']),
    maxOutput: tokensIn(entry['max_tokens']),
    abilities: capabilities === undefined ? undefined : abilitiesIn(capabilities),
  });
}

/** The matrix has no line for tools: every listed model takes them. */
function abilitiesIn(capabilities: JsonObject): readonly Ability[] {
  const abilities: Ability[] = ['tools'];
  for (const [name, ability] of Object.entries(abilityOf)) {
    if (asObject(capabilities[name])?.['supported'] === true) abilities.push(ability);
  }
  return abilities;
}
