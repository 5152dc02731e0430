// Azure's environment variables: a key, or else what buys a token.
import type { Json, JsonObject } from '../../canonical/json.ts';
import type { Stated, Surroundings } from '../../canonical/provider.ts';

type Env = Readonly<Record<string, string | undefined>>;

export function azureEnvironment(env: Env, { secret, options }: Stated): Surroundings {
  const around = found(env, { api_version: 'AZURE_OPENAI_API_VERSION' });
  if (options['auth'] === 'managed_identity') {
    const identity = found(env, {
      identity_endpoint: 'IDENTITY_ENDPOINT',
      identity_header: 'IDENTITY_HEADER',
    });
    return { options: { ...around, ...identity } };
  }
  if (secret) return { options: around };
  const key = env['AZURE_OPENAI_API_KEY'];
  const token = env['AZURE_OPENAI_AD_TOKEN'];
  if (isGiven(key) && options['tenant_id'] === undefined && options['auth'] !== 'token') {
    return { secret: key, options: around };
  }
  if (isGiven(token) && options['tenant_id'] === undefined) {
    return { secret: token, options: { ...around, auth: 'token' } };
  }
  return application(env, around);
}

function application(env: Env, around: JsonObject): Surroundings {
  const names = found(env, { tenant_id: 'AZURE_TENANT_ID', client_id: 'AZURE_CLIENT_ID' });
  if (names['tenant_id'] === undefined || names['client_id'] === undefined) return { options: around };
  const file = found(env, { federated_token_file: 'AZURE_FEDERATED_TOKEN_FILE' });
  const secret = env['AZURE_CLIENT_SECRET'];
  return { ...(isGiven(secret) ? { secret } : {}), options: { ...around, ...names, ...file } };
}

function found(env: Env, names: Readonly<Record<string, string>>): Readonly<Record<string, Json>> {
  const values: Record<string, Json> = {};
  for (const [option, name] of Object.entries(names)) {
    const value = env[name];
    if (isGiven(value)) values[option] = value;
  }
  return values;
}

/** Set to nothing is not set. */
function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
