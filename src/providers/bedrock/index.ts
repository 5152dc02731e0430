// Amazon Bedrock: every model through Converse, Claude also in its own dialect through InvokeModel.
import type { Secret } from '../../canonical/ids.ts';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { PathWish, Provider, Quirks } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { familyOf } from '../../protocols/bedrock-converse/families.ts';
import { bearer } from '../authorize.ts';
import { storeQuirks } from '../shared-store.ts';
import { kindOf, WANTED } from './credentials.ts';

import { bedrockEnvironment } from './environment.ts';
import { createSigner } from './sign.ts';
import { unwrapTransport } from './unwrap.ts';

const quirks: Quirks = {
  sealedOrigin: 'anthropic',
  messagesVersion: 'bedrock-2023-05-31',
  imageUrls: false,
  // Others make it refuse the whole call.
  betas: [
    'computer-use-',
    'token-efficient-tools-',
    'interleaved-thinking-',
    'output-128k-',
    'dev-full-thinking-',
    'context-1m-',
    'context-management-',
    'effort-',
    'tool-search-tool-',
    'tool-examples-',
    'compact-',
    'fine-grained-tool-streaming-',
  ],
};

export const bedrock: Provider = {
  id: 'bedrock',
  summary: 'Amazon Bedrock: Claude, Nova and the others it serves.',
  zone: 'cloud',
  protocols: ['bedrock-converse', 'anthropic-messages'],
  speaks: (protocol, model) => protocol !== 'anthropic-messages' || familyOf(model).name === 'claude',
  whereabouts: { hint: 'Set its options.region, or AWS_REGION in the environment.', at: addressIn },
  secretEnv: ['AWS_BEARER_TOKEN_BEDROCK'],
  secretOptions: ['session_token', 'container_token'],
  environment: bedrockEnvironment,
  wantedSecret,
  authorize,
  signer: createSigner,
  path,
  catalogue: 'aws',
  quirks,
  configure: (options) => ({ quirks: { ...quirks, ...storeQuirks(options) } }),
  unwrap: unwrapTransport,
};

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

function addressIn(options: JsonObject): string | undefined {
  const region = asString(options['region']);
  if (region === undefined || !REGION.test(region)) return undefined;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://bedrock-runtime.${region}.${domain}`;
}

/** The secret access key signs and is never sent. */
function authorize(secret: Secret | undefined, _protocol: string, options: JsonObject = {}): WireHeaders {
  return kindOf(options) === 'bearer' ? bearer(secret) : {};
}

function wantedSecret(options: JsonObject): string | undefined {
  const kind = kindOf(options);
  return kind === 'bearer' || kind === 'keys' ? WANTED : undefined;
}

function path({ protocol, stream }: PathWish): string | undefined {
  if (protocol === 'bedrock-converse') return `/model/{model}/${stream ? 'converse-stream' : 'converse'}`;
  if (protocol !== 'anthropic-messages') return undefined;
  return `/model/{model}/${stream ? 'invoke-with-response-stream' : 'invoke'}`;
}
