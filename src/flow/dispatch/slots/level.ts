// Whose turn is first: what keys and models say of priority.
import type { Priority } from '../../../canonical/caller.ts';
import type { Level } from '../../../lib/fair-queue.ts';
import type { Planned } from '../../stage.ts';

const levels: Readonly<Record<Priority, Level>> = { high: 0, normal: 1, low: 2 };

/** The lower one of what is said of the key and of the model: a batch job stays one whichever model it calls. */
export function levelOf({ caller, virtual }: Planned): Level {
  const own = levels[caller.priority ?? virtual.priority ?? 'normal'];
  const model = levels[virtual.priority ?? caller.priority ?? 'normal'];
  return own > model ? own : model;
}
