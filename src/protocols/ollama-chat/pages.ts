// What Ollama's clients ask for beside calls, made of the gateway's own list of models. Sizes, digests and templates
// of weights we do not hold are empty, never invented, where a client reads them as facts.

import { GatewayError } from '../../canonical/errors.ts';
import type { FacePage, PageAsked, PageModel } from '../../canonical/face-page.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { Ability } from '../../canonical/provider.ts';
import { hexDigest } from '../../lib/digest.ts';

/** Whose API this is: clients refuse to talk to versions that are too old for them. */
const API_VERSION = '0.17.4';
const NOT_IMPLEMENTED = 501;
const TAG = ':latest';

const capabilityOf: Readonly<Partial<Record<Ability, string>>> = {
  tools: 'tools',
  images: 'vision',
  audio: 'audio',
  reasoning: 'thinking',
  embeddings: 'embedding',
};

/** Nobody told what it is made of. */
const details: JsonObject = {
  parent_model: '',
  format: '',
  family: '',
  families: [],
  parameter_size: '',
  quantization_level: '',
};

function tags({ models, since }: PageAsked): JsonObject {
  return {
    models: models.map(({ name }) => ({
      name,
      model: name,
      modified_at: since.toISOString(),
      size: 0,
      // Of the name: its client cuts twelve letters off it without looking whether they are there.
      digest: hexDigest(name),
      details,
    })),
  };
}

function show({ models, since, body }: PageAsked): JsonObject {
  // The older name of the field is what its command line sends.
  const asked = asString(body.model) || asString(body.name) || '';
  if (asked === '') {
    throw new GatewayError('bad_request', 'The field "model" is missing.', { param: 'model' });
  }
  const model = models.find(({ name }) => name === asked) ?? models.find(({ name }) => isSame(name, asked));
  if (model === undefined) {
    throw new GatewayError('model_not_found', `model '${asked.slice(0, 100)}' not found`, { param: 'model' });
  }
  const window = model.contextWindow;
  return {
    license: '',
    modelfile: '',
    parameters: window === undefined ? '' : `num_ctx ${window}`,
    template: '',
    details,
    model_info: {
      'general.architecture': 'signalbox',
      ...(window === undefined ? {} : { 'signalbox.context_length': window }),
    },
    capabilities: capabilitiesOf(model),
    modified_at: since.toISOString(),
  };
}

/** The tag that goes without saying may be said. */
function isSame(name: string, asked: string): boolean {
  return asked === `${name}${TAG}` || name === `${asked}${TAG}`;
}

/** Of a model nobody described tools are assumed: clients hide models from their agents that say they have none. */
function capabilitiesOf({ abilities }: PageModel): readonly string[] {
  if (abilities === undefined) return ['completion', 'tools'];
  const named = abilities.flatMap((ability) => capabilityOf[ability] ?? []);
  const embedsOnly = abilities.length > 0 && abilities.every((ability) => ability === 'embeddings');
  return embedsOnly ? named : ['completion', ...named];
}

function refusal(method: FacePage['method'], path: string, what: string): FacePage {
  return {
    method,
    path,
    render: () => {
      throw new GatewayError('unsupported', `This gateway does not ${what}.`, {
        status: NOT_IMPLEMENTED,
        remedy: 'Do that on the Ollama behind it.',
      });
    },
  };
}

export const pages: readonly FacePage[] = [
  { method: 'GET', path: '/api/tags', render: tags },
  { method: 'POST', path: '/api/show', asks: true, render: show },
  // What is in memory is for the engines to say, and they come and go without us.
  { method: 'GET', path: '/api/ps', render: () => ({ models: [] }) },
  {
    method: 'GET',
    path: '/api/version',
    open: true,
    render: () => ({ version: API_VERSION, gateway: 'signalbox' }),
  },
  refusal('POST', '/api/pull', 'fetch models'),
  refusal('POST', '/api/push', 'publish models'),
  refusal('POST', '/api/create', 'make models'),
  refusal('POST', '/api/copy', 'copy models'),
  refusal('DELETE', '/api/delete', 'delete models'),
  refusal('POST', '/api/blobs/', 'store files of models'),
];
