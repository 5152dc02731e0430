// Who we are to Google Cloud. A secret may be an account's file, a key of express mode or a token somebody else
// has bought; without one the machine we run on is asked.
import { createSign } from 'node:crypto';
import type { Secret } from '../../canonical/ids.ts';
import { asNumber, asObject, asString, type Json, type JsonObject } from '../../canonical/json.ts';
import type { Signer, SignerParts } from '../../canonical/provider.ts';
import type { WireHeaders } from '../../canonical/wire.ts';
import { askJson, placeOf, type Question, refused } from '../ask-wire.ts';
import { BoughtToken, bearerSigner, bearing, type Purchase } from '../bought-token.ts';
import { readText } from '../local-file.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const TOKENS = 'https://oauth2.googleapis.com/token';
const METADATA = 'http://metadata.google.internal';
const METADATA_PATH = '/computeMetadata/v1/instance/service-accounts/default/token';
const LIFETIME = 3600;
const GOOGLE = "Google's token service";
const MACHINE = 'the metadata server';

export type Kind = 'account' | 'key' | 'token' | 'machine';

/** Keys of express mode begin like this; bought tokens begin with `ya29.` or anyhow. */
const KEYS = ['AIza', 'AQ.'];

export function kindOf(secret: Secret | undefined, options: JsonObject): Kind {
  if (secret === undefined) return options['credentials_file'] === undefined ? 'machine' : 'account';
  const text = secret.reveal();
  if (text.startsWith('{')) return 'account';
  return KEYS.some((start) => text.startsWith(start)) ? 'key' : 'token';
}

export function authorize(
  secret: Secret | undefined,
  _protocol: string,
  options: JsonObject = {},
): WireHeaders {
  const kind = kindOf(secret, options);
  if (secret === undefined || (kind !== 'key' && kind !== 'token')) return {};
  return kind === 'key' ? { 'x-goog-api-key': secret.reveal() } : bearing(secret.reveal());
}

/** Undefined: the secret itself is shown. */
export function createSigner(parts: SignerParts): Signer | undefined {
  const kind = kindOf(parts.secret, parts.options);
  if (kind === 'key' || kind === 'token') return undefined;
  const bought = new BoughtToken(parts.clock, async () => {
    const question = kind === 'machine' ? askMachine(parts.options) : askTokens(parts);
    return tokenIn(await askJson(parts.transport, question), question.whom);
  });
  return bearerSigner(bought);
}

function askMachine(options: JsonObject): Question {
  const url = `${asString(options['metadata_url']) ?? METADATA}${METADATA_PATH}`;
  return {
    ...placeOf(url, MACHINE),
    method: 'GET',
    headers: { 'metadata-flavor': 'Google' },
    whom: MACHINE,
    remedy: 'Set GOOGLE_APPLICATION_CREDENTIALS, or `secret` or options.credentials_file in the config.',
  };
}

function askTokens({ secret, options, clock }: SignerParts): Question {
  const account = readAccount(secret?.reveal() ?? readText(asString(options['credentials_file']) ?? ''));
  const url = asString(account['token_uri']) ?? TOKENS;
  const form =
    account['type'] === 'authorized_user' ? refreshing(account) : asserting(account, url, clock.wall());
  return {
    ...placeOf(url, GOOGLE),
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    whom: GOOGLE,
  };
}

function readAccount(text: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    value = null;
  }
  const account = asObject(value);
  if (account === undefined) throw refused('The credentials are not the JSON of an account.');
  return account;
}

/** Somebody's own account, as `gcloud auth application-default login` leaves it. */
function refreshing(account: JsonObject): Record<string, string> {
  return {
    grant_type: 'refresh_token',
    client_id: part(account, 'client_id'),
    client_secret: part(account, 'client_secret'),
    refresh_token: part(account, 'refresh_token'),
  };
}

/** A service account signs for itself (RFC 7523). */
function asserting(account: JsonObject, url: string, wall: number): Record<string, string> {
  const { type } = account;
  if (type !== undefined && type !== 'service_account') {
    throw refused(`Credentials of the type "${String(type)}" are not understood.`);
  }
  const now = Math.floor(wall / 1000);
  const header = { alg: 'RS256', typ: 'JWT', kid: asString(account['private_key_id']) };
  const claims = {
    iss: part(account, 'client_email'),
    scope: SCOPE,
    aud: url,
    iat: now,
    exp: now + LIFETIME,
  };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: `${signed}.${signatureOf(signed, part(account, 'private_key'))}`,
  };
}

function signatureOf(text: string, key: string): string {
  try {
    return createSign('RSA-SHA256').update(text).sign(key, 'base64url');
  } catch {
    throw refused('The private key of the account cannot be used.');
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function part(account: JsonObject, name: string): string {
  const value = asString(account[name]);
  if (value === undefined || value === '') throw refused(`The credentials have no "${name}".`);
  return value;
}

function tokenIn(answer: JsonObject, whom: string): Purchase<string> {
  const token = asString(answer['access_token']);
  const expiresIn = asNumber(answer['expires_in']);
  if (token === undefined || expiresIn === undefined) throw refused(`${whom} answered without a token.`);
  return { token, expiresIn };
}
