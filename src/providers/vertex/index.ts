// Vertex AI: Google's models in Google's dialect, Anthropic's in Anthropic's, both at paths that name project,
// place and model.
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { PathWish, Provider, Quirks, Stated, Surroundings } from '../../canonical/provider.ts';
import { generateMethod } from '../paths.ts';
import { storeQuirks } from '../shared-store.ts';
import { authorize, createSigner } from './credentials.ts';

const quirks: Quirks = {
  // Of Anthropic's models; Google's know their own.
  sealedOrigin: 'anthropic',
  messagesVersion: 'vertex-2023-10-16',
  messagesStream: true,
  betas: [
    'context-1m-',
    'context-management-',
    'fine-grained-tool-streaming-',
    'interleaved-thinking-',
    'output-128k-',
    'token-efficient-tools-',
    'tool-search-tool-',
    'web-search-',
  ],
  bareCount: true,
  embedShape: 'predict',
};

export const vertex: Provider = {
  id: 'vertex',
  summary: "Google's and Anthropic's models on Vertex AI.",
  zone: 'cloud',
  protocols: ['gemini-generate', 'anthropic-messages'],
  speaks: (protocol, model) => (protocol === 'anthropic-messages') === model.startsWith('claude'),
  whereabouts: { hint: 'State options.location, or a url.', at: addressOf },
  environment,
  wantedSecret,
  authorize,
  signer: createSigner,
  path,
  also: { 'gemini-generate': ['count', 'embed'], 'anthropic-messages': ['count'] },
  catalogue: 'google',
  quirks,
  configure: (options) => ({ quirks: { ...quirks, ...storeQuirks(options) } }),
};

const GLOBAL = 'global';
/** Places made of several regions have names of their own. */
const MULTIPLE = new Set(['us', 'eu']);

function locationOf(options: JsonObject): string {
  return asString(options['location']) ?? GLOBAL;
}

function addressOf(options: JsonObject): string {
  const location = locationOf(options);
  if (location === GLOBAL) return 'https://aiplatform.googleapis.com';
  return MULTIPLE.has(location)
    ? `https://aiplatform.${location}.rep.googleapis.com`
    : `https://${location}-aiplatform.googleapis.com`;
}

function environment(
  env: Readonly<Record<string, string | undefined>>,
  { secret, options }: Stated,
): Surroundings {
  const found: Record<string, string> = {};
  const note = (option: string, ...names: readonly string[]): void => {
    const value = names.map((name) => env[name]).find((each) => each !== undefined && each !== '');
    if (value !== undefined && options[option] === undefined) found[option] = value;
  };
  note('project', 'GOOGLE_CLOUD_PROJECT');
  note('location', 'GOOGLE_CLOUD_LOCATION');
  if (!secret) note('credentials_file', 'GOOGLE_APPLICATION_CREDENTIALS');
  return { options: found };
}

/** A stated metadata server says that the machine is to be asked. */
function wantedSecret(options: JsonObject): string | undefined {
  if (options['credentials_file'] !== undefined || options['metadata_url'] !== undefined) return undefined;
  return 'GOOGLE_APPLICATION_CREDENTIALS, options.credentials_file or `secret`, unless this machine has an account at Google';
}

function path(wish: PathWish): string | undefined {
  const project = asString(wish.options['project']);
  const place = project === undefined ? '' : `/projects/${project}/locations/${locationOf(wish.options)}`;
  if (wish.protocol === 'gemini-generate') {
    return `/v1beta1${place}/publishers/google/models/{model}${methodOf(wish)}`;
  }
  return `/v1${place}/publishers/anthropic/models/${messagesMethod(wish)}`;
}

function methodOf(wish: PathWish): string {
  return wish.operation === 'embed' ? ':predict' : (generateMethod(wish) ?? '');
}

function messagesMethod({ operation, stream }: PathWish): string {
  if (operation === 'count') return 'count-tokens:rawPredict';
  return stream ? '{model}:streamRawPredict' : '{model}:rawPredict';
}
