// How long a call may take in all: its attempts, and the waits between them. The caller may say less than the operator.
import type { Planned } from '../stage.ts';

export const TIMEOUT_HEADER = 'x-signalbox-timeout';

/** Monotonic milliseconds. `usual`: where the model has no word on it. */
export function deadlineOf({ virtual, headers, receipt }: Planned, usual: number): number {
  const asked = headers[TIMEOUT_HEADER];
  const most = virtual.deadline ?? usual;
  return receipt.arrived + (asked === undefined ? most : Math.min(most, milliseconds(asked)));
}

/** Seconds, as clients count them; what cannot be read bounds nothing. */
function milliseconds(asked: string): number {
  const seconds = Number(asked);
  return asked !== '' && seconds > 0 ? seconds * 1_000 : Number.POSITIVE_INFINITY;
}
