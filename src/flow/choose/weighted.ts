// Stage choose, strategy weighted: smooth weighted round-robin. Of as many calls as the weights sum up to,
// each target gets exactly its weight, spread as evenly as can be; no dice, so no streaks.
import type { Random } from '../../ports.ts';
import type { Target } from '../stage.ts';
import type { Selector } from './selector.ts';

interface Share {
  readonly target: Target;
  readonly weight: number;
  readonly place: number;
  /** What the target is owed: it grows by the weight each turn, and the one chosen pays for all. */
  owed: number;
}

/** Random beginnings need no more turns than this to differ. */
const MOST_WARM_UP = 1_000;

export function createWeighted(targets: readonly Target[], random: Random): Selector {
  const shares = targets.map((target, place): Share => ({ target, weight: target.weight, place, owed: 0 }));
  const total = shares.reduce((sum, share) => sum + share.weight, 0);
  const skipped = Math.floor(random.next() * Math.min(total, MOST_WARM_UP));
  for (let turn = 0; turn < skipped; turn += 1) pick(shares, total);
  return {
    order: () => {
      const first = pick(shares, total);
      // Should the first fail, whoever is owed most goes next; a weight of zero is a last resort.
      const rest = shares.filter((share) => share !== first).sort(byClaim);
      return first === undefined ? targets : [first.target, ...rest.map((share) => share.target)];
    },
    reasons: (target) => ({
      first: `weight ${target.weight} of ${total}`,
      later: target.weight === 0 ? 'weight 0, last resort' : `weight ${target.weight} of ${total}, later`,
    }),
  };
}

function pick(shares: readonly Share[], total: number): Share | undefined {
  let most: Share | undefined;
  for (const share of shares) {
    share.owed += share.weight;
    if (most === undefined || share.owed > most.owed) most = share;
  }
  if (most !== undefined) most.owed -= total;
  return most;
}

function byClaim(a: Share, b: Share): number {
  if (a.weight === 0 || b.weight === 0) return b.weight - a.weight || a.place - b.place;
  return b.owed - a.owed || a.place - b.place;
}
