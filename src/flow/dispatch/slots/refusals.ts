// What callers read who waited in vain: where they stood, and when it makes sense to come again.
import { GatewayError } from '../../../canonical/errors.ts';

export interface Crowd {
  readonly upstream: string;
  readonly limit: number;
  readonly waiting: number;
  /** Milliseconds until all who wait now have been served. */
  readonly drained: number;
}

const LONGEST_ADVICE = 600;

export function waitedInVain(crowd: Crowd, position: number, waited: number): GatewayError {
  const where = `it was at position ${position} of ${crowd.waiting} in the queue`;
  const message = `The upstream "${crowd.upstream}" had no room for this call for ${spanOf(waited)}: ${where}.`;
  return refusal(message, crowd);
}

export function queueFull(crowd: Crowd): GatewayError {
  const { upstream, limit, waiting } = crowd;
  const slots = limit === 1 ? 'its only slot' : `one of its ${limit} slots`;
  const message =
    waiting === 0
      ? `The upstream "${upstream}" has no room for this call: ${limit} ${limit === 1 ? 'call is' : 'calls are'} under way.`
      : `The queue of the upstream "${upstream}" is full: ${waiting} ${waiting === 1 ? 'call waits' : 'calls wait'} for ${slots}.`;
  return refusal(message, crowd);
}

function refusal(message: string, { drained }: Crowd): GatewayError {
  const seconds = Math.min(LONGEST_ADVICE, Math.max(1, Math.ceil(drained / 1000)));
  return new GatewayError('overloaded', message, {
    remedy: `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    retryAfter: seconds,
  });
}

function spanOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 100) / 10;
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
