// AWS's environment variables. Credentials are taken as a set: a key of one kind is never mixed with the parts
// of another.
import type { Json } from '../../canonical/json.ts';
import type { Stated, Surroundings } from '../../canonical/provider.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The address at which ECS hands out the credentials of a task. */
const ECS = 'http://169.254.170.2';

export function bedrockEnvironment(env: Env, { secret, options }: Stated): Surroundings {
  const region = given(env, 'AWS_REGION') ?? given(env, 'AWS_DEFAULT_REGION');
  const around: Record<string, Json> = region === undefined ? {} : { region };
  if (options['credentials'] === 'container') return { options: { ...around, ...container(env) } };
  if (secret || options['credentials'] !== undefined || options['profile'] !== undefined) {
    return { options: around };
  }
  const bearer = given(env, 'AWS_BEARER_TOKEN_BEDROCK');
  if (bearer !== undefined && options['access_key_id'] === undefined) {
    return { secret: bearer, options: around };
  }
  const found = keys(env, options['access_key_id']);
  return { ...found, options: { ...around, ...found.options } };
}

/** `stated`: an access key id from the config; the secret of another would sign nothing. */
function keys(env: Env, stated: Json | undefined): Surroundings {
  const id = given(env, 'AWS_ACCESS_KEY_ID');
  const secret = given(env, 'AWS_SECRET_ACCESS_KEY');
  if (id === undefined || secret === undefined || (stated !== undefined && stated !== id)) return {};
  const token = given(env, 'AWS_SESSION_TOKEN');
  return { secret, options: { access_key_id: id, ...(token === undefined ? {} : { session_token: token }) } };
}

function container(env: Env): Record<string, Json> {
  const relative = given(env, 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI');
  const uri = relative === undefined ? given(env, 'AWS_CONTAINER_CREDENTIALS_FULL_URI') : ECS + relative;
  const token = given(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN');
  const file = given(env, 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE');
  return {
    ...(uri === undefined ? {} : { container_uri: uri }),
    ...(token === undefined ? {} : { container_token: token }),
    ...(file === undefined ? {} : { container_token_file: file }),
  };
}

/** Set to nothing is not set. */
function given(env: Env, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}
