// Google's model list, page by page, with the windows of each model.
import { asArray, asString, type JsonObject } from '../../canonical/json.ts';
import type { Ability, ModelFacts, Probe } from '../../canonical/provider.ts';
import { ask, factsOf, listIn, nameIn, tokensIn } from '../probing.ts';

const PATH = '/v1beta/models';
const MOST_PAGES = 10;
const PREFIX = 'models/';

export async function discover(probe: Probe): Promise<readonly ModelFacts[]> {
  const models: ModelFacts[] = [];
  let page = '';
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const more = page === '' ? '' : `&pageToken=${encodeURIComponent(page)}`;
    const body = await ask(probe, `${PATH}?pageSize=1000${more}`);
    for (const entry of listIn(body, 'models', PATH)) {
      const id = nameIn(entry['name'])?.replace(PREFIX, '');
      if (id !== undefined && isOfUse(entry)) models.push(factsIn(id, entry));
    }
    page = asString(body['nextPageToken']) ?? '';
    if (page === '') break;
  }
  return models;
}

/** It talks or embeds; without a word about it, it may talk. */
function isOfUse(entry: JsonObject): boolean {
  return can(entry, 'generateContent') !== false || embeds(entry);
}

function embeds(entry: JsonObject): boolean {
  return can(entry, 'generateContent') === false && can(entry, 'embedContent') === true;
}

function can(entry: JsonObject, method: string): boolean | undefined {
  return asArray(entry['supportedGenerationMethods'])?.includes(method);
}

function factsIn(id: string, entry: JsonObject): ModelFacts {
  return factsOf(id, {
    contextWindow: tokensIn(entry['inputTokenLimit']),
    maxOutput: tokensIn(entry['outputTokenLimit']),
    abilities: abilitiesOf(id, entry),
  });
}

/** The list says of reasoning only; what a family can do, its name says. */
function abilitiesOf(id: string, entry: JsonObject): readonly Ability[] | undefined {
  if (embeds(entry)) return ['embeddings'];
  const reasons: readonly Ability[] = entry['thinking'] === true ? ['reasoning'] : [];
  const general = id.startsWith('gemini-') && !/image|tts|audio|live/.test(id);
  if (general) return ['tools', 'images', 'documents', 'audio', 'structured', ...reasons];
  return reasons.length === 0 ? undefined : reasons;
}
