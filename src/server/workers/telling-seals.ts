// Seals that the other workers hear of as well.
import type { SealKeeper } from '../../canonical/seal-keeper.ts';
import type { Seals } from '../../ports.ts';
import type { WorkerTies } from './messages.ts';

export function tellingSeals(seals: Seals, ties: Pick<WorkerTies, 'tellSeal'>): Seals {
  return {
    of(tenant) {
      const keeper = seals.of(tenant);
      const telling: SealKeeper = {
        keep(callId, sealed) {
          keeper.keep(callId, sealed);
          ties.tellSeal({ tenant, callId, sealed });
        },
        find: (callId) => keeper.find(callId),
      };
      return telling;
    },
  };
}
