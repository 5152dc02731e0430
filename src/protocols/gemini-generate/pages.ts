// The list of models and a model of it, in Google's shape, made of the gateway's own list. What nobody told of a
// model is left out.
import { GatewayError } from '../../canonical/errors.ts';
import type { FacePage, PageAsked, PageModel } from '../../canonical/face-page.ts';
import type { JsonObject } from '../../canonical/json.ts';

const LIST = '/v1beta/models';
const PREFIX = 'models/';

export const pages: readonly FacePage[] = [
  { method: 'GET', path: LIST, render: ({ models }) => ({ models: models.map(modelOf) }) },
  { method: 'GET', path: `${LIST}/`, render: show },
];

function show({ models, rest }: PageAsked): JsonObject {
  const asked = decoded(rest);
  const model = models.find(({ name }) => name === asked);
  if (model !== undefined) return modelOf(model);
  throw new GatewayError('model_not_found', `There is no model "${asked.slice(0, 100)}" here.`, {
    param: 'name',
    remedy: `GET ${LIST} lists those that your key may use.`,
  });
}

function modelOf({ name, contextWindow, maxOutput, abilities }: PageModel): JsonObject {
  return {
    name: `${PREFIX}${name}`,
    displayName: name,
    ...(contextWindow === undefined ? {} : { inputTokenLimit: contextWindow }),
    ...(maxOutput === undefined ? {} : { outputTokenLimit: maxOutput }),
    supportedGenerationMethods: methodsOf(abilities),
  };
}

const TALKS = ['generateContent', 'streamGenerateContent', 'countTokens'];
const EMBEDS = ['embedContent', 'batchEmbedContents'];

/** Of a model nobody described it is assumed that it talks. */
function methodsOf(abilities: PageModel['abilities']): readonly string[] {
  if (abilities?.includes('embeddings') !== true) return TALKS;
  return abilities.length === 1 ? EMBEDS : [...TALKS, ...EMBEDS];
}

/** A name may hold slashes, plain or written as %2F. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
