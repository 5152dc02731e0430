// What an upstream's entry leaves out or has too much of, though it may work all the same: a cloud service without
// a secret, an address that names a path the gateway adds itself.
import type { JsonObject } from '../canonical/json.ts';
import type { Provider } from '../canonical/provider.ts';
import { isLoopback, parseAddress } from './address.ts';
import { didYouMean } from './nearest.ts';
import type { Finding } from './problem.ts';

type Entries = Readonly<Record<string, unknown>>;

/** Headers in which a secret may be stated instead. */
const CREDENTIALS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'];

/** The ends of addresses that people copy from a vendor's examples. */
const CALL_PATH = /\/(?:chat\/completions|completions|messages|responses|embeddings)\/*$/;

/** Secrets must be in their places. */
export function upstreamWarnings(
  upstreams: Entries,
  providers: ReadonlyMap<string, Provider> | undefined,
): readonly Finding[] {
  return Object.entries(upstreams).flatMap(([name, upstream]) => {
    const entries = entriesOf(upstream);
    const provider = providers?.get(String(entries['provider']));
    return [
      ...secretWarnings(name, entries, provider),
      ...urlWarnings(name, entries),
      ...slotWarnings(name, entries, provider),
    ];
  });
}

function secretWarnings(name: string, upstream: Entries, provider: Provider | undefined): readonly Finding[] {
  if (provider === undefined || upstream['secret'] !== undefined || !isFar(upstream, provider)) return [];
  const headers = Object.keys(entriesOf(upstream['headers'])).map((header) => header.toLowerCase());
  if (headers.some((header) => CREDENTIALS.includes(header))) return [];
  const wanted = wantedSecret(provider, entriesOf(upstream['options']) as JsonObject);
  if (wanted === undefined) return [];
  return [
    {
      path: ['upstreams', name],
      at: 'key',
      message: `The upstream "${name}" has no secret.`,
      hint: `Set ${wanted}.`,
    },
  ];
}

function wantedSecret(provider: Provider, options: JsonObject): string | undefined {
  if (provider.wantedSecret !== undefined) return provider.wantedSecret(options);
  const { secretEnv } = provider;
  return secretEnv === undefined ? undefined : `${secretEnv.join(' or ')} in the environment, or \`secret\``;
}

/** What runs in the house, and what stands in for a service there, often wants none. */
function isFar({ url, zone }: Entries, provider: Provider): boolean {
  if ((zone ?? provider.zone) === 'local') return false;
  const address = typeof url === 'string' ? parseAddress(url) : undefined;
  return typeof address !== 'object' || !isLoopback(address.origin.host);
}

function urlWarnings(name: string, { url }: Entries): readonly Finding[] {
  const end = typeof url === 'string' ? CALL_PATH.exec(url)?.[0] : undefined;
  if (end === undefined) return [];
  const message = `This url ends in ${end.replace(/\/+$/, '')}, which the gateway adds itself.`;
  return [
    {
      path: ['upstreams', name, 'url'],
      at: 'value',
      message,
      hint: 'Give the base URL: leave that end out.',
    },
  ];
}

/** Discovery has nothing to go by where the provider's engines do not tell. */
function slotWarnings(
  name: string,
  { concurrency }: Entries,
  provider: Provider | undefined,
): readonly Finding[] {
  if (concurrency !== 'discovered' || provider === undefined || provider.slots !== undefined) return [];
  return [
    {
      path: ['upstreams', name, 'concurrency'],
      at: 'value',
      message: `The provider "${provider.id}" does not tell how many calls it works on at a time, so there is no limit.`,
      hint: 'Give a number, or adaptive.',
    },
  ];
}

/** Only of simulated models is it known which there are. */
export function targetWarnings(
  models: Entries,
  upstreams: Entries,
  providers: ReadonlyMap<string, Provider> | undefined,
): readonly Finding[] {
  return Object.entries(models).flatMap(([name, model]) => {
    const { targets } = entriesOf(model);
    if (!Array.isArray(targets)) return [];
    return targets.flatMap((target: unknown, index): Finding[] => {
      const path = ['models', name, 'targets', index];
      const { upstream, asked } = partsOf(target);
      const there = simulatedIn(entriesOf(upstreams[upstream]), providers);
      if (asked === '' || there === undefined || there.includes(asked)) return [];
      const hint = didYouMean(asked, there) ?? `There are: ${there.join(', ')}.`;
      const at = typeof target === 'string' ? path : [...path, 'model'];
      return [{ path: at, at: 'value', message: `There is no simulated model "${asked}".`, hint }];
    });
  });
}

function partsOf(target: unknown): { readonly upstream: string; readonly asked: string } {
  if (typeof target !== 'string') {
    const { upstream = '', model = '' } = entriesOf(target);
    return { upstream: String(upstream), asked: String(model) };
  }
  const slash = target.indexOf('/');
  return slash < 0
    ? { upstream: '', asked: '' }
    : { upstream: target.slice(0, slash), asked: target.slice(slash + 1) };
}

function simulatedIn(
  upstream: Entries,
  providers: ReadonlyMap<string, Provider> | undefined,
): readonly string[] | undefined {
  const provider = providers?.get(String(upstream['provider']));
  if (provider?.simulate === undefined) return undefined;
  const own = Object.keys(entriesOf(entriesOf(upstream['options'])['models']));
  return [...(provider.models ?? []).map((model) => model.id), ...own];
}

function entriesOf(value: unknown): Entries {
  return typeof value === 'object' && value !== null ? (value as Entries) : {};
}
