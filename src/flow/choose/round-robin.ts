// Stage choose, strategy round-robin: everybody's turn comes once per round; the others follow in order.
import type { Random } from '../../ports.ts';
import type { Target } from '../stage.ts';
import type { Selector } from './selector.ts';

export function createRoundRobin(targets: readonly Target[], random: Random): Selector {
  const rounds = targets.map((_, first) => [...targets.slice(first), ...targets.slice(0, first)]);
  // Processes that start together should not all begin with the same target.
  let turn = Math.floor(random.next() * rounds.length);
  return {
    order: () => {
      const order = rounds[turn] ?? targets;
      turn = (turn + 1) % rounds.length;
      return order;
    },
    reasons: () => ({ first: 'its turn', later: 'its turn comes later' }),
  };
}
