// Stage choose, strategy least-load: the upstream with the fewest calls under way for its weight.
import type { Target } from '../stage.ts';
import type { Selector } from './selector.ts';

export function createLeastLoad(): Selector {
  return {
    // Sorting is stable: equal loads stay in the operator's order.
    order: (_call, targets) => [...targets].sort((a, b) => compare(loadOf(a), loadOf(b))),
    reasons: () => ({ first: 'least load', later: 'more load' }),
  };
}

/** A weight of zero carries nothing: a last resort, whatever its load. */
function loadOf({ upstream, weight }: Target): number {
  return weight === 0 ? Number.POSITIVE_INFINITY : upstream.load.inflight / weight;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
