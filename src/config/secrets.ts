// Puts secrets in their places before anything is checked: `file:` references are read, a provider's usual
// environment variable fills a gap, and a secret in plain text earns a warning.
import type { JsonObject } from '../canonical/json.ts';
import type { Provider, Stated, Surroundings } from '../canonical/provider.ts';
import { asList, asRaw, type KnownProviders } from './cross-checks.ts';
import type { Finding, Path } from './problem.ts';
import { SecretFiles } from './secret-files.ts';
import type { Environment } from './substitute.ts';

export interface SecretSource {
  readonly files: SecretFiles;
  readonly env: Environment;
  readonly providers: KnownProviders | undefined;
  /** Does the value at this path hold something from outside the file? */
  fromOutside(path: Path): boolean;
}

type Mutable = Record<string, unknown>;

/** Changes `root` in place; returns warnings. Problems are in `source.files`. */
export function placeSecrets(root: unknown, source: SecretSource): readonly Finding[] {
  const config = asRaw(root);
  const warnings: Finding[] = [];
  for (const [index, key] of asList(config['keys']).entries()) {
    warnings.push(...place(asRaw(key), 'secret', ['keys', index, 'secret'], source));
  }
  for (const [name, upstream] of Object.entries(asRaw(config['upstreams']))) {
    const entries = asRaw(upstream);
    warnings.push(...placeAll(entries, ['upstreams', name, 'secret'], source));
    const provider = source.providers?.get(String(entries['provider']));
    const options = asRaw(entries['options']);
    for (const option of provider?.secretOptions ?? [])
      warnings.push(...place(options, option, ['upstreams', name, 'options', option], source));
    fillFromEnvironment(entries, provider, source.env);
    const headers = asRaw(entries['headers']);
    for (const header of Object.keys(headers))
      readFile(headers, header, ['upstreams', name, 'headers', header], source);
  }
  const tls = asRaw(asRaw(config['listen'])['tls']);
  for (const field of ['cert', 'key']) {
    const path = tls[field];
    if (typeof path === 'string' && path !== '')
      (tls as Mutable)[field] = source.files.present(path, ['listen', 'tls', field]);
  }
  return warnings;
}

/** One secret, or a list of them. */
function placeAll(upstream: Readonly<Mutable>, path: Path, source: SecretSource): readonly Finding[] {
  const list = upstream['secret'];
  if (!Array.isArray(list)) return place(upstream, 'secret', path, source);
  const items = list as unknown as Mutable;
  return list.flatMap((_, index) => place(items, String(index), [...path, index], source));
}

function place(
  owner: Readonly<Mutable>,
  field: string,
  path: Path,
  source: SecretSource,
): readonly Finding[] {
  const text = owner[field];
  if (typeof text !== 'string' || text === '') return [];
  if (SecretFiles.names(text)) {
    readFile(owner, field, path, source);
    return [];
  }
  if (source.fromOutside(path)) return [];
  const hint = `Write \${NAME} and set NAME in the environment, or file:/path.`;
  return [{ path, at: 'value', message: 'A secret stands here in plain text.', hint }];
}

function readFile(owner: Readonly<Mutable>, field: string, path: Path, source: SecretSource): void {
  const text = owner[field];
  if (typeof text !== 'string' || !SecretFiles.names(text)) return;
  // A file that cannot be used has been reported; any text keeps the checks after this one quiet.
  (owner as Mutable)[field] = source.files.secret(text, path) ?? 'unreadable';
}

function fillFromEnvironment(
  upstream: Readonly<Mutable>,
  provider: Provider | undefined,
  env: Environment,
): void {
  if (provider?.environment !== undefined) {
    fillMore(upstream, provider.environment(env, statedBy(upstream)));
    return;
  }
  if (upstream['secret'] !== undefined) return;
  for (const name of provider?.secretEnv ?? []) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    (upstream as Mutable)['secret'] = value;
    return;
  }
}

function statedBy(upstream: Readonly<Mutable>): Stated {
  return { secret: upstream['secret'] !== undefined, options: asRaw(upstream['options']) as JsonObject };
}

function fillMore(upstream: Readonly<Mutable>, found: Surroundings): void {
  const { secret, options } = found;
  if (secret !== undefined && upstream['secret'] === undefined) (upstream as Mutable)['secret'] = secret;
  if (options === undefined || Object.keys(options).length === 0) return;
  (upstream as Mutable)['options'] = { ...options, ...asRaw(upstream['options']) };
}
