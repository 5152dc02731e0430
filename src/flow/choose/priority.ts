// Stage choose, strategy priority: the order in which the operator wrote them.
import type { Selector } from './selector.ts';

export function createPriority(): Selector {
  return {
    order: (_call, targets) => targets,
    reasons: () => ({ first: 'first in order', later: 'next in order' }),
  };
}
