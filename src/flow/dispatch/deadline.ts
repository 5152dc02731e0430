// How long a call may take in all: its attempts, and the waits between them. The caller may say less than the operator.
import { GatewayError } from '../../canonical/errors.ts';
import type { Planned } from '../stage.ts';

export const TIMEOUT_HEADER = 'x-signalbox-timeout';

/** Monotonic milliseconds. `usual`: where the model has no word on it. Throws for a header that cannot be read. */
export function deadlineOf({ virtual, headers, receipt }: Planned, usual: number): number {
  const asked = headers[TIMEOUT_HEADER];
  const most = virtual.deadline ?? usual;
  return receipt.arrived + (asked === undefined ? most : Math.min(most, milliseconds(asked)));
}

/** Seconds, as clients count them. */
function milliseconds(asked: string): number {
  const seconds = Number(asked);
  if (asked.trim() !== '' && seconds > 0) return seconds * 1_000;
  throw new GatewayError(
    'bad_request',
    `The header "${TIMEOUT_HEADER}" must be a number of seconds above zero.`,
    {
      param: TIMEOUT_HEADER,
      remedy: 'For example: 30.',
    },
  );
}
