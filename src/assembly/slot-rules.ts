// How many calls each upstream of a config works on at a time, and how many wait for it.
import type { Config } from '../config/schema.ts';
import { type Concurrency, usualQueue } from '../flow/dispatch/options.ts';
import type { GateRule } from '../flow/dispatch/slots/gate.ts';
import type { LiveUpstream } from './upstreams.ts';

export function slotRules(config: Config, upstreams: readonly LiveUpstream[]): readonly GateRule[] {
  return config.upstreams.flatMap((options) => {
    const upstream = upstreams.find((live) => live.name === options.name);
    if (upstream === undefined) return [];
    const concurrency = options.concurrency ?? usual(upstream);
    const queue = options.queue ?? usualQueue;
    return [{ upstream: upstream.name, place: placeOf(upstream), concurrency, queue }];
  });
}

/** An engine that says what it can do is believed; services say it call by call. */
function usual({ provider }: LiveUpstream): Concurrency {
  return provider.slots === undefined ? 'none' : 'discovered';
}

function placeOf({ provider, origin, basePath }: LiveUpstream): string {
  return JSON.stringify([provider.id, origin, basePath]);
}
