// Asks upstreams which models they have: at start, and again while we run. Only those in the house are
// asked unbidden; what a cloud service has is learned when somebody configures or calls it.
import type { ModelFacts } from '../canonical/provider.ts';
import type { Transport } from '../canonical/wire.ts';
import { isLoopback } from '../config/address.ts';
import type { HealthBook } from '../flow/dispatch/health/health-book.ts';
import { createProbe, probeFailure } from './probe.ts';
import type { LiveUpstream } from './upstreams.ts';

export interface Discovered {
  readonly upstream: string;
  readonly models: readonly ModelFacts[];
  /** What was asked. */
  readonly url: string;
  /** Why there are none. */
  readonly problem: string | undefined;
}

/** How many calls an upstream works on at a time. What it has said holds until it says something else: it may be too busy to. */
export type OnSlots = (upstream: string, slots: number) => void;

export function discoverAll(
  upstreams: readonly LiveUpstream[],
  transport: Transport,
  patience: number,
  onSlots: OnSlots = () => undefined,
): Promise<readonly Discovered[]> {
  const near = upstreams.filter(isNear);
  return Promise.all(near.map((upstream) => discover(upstream, transport, patience, onSlots)));
}

/** Upstreams that nobody reached are asked for their models, which costs nothing: who answers is tried again at once. */
export class Awakening {
  readonly #health: HealthBook;
  readonly #asked = new Set<string>();

  constructor(health: HealthBook) {
    this.#health = health;
  }

  look(upstreams: readonly LiveUpstream[], transport: Transport, patience: number): void {
    for (const upstream of upstreams) {
      const { name, provider } = upstream;
      if (provider.discover === undefined || this.#asked.has(name) || !this.#health.isUnreachable(name))
        continue;
      this.#asked.add(name);
      void discover(upstream, transport, patience, () => undefined).then(({ problem }) => {
        this.#asked.delete(name);
        if (problem === undefined) this.#health.wake(name);
      });
    }
  }
}

/** In the house, or on this machine: asking costs nothing and tells nobody anything. */
function isNear(upstream: LiveUpstream): boolean {
  if (upstream.provider.discover === undefined) return false;
  return upstream.zone === 'local' || isLoopback(upstream.origin.host);
}

async function discover(
  upstream: LiveUpstream,
  transport: Transport,
  patience: number,
  onSlots: OnSlots,
): Promise<Discovered> {
  const protocol = upstream.protocols[0];
  const headers = {
    ...protocol?.upstreamHeaders({}, new Set()),
    ...upstream.provider.authorize(upstream.secret, protocol?.id ?? '', upstream.options),
    ...upstream.headers,
  };
  const probe = createProbe(
    transport,
    { origin: upstream.origin, basePath: upstream.basePath, headers, signer: upstream.signer },
    patience,
  );
  const url = urlOf(upstream);
  try {
    const models = (await upstream.provider.discover?.(probe)) ?? [];
    upstream.learn(models);
    const slots = await upstream.provider.slots?.(probe);
    if (slots !== undefined) onSlots(upstream.name, slots);
    return { upstream: upstream.name, models, url, problem: undefined };
  } catch (error) {
    return { upstream: upstream.name, models: [], url, problem: probeFailure(error) };
  }
}

function urlOf({ origin, basePath }: LiveUpstream): string {
  const { tls, host, port } = origin;
  const shown = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${shown}:${port}${basePath}`;
}
