// What an upstream's provider has to say about it: does it exist, where is it, what can it speak?
import type { JsonObject } from '../canonical/json.ts';
import type { Provider } from '../canonical/provider.ts';
import { didYouMean } from './nearest.ts';
import type { Finding } from './problem.ts';

type Entries = Readonly<Record<string, unknown>>;

export function upstreamFindings(
  upstreams: Entries,
  providers: ReadonlyMap<string, Provider> | undefined,
): readonly Finding[] {
  if (providers === undefined) return [];
  const protocols = new Set([...providers.values()].flatMap((provider) => provider.protocols));
  return Object.entries(upstreams).flatMap(([name, upstream]) => {
    if (typeof upstream !== 'object' || upstream === null) return [];
    const entries = upstream as Entries;
    return [...providerFindings(name, entries, providers), ...protocolFindings(name, entries, protocols)];
  });
}

function providerFindings(
  name: string,
  upstream: Entries,
  providers: ReadonlyMap<string, Provider>,
): readonly Finding[] {
  const id = upstream['provider'];
  if (typeof id !== 'string' || id === '') return [];
  const provider = providers.get(id);
  if (provider === undefined) {
    const ids = [...providers.keys()];
    const meant = byOtherNames[id.toLowerCase()];
    const near =
      meant !== undefined && providers.has(meant) ? `Did you mean "${meant}"?` : didYouMean(id, ids);
    const hint = near ?? `There are: ${ids.join(', ')}.`;
    return [
      { path: ['upstreams', name, 'provider'], at: 'value', message: `There is no provider "${id}".`, hint },
    ];
  }
  if (upstream['url'] !== undefined || isPlaced(provider, upstream['options'])) return [];
  const message = `The upstream "${name}" needs a url: the provider "${id}" has no address of its own.`;
  const port = provider.ports?.[0];
  const example = port === undefined ? undefined : `For example: http://127.0.0.1:${port}`;
  return [{ path: ['upstreams', name], at: 'key', message, hint: provider.whereabouts?.hint ?? example }];
}

/** What people call services after their models or their makers. */
const byOtherNames: Readonly<Record<string, string>> = {
  aws: 'bedrock',
  amazon: 'bedrock',
  chatgpt: 'openai',
  claude: 'anthropic',
  gcp: 'vertex',
  google: 'gemini',
  gpt: 'openai',
  grok: 'xai',
  kimi: 'moonshot',
  'lm-studio': 'lmstudio',
  'llama.cpp': 'llamacpp',
};

function isPlaced(provider: Provider, options: unknown): boolean {
  if (provider.baseUrl !== undefined || provider.simulate !== undefined) return true;
  const stated = typeof options === 'object' && options !== null ? (options as JsonObject) : {};
  return provider.whereabouts?.at(stated) !== undefined;
}

function protocolFindings(name: string, upstream: Entries, known: ReadonlySet<string>): readonly Finding[] {
  const asked = upstream['protocols'];
  if (!Array.isArray(asked)) return [];
  return asked.flatMap((protocol: unknown, index): Finding[] => {
    if (typeof protocol !== 'string' || protocol === '' || known.has(protocol)) return [];
    const hint = didYouMean(protocol, known) ?? `There are: ${[...known].join(', ')}.`;
    const message = `There is no protocol "${protocol}".`;
    return [{ path: ['upstreams', name, 'protocols', index], at: 'value', message, hint }];
  });
}
