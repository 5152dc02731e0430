// OpenAI's models on Azure. A model is the name of a deployment; its paths are OpenAI's below a prefix, or, in
// dated versions of the API, name the deployment.
import type { Secret } from '../../canonical/ids.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { PathWish, Provider, Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { bearer } from '../authorize.ts';
import { rootPath } from '../paths.ts';
import { storeQuirks } from '../shared-store.ts';
import { discover } from './discover.ts';
import { azureEnvironment } from './environment.ts';
import { createSigner, kindOf } from './tokens.ts';

const quirks: Quirks = {
  maxTokensField: 'max_completion_tokens',
  reasoningField: 'none',
  schemaStyle: 'openai',
  toolChoice: 'full',
  developerRole: true,
  sealedOrigin: 'openai',
  mostStops: 4,
  mostToolName: 64,
  countsOutput: true,
};

export const azure: Provider = {
  id: 'azure',
  summary: "OpenAI's and other models deployed on Azure.",
  zone: 'cloud',
  protocols: ['openai-chat', 'openai-responses'],
  whereabouts: { hint: 'For example: https://my-resource.openai.azure.com', at: () => undefined },
  secretEnv: ['AZURE_OPENAI_API_KEY'],
  secretOptions: ['identity_header'],
  baseUrlEnv: ['AZURE_OPENAI_ENDPOINT'],
  environment: azureEnvironment,
  wantedSecret,
  authorize,
  signer: createSigner,
  prefix: '/openai',
  path,
  // Completions only of deployments that cannot chat any more: those that can are asked in a chat.
  also: { 'openai-chat': ['embed', 'speak', 'transcribe', 'translate', 'draw', 'redraw', 'file', 'batch'] },
  batchPercent: 50,
  catalogue: 'azure',
  quirks,
  configure: (options) => ({ quirks: { ...quirks, ...storeQuirks(options) } }),
  discover,
};

/** An application's secret buys tokens and is never sent here. */
function authorize(secret: Secret | undefined, _protocol: string, options: JsonObject = {}): WireHeaders {
  const kind = kindOf(options);
  if (kind === 'token') return bearer(secret);
  return kind !== 'key' || secret === undefined ? {} : { 'api-key': secret.reveal() };
}

function wantedSecret(options: JsonObject): string | undefined {
  switch (kindOf(options)) {
    case 'managed':
      return undefined;
    case 'application':
      return options['federated_token_file'] === undefined
        ? 'AZURE_CLIENT_SECRET in the environment, `secret` or options.federated_token_file'
        : undefined;
    case 'token':
      return '`secret` to a token of Entra';
    case 'key':
      return 'AZURE_OPENAI_API_KEY in the environment, or `secret`';
  }
}

/** OpenAI's paths below the prefix; in a dated version they begin with the deployment. */
function path(wish: PathWish): string | undefined {
  const own = rootPath(wish)?.slice('/v1/'.length);
  if (own === undefined) return undefined;
  const version = asString(wish.options['api_version']);
  const query =
    version === undefined || version === 'v1' ? '' : `?api-version=${encodeURIComponent(version)}`;
  if (version === undefined || !/^\d/.test(version)) return `/openai/v1/${own}${query}`;
  // Responses, files and batches never named a deployment in their path.
  const named = wish.protocol === 'openai-chat' && wish.operation !== 'file' && wish.operation !== 'batch';
  const place = named ? '/openai/deployments/{model}' : '/openai';
  return `${place}/${own}${query}`;
}
