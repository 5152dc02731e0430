// What a start without a config file finds by itself: engines on their usual ports of this machine, and
// keys in the environment. Only loopback is asked; a cloud service hears from us when somebody calls it.
import { createProbe } from '../assembly/probe.ts';
import { Secret } from '../canonical/ids.ts';
import type { JsonObject } from '../canonical/json.ts';
import type { Provider } from '../canonical/provider.ts';
import type { Transport } from '../canonical/wire.ts';
import { type Address, isLoopback, parseAddress } from '../config/address.ts';
import type { UpstreamOptions } from '../config/upstream-options.ts';

export interface FindParts {
  readonly providers: readonly Provider[];
  readonly transport: Transport;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Our own port: not everything that answers there is an engine. */
  readonly ownPort: number;
}

export interface Finding {
  readonly options: UpstreamOptions;
  /** `127.0.0.1:11434` or `OPENAI_API_KEY`. */
  readonly by: string;
}

const PATIENCE = 300;

export async function findUpstreams(parts: FindParts): Promise<readonly Finding[]> {
  const probed = await Promise.all(parts.providers.map((provider) => findEngine(provider, parts)));
  const keyed = parts.providers.map((provider) => findKey(provider, parts));
  return [...probed, ...keyed].filter((finding) => finding !== undefined);
}

async function findEngine(provider: Provider, parts: FindParts): Promise<Finding | undefined> {
  if (provider.recognise === undefined) return undefined;
  for (const address of addressesOf(provider, parts)) {
    const { origin, basePath } = address;
    if (isOurs(address, parts.ownPort)) continue;
    const probe = createProbe(parts.transport, { origin, basePath, headers: {} }, PATIENCE);
    const known = await provider.recognise(probe).catch(() => false);
    if (known)
      return { options: optionsOf(provider, address, undefined), by: `${origin.host}:${origin.port}` };
  }
  return undefined;
}

/** The address the environment names, if it is on this machine; else the usual ports. */
function addressesOf(provider: Provider, parts: FindParts): readonly Address[] {
  const named = namedAddress(provider, parts.env);
  if (named !== undefined) return isLoopback(named.origin.host) ? [named] : [];
  return (provider.ports ?? []).map((port) => ({
    origin: { tls: false, host: '127.0.0.1', port },
    basePath: '',
  }));
}

function findKey(provider: Provider, parts: FindParts): Finding | undefined {
  if (provider.zone !== 'cloud') return undefined;
  for (const name of provider.secretEnv ?? []) {
    const value = parts.env[name];
    if (value === undefined || value === '') continue;
    const address = namedAddress(provider, parts.env);
    if (address !== undefined && isOurs(address, parts.ownPort)) continue;
    const options = surroundingsOf(provider, parts.env);
    if (address === undefined && !hasPlace(provider, options)) continue;
    return { options: { ...optionsOf(provider, address, new Secret(value)), options }, by: name };
  }
  return undefined;
}

function surroundingsOf(provider: Provider, env: FindParts['env']): JsonObject {
  return provider.environment?.(env, { secret: true, options: {} }).options ?? {};
}

function hasPlace(provider: Provider, options: JsonObject): boolean {
  return provider.baseUrl !== undefined || provider.whereabouts?.at(options) !== undefined;
}

function namedAddress(provider: Provider, env: FindParts['env']): Address | undefined {
  for (const name of provider.baseUrlEnv ?? []) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    const address = parseAddress(value.includes('://') ? value : `http://${value}`);
    if (typeof address !== 'string') return address;
  }
  return undefined;
}

/** Agents' base URLs often point at this very gateway: asking ourselves would go round for ever. */
function isOurs(address: Address, ownPort: number): boolean {
  return isLoopback(address.origin.host) && address.origin.port === ownPort;
}

function optionsOf(
  provider: Provider,
  address: Address | undefined,
  secret: Secret | undefined,
): UpstreamOptions {
  return {
    name: provider.id,
    provider: provider.id,
    address,
    secrets: secret === undefined ? [] : [secret],
    headers: {},
    // What answers on this machine stays in the house, whatever its kind usually does.
    zone: address !== undefined && isLoopback(address.origin.host) ? 'local' : undefined,
    timers: {},
    health: undefined,
    models: [],
    protocols: undefined,
    options: {},
  };
}
