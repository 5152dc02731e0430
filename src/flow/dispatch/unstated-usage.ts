// What an attempt used when the upstream does not say: an estimate that says it is one.
import { isErrand } from '../../canonical/errand.ts';
import { estimatedInput } from '../../canonical/estimate.ts';
import type { Operation, Protocol, Watcher } from '../../canonical/protocol.ts';
import { noUsage, type Usage } from '../../canonical/usage.ts';
import type { Planned, Target } from '../stage.ts';
import { bytesPerToken } from './count.ts';

/** Output tokens seen. Vectors, sound and pictures are none, however many bytes they take. */
export function seenOutput(operation: Operation, watcher: Watcher | undefined): number {
  return isErrand(operation) ? 0 : (watcher?.pieces ?? 0);
}

export function unstatedUsage(
  { wire }: Planned,
  target: Target,
  operation: Operation,
  protocol: Protocol | undefined,
  output: number,
): Usage {
  const guess = { ...noUsage, fresh: estimatedInput(wire, bytesPerToken(target)), output, estimated: true };
  const units = isErrand(operation) ? protocol?.errands?.[operation]?.unitsOf?.(wire) : undefined;
  return units === undefined ? guess : { ...guess, units };
}
