// A day at an engine that several share, without a second of waiting: calls arrive at their times, hold a slot for theirs,
// and tell how long it took altogether.

import type { Priority } from '../../src/canonical/caller.ts';
import { GatewayError } from '../../src/canonical/errors.ts';
import type { Slot } from '../../src/flow/dispatch/slots/slots.ts';
import { scene } from './slots-scene.ts';

export interface Arrival {
  readonly at: number;
  readonly tenant: string;
  /** Milliseconds of work. */
  readonly work: number;
  readonly priority?: Priority;
}

export interface Done {
  readonly arrival: Arrival;
  /** Undefined: it was turned away. */
  readonly took: number | undefined;
}

export async function simulate(arrivals: readonly Arrival[], slots: number): Promise<readonly Done[]> {
  const { ask, clock } = scene({ concurrency: slots });
  const coming = [...arrivals].sort((a, b) => a.at - b.at);
  const leaving: { readonly at: number; readonly leave: () => void }[] = [];
  const done: Done[] = [];
  let next = 0;
  const begin = (arrival: Arrival, leave: () => void): void => {
    leaving.push({ at: clock.now() + arrival.work, leave });
    done.push({ arrival, took: clock.now() + arrival.work - arrival.at });
  };
  const arrive = (arrival: Arrival): void => {
    const { call, now } = ask(arrival.tenant, { priority: arrival.priority });
    const settle = (outcome: Slot | GatewayError): void => {
      if (outcome instanceof GatewayError) done.push({ arrival, took: undefined });
      else begin(arrival, () => outcome.leave(call));
    };
    if (now instanceof Promise) void now.then(settle);
    else settle(now);
  };
  while (next < coming.length || leaving.length > 0) {
    const first = earliest(leaving);
    const arrival = coming[next];
    const at = Math.min(first === undefined ? Infinity : (leaving[first]?.at ?? 0), arrival?.at ?? Infinity);
    clock.advance(at - clock.now());
    if (arrival !== undefined && arrival.at <= at) {
      next += 1;
      arrive(arrival);
    } else if (first !== undefined) leaving.splice(first, 1)[0]?.leave();
    // Who was served by this hears of it before anything else happens.
    for (let i = 0; i < 4; i += 1) await undefined;
  }
  return done;
}

function earliest(leaving: readonly { readonly at: number }[]): number | undefined {
  let found: number | undefined;
  for (const [i, { at }] of leaving.entries()) {
    if (found === undefined || at < (leaving[found]?.at ?? 0)) found = i;
  }
  return found;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
