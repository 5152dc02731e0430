// Config entries become live upstreams: provider, dialects, transport, timers, and what is known of their models.

import type { JsonObject } from '../canonical/json.ts';
import type { Protocol } from '../canonical/protocol.ts';
import type { ModelFacts, Provider } from '../canonical/provider.ts';
import { TokenRatios } from '../canonical/token-ratios.ts';
import type { Origin, Transport, WireHeaders, WireTimers } from '../canonical/wire.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { UpstreamOptions } from '../config/upstream-options.ts';
import { usualTimers } from '../flow/dispatch/options.ts';
import type { Upstream } from '../flow/stage.ts';
import type { Clock, Random } from '../ports.ts';
import { basePathOf, requestPath } from '../providers/paths.ts';
import { simModels } from '../providers/sim/models.ts';
import { createCount } from './counting.ts';
import { LookUp, ModelList } from './model-facts.ts';

export interface UpstreamParts {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly protocols: readonly Protocol[];
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  /** What the config states for all. */
  readonly timers: Partial<WireTimers>;
  /** Where models are looked up that neither config nor upstream tell about. */
  readonly catalogue?: Catalogue | undefined;
}

/** An upstream whose list of models may grow: discovery fills it in. */
export interface LiveUpstream extends Upstream {
  /** Path prefix that provider-named paths, discovery's included, are appended to. */
  readonly basePath: string;
  /** The provider's own settings. */
  readonly options: JsonObject;
  learn(models: readonly ModelFacts[]): void;
  /** What it was taught last; undefined before the first time. */
  learned(): readonly ModelFacts[] | undefined;
}

type PathTemplate = (model: string) => string | undefined;

const NOWHERE: Origin = { tls: false, host: 'localhost', port: 0 };

export function createUpstream(options: UpstreamOptions, parts: UpstreamParts): LiveUpstream {
  const known = parts.providers.get(options.provider);
  if (known === undefined) throw new Error(`There is no provider "${options.provider}".`);
  const provider = known.configure === undefined ? known : { ...known, ...known.configure(options.options) };
  const address = options.address ?? addressOf(provider, options.options);
  const zone = options.zone ?? provider.zone;
  const paths = new Map<string, PathTemplate>();
  const lookUp = lookUpIn(provider, parts);
  const models = new ModelList(options.models, ownModels(provider, options.options), lookUp);
  const basePath = basePathOf(provider, address.basePath);
  const upstream: LiveUpstream = {
    name: options.name,
    provider,
    protocols: dialects(provider, options.protocols, parts.protocols),
    origin: zone === 'local' ? address.origin : { ...address.origin, guarded: true },
    options: options.options,
    basePath,
    path(protocol, operation, stream, model) {
      const key = `${protocol} ${operation} ${stream}`;
      let path = paths.get(key);
      if (path === undefined) {
        const wish = { protocol, operation, stream, options: options.options };
        path = pathTemplate(requestPath(provider, wish, address.basePath));
        paths.set(key, path);
      }
      return path(model);
    },
    signer: provider.signer?.({ ...parts, secret: options.secrets[0], options: options.options }),
    secret: options.secrets[0],
    secrets: options.secrets,
    health: options.health,
    headers: revealed(options),
    zone,
    timers: { ...usualTimers, ...provider.timers, ...parts.timers, ...options.timers },
    transport:
      provider.simulate?.({ clock: parts.clock, random: parts.random, options: options.options }) ??
      provider.unwrap?.(parts.transport) ??
      parts.transport,
    facts: (model) => models.facts(model),
    known: () => models.known(),
    knows: (model) => models.knows(model),
    learn: (found) => models.learn(found),
    learned: () => models.learned,
    load: { inflight: 0 },
    tokenRatios: new TokenRatios(),
  };
  const count = createCount(upstream);
  return count === undefined ? upstream : { ...upstream, count };
}

const MODEL = '{model}';

function pathTemplate(path: string | undefined): PathTemplate {
  const at = path?.indexOf(MODEL) ?? -1;
  if (path === undefined || at < 0) return () => path;
  const before = path.slice(0, at);
  const after = path.slice(at + MODEL.length);
  return (model) => {
    // Dots stay as they are when a name is encoded, and these two lead to another path.
    if (model === '.' || model === '..') return undefined;
    // An @ is itself in a path, and some compare names letter by letter.
    return before + encodeURIComponent(model).replaceAll('%40', '@') + after;
  };
}

/** Where nothing has moved, nothing is forgotten: what an earlier config's upstream has learned still holds. */
export function inherit(upstream: LiveUpstream, earlier: readonly LiveUpstream[]): void {
  const same = earlier.find((other) => isSamePlace(other, upstream));
  if (same?.tokenRatios !== undefined) upstream.tokenRatios?.adopt(same.tokenRatios);
  const learned = same?.learned();
  if (learned !== undefined) upstream.learn(learned);
}

function isSamePlace(a: LiveUpstream, b: LiveUpstream): boolean {
  const [here, there] = [a.origin, b.origin];
  return (
    a.name === b.name &&
    a.provider.id === b.provider.id &&
    a.basePath === b.basePath &&
    here.tls === there.tls &&
    here.host === there.host &&
    here.port === there.port
  );
}

function lookUpIn(provider: Provider, { catalogue, clock }: UpstreamParts): LookUp | undefined {
  const service = provider.catalogue;
  if (service === undefined || catalogue === undefined) return undefined;
  return new LookUp(catalogue, service, clock);
}

function ownModels(provider: Provider, options: JsonObject): readonly ModelFacts[] {
  return provider.simulate === undefined ? (provider.models ?? []) : simModels(options);
}

function dialects(
  provider: Provider,
  wanted: readonly string[] | undefined,
  all: readonly Protocol[],
): readonly Protocol[] {
  return (wanted ?? provider.protocols).flatMap((id) => all.find((protocol) => protocol.id === id) ?? []);
}

function addressOf(
  provider: Provider,
  options: JsonObject,
): { readonly origin: Origin; readonly basePath: string } {
  const baseUrl = provider.whereabouts?.at(options) ?? provider.baseUrl;
  if (baseUrl === undefined) return { origin: NOWHERE, basePath: '' };
  const url = new URL(baseUrl);
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  return { origin: { tls, host: url.hostname, port }, basePath: url.pathname.replace(/\/+$/, '') };
}

function revealed(options: UpstreamOptions): WireHeaders {
  return Object.fromEntries(Object.entries(options.headers).map(([name, secret]) => [name, secret.reveal()]));
}
