// Tokens of Entra: bought with an application's secret or proof, or asked of the machine we run on. Kept until
// shortly before they expire.
import { asNumber, asString, type JsonObject } from '../../canonical/json.ts';
import type { Signer, SignerParts } from '../../canonical/provider.ts';
import { askJson, placeOf, type Question, refused } from '../ask-wire.ts';
import { BoughtToken, bearerSigner, type Purchase } from '../bought-token.ts';
import { readText } from '../local-file.ts';

const AUTHORITY = 'https://login.microsoftonline.com';
const RESOURCE = 'https://cognitiveservices.azure.com';
const ENTRA = 'Entra';
const MACHINE = "the machine's identity service";
/** Virtual machines are served here; other places state theirs. */
const METADATA = 'http://169.254.169.254/metadata/identity/oauth2/token';

export type Kind = 'key' | 'token' | 'application' | 'managed';

export function kindOf(options: JsonObject): Kind {
  if (options['auth'] === 'managed_identity') return 'managed';
  if (options['tenant_id'] !== undefined) return 'application';
  return options['auth'] === 'token' ? 'token' : 'key';
}

/** Undefined: the secret itself is shown. */
export function createSigner(parts: SignerParts): Signer | undefined {
  const kind = kindOf(parts.options);
  if (kind === 'key' || kind === 'token') return undefined;
  const bought = new BoughtToken(parts.clock, async () => {
    const question = kind === 'managed' ? askMachine(parts.options) : askEntra(parts);
    return tokenIn(await askJson(parts.transport, question), question.whom);
  });
  return bearerSigner(bought);
}

function askEntra({ options, secret }: SignerParts): Question {
  const tenant = encodeURIComponent(asString(options['tenant_id']) ?? '');
  const authority = (asString(options['authority']) ?? AUTHORITY).replace(/\/+$/, '');
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: asString(options['client_id']) ?? '',
    scope: asString(options['scope']) ?? `${RESOURCE}/.default`,
  });
  const file = asString(options['federated_token_file']);
  if (secret !== undefined) form.set('client_secret', secret.reveal());
  else if (file === undefined) throw refused('There is neither a secret nor a proof of who we are.');
  else {
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', readText(file).trim());
  }
  return {
    ...placeOf(`${authority}/${tenant}/oauth2/v2.0/token`, ENTRA),
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    whom: ENTRA,
  };
}

function askMachine(options: JsonObject): Question {
  const endpoint = asString(options['identity_endpoint']);
  const header = asString(options['identity_header']);
  const query = new URLSearchParams({
    'api-version': endpoint === undefined ? '2018-02-01' : '2019-08-01',
    resource: asString(options['scope'])?.replace(/\/\.default$/, '') ?? RESOURCE,
  });
  const client = asString(options['client_id']);
  if (client !== undefined) query.set('client_id', client);
  return {
    ...placeOf(`${endpoint ?? METADATA}?${query}`, MACHINE),
    method: 'GET',
    headers: {
      accept: 'application/json',
      ...(header === undefined ? { metadata: 'true' } : { 'x-identity-header': header }),
    },
    whom: MACHINE,
  };
}

/** Lifetimes come as numbers from one and as digits from the other. */
function tokenIn(answer: JsonObject, whom: string): Purchase<string> {
  const token = asString(answer['access_token']);
  const stated = answer['expires_in'];
  const expiresIn = typeof stated === 'string' ? Number(stated) : asNumber(stated);
  if (token === undefined || expiresIn === undefined || Number.isNaN(expiresIn)) {
    throw refused(`${whom} answered without a token.`);
  }
  return { token, expiresIn };
}
