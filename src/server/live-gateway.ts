// The gateway of the moment. A good new config swaps it; calls under way finish on the one they began on.

import { Awakening, discoverAll } from '../assembly/discovery.ts';
import { createKeys } from '../assembly/keys.ts';
import type { Secret } from '../canonical/ids.ts';
import type { Config } from '../config/schema.ts';
import { createGateway, type Edges, type Gateway } from '../gateway.ts';
import { inForce } from './in-force.ts';
import { slotShare } from './workers/share.ts';

export interface LiveParts {
  readonly edges: Edges;
  readonly pepper: Buffer;
  readonly firstKey: string | undefined;
  /** Processes that take calls: each has its share of what an engine can do. */
  readonly workers: number;
  /** Told which secrets must not appear in any output from now on. */
  readonly guard: (secrets: readonly Secret[]) => void;
}

/** How long an engine may take to list its models: at start, somebody is waiting. */
const PATIENCE = 2_000;

export class LiveGateway {
  readonly #parts: LiveParts;
  readonly #awakening: Awakening;
  #current: Gateway;
  /** Replaced, but still finishing calls when last looked at. */
  #retired: readonly Gateway[] = [];

  constructor(config: Config, parts: LiveParts) {
    this.#parts = parts;
    this.#awakening = new Awakening(parts.edges.health);
    this.#current = this.#create(config, []);
  }

  get current(): Gateway {
    return this.#current;
  }

  /** Calls in the house, those on gateways of earlier configs included. */
  get inflight(): number {
    let sum = this.#current.inflight;
    for (const gateway of this.#retired) sum += gateway.inflight;
    return sum;
  }

  swap(config: Config): void {
    this.#retired = [...this.#retired, this.#current].filter((gateway) => gateway.inflight > 0);
    this.#current = this.#create(inForce(this.#current.config, config), this.#current.upstreams);
  }

  /** Looks after upstreams that could not be reached. */
  awaken(): void {
    this.#awakening.look(this.#current.upstreams, this.#parts.edges.transport, PATIENCE);
  }

  discover(): ReturnType<typeof discoverAll> {
    const { workers, edges } = this.#parts;
    const { transport, slots } = edges;
    return discoverAll(this.#current.upstreams, transport, PATIENCE, (name, told) =>
      slots.tell(name, slotShare(told, workers)),
    );
  }

  #create(config: Config, earlier: Gateway['upstreams']): Gateway {
    const { edges, pepper, firstKey, guard } = this.#parts;
    guard(secretsOf(config));
    const local = config.keys.length === 0 ? firstKey : undefined;
    const keys = createKeys({ pepper, clock: edges.clock, keys: config.keys, firstKey: local });
    return createGateway(config, keys, edges, earlier);
  }
}

function secretsOf(config: Config): readonly Secret[] {
  const keys = config.keys.flatMap((key) => key.secret ?? []);
  const upstreams = config.upstreams.flatMap((upstream) => [
    ...upstream.secrets,
    ...Object.values(upstream.headers),
  ]);
  return [...keys, ...upstreams];
}
