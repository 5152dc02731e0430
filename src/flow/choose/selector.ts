// Stage choose: a strategy puts a model's targets in the order in which they are to be tried. The state
// it keeps belongs to one model; the targets it is asked about never change.
import type { Admitted, Target } from '../stage.ts';

export interface Selector {
  order(call: Admitted, targets: readonly Target[]): readonly Target[];
  /** Why a target stands where it does: as the first, or further down. Asked once per target. */
  reasons(target: Target): Reasons;
}

export interface Reasons {
  readonly first: string;
  readonly later: string;
}
