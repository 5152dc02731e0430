// Where the keys that sign come from: the config, a profile of this machine, or the role of the container or
// instance we run on. Fetched ones are kept until shortly before they expire.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { asString, type JsonObject } from '../../canonical/json.ts';
import type { SignerParts } from '../../canonical/provider.ts';
import type { AwsCredentials } from '../../lib/sigv4.ts';
import { refused, refusedHere } from '../ask-wire.ts';
import { BoughtToken, type Purchase } from '../bought-token.ts';
import { readText } from '../local-file.ts';
import { containerCredentials, instanceCredentials } from './roles.ts';

export interface CredentialSource {
  (): AwsCredentials | Promise<AwsCredentials>;
  /** Of those that were fetched: the vendor does not take them. */
  readonly refused?: () => void;
}

/** Undefined: the secret is an API key, and nothing is signed. */
export function credentialSource(parts: SignerParts): CredentialSource | undefined {
  const { options, clock, transport } = parts;
  const kept = (fetch: () => Promise<Purchase<AwsCredentials>>): CredentialSource => {
    const held = new BoughtToken(clock, fetch);
    return Object.assign(() => held.get(), { refused: () => held.refused() });
  };
  switch (kindOf(options)) {
    case 'profile':
      return kept(async () => readProfile(options));
    case 'container':
      return kept(() => containerCredentials(transport, options, clock));
    case 'instance':
      return kept(() => instanceCredentials(transport, clock));
    case 'keys':
      return statedKeys(parts);
    case 'bearer':
      return parts.secret === undefined ? missing : undefined;
  }
}

/** Completes "Set …". */
export const WANTED =
  'AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `secret` in the config';

type Kind = 'bearer' | 'keys' | 'profile' | 'container' | 'instance';

export function kindOf(options: JsonObject): Kind {
  const stated = options['credentials'];
  if (stated === 'container' || stated === 'instance') return stated;
  if (stated === 'profile' || options['profile'] !== undefined) return 'profile';
  return options['access_key_id'] === undefined ? 'bearer' : 'keys';
}

function missing(): never {
  throw refused('There are no credentials for this upstream.', undefined, `Set ${WANTED}.`);
}

function statedKeys({ secret, options }: SignerParts): CredentialSource {
  if (secret === undefined) return missing;
  const sessionToken = asString(options['session_token']);
  const credentials: AwsCredentials = {
    accessKeyId: asString(options['access_key_id']) ?? '',
    secretAccessKey: secret.reveal(),
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  return () => credentials;
}

/** Tools change the file; seconds after which it is read again. */
const PROFILE_LIFE = 300;

function readProfile(options: JsonObject): Purchase<AwsCredentials> {
  const file = asString(options['credentials_file']) ?? join(homedir(), '.aws', 'credentials');
  const profile = asString(options['profile']) ?? 'default';
  const fields = profileFields(readText(file), profile);
  const accessKeyId = fields.get('aws_access_key_id');
  const secretAccessKey = fields.get('aws_secret_access_key');
  const sessionToken = fields.get('aws_session_token');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw refusedHere(`The file ${file} has no keys for the profile "${profile}".`);
  }
  return {
    token: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    expiresIn: PROFILE_LIFE,
  };
}

/** The lines of `[name]`, up to the next section. */
export function profileFields(text: string, name: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let inside = false;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) inside = line.slice(1, line.indexOf(']')).trim() === name;
    else if (inside && line.includes('=')) {
      const at = line.indexOf('=');
      fields.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim());
    }
  }
  return fields;
}
