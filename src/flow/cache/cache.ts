// Stage cache: was this very call answered already, or is somebody asking it right now? Then nobody is
// asked again. Only whole successes are kept, and only for models whose rules say so.
import type { Clock } from '../../ports.ts';
import type { Admitted, Stage } from '../stage.ts';
import { Answering } from './answering.ts';
import type { ExactStore } from './store.ts';

export interface CacheParts {
  readonly clock: Clock;
  readonly store: ExactStore;
}

export function cache({ clock, store }: CacheParts): Stage<Admitted, Admitted> {
  return (next) => {
    const answering = new Answering(clock, store, next);
    return (call, to) => answering.answer(call, to);
  };
}
