// What a caller is told when no target answered: what was tried, what was left out and why, and when to come again.
import { GatewayError } from '../../canonical/errors.ts';
import type { Target } from '../stage.ts';
import type { TargetHealth } from './health/health-book.ts';

export interface LeftOut {
  readonly target: Target;
  readonly health: TargetHealth;
  readonly reason: string;
  /** Better than nothing: it may be well. */
  readonly doubted: boolean;
  /** Monotonic milliseconds. */
  readonly until: number;
}

export interface Failure {
  readonly target: Target;
  readonly error: GatewayError;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** The last failure decides the status; the message says what happened at each target. */
export function whyUnanswered(
  model: string,
  failures: readonly Failure[],
  left: readonly LeftOut[],
  now: number,
): GatewayError {
  const last = failures.at(-1);
  if (last === undefined) return nobodyTried(model, left, now);
  if (last.error.blame !== 'upstream' && failures.length === 1) return last.error;
  const told = failures.map(({ target, error }) => `${target.label}: ${error.message}`);
  const what = new Set(failures.map(({ target }) => target)).size === told.length ? 'targets' : 'attempts';
  const many = told.length > 1 ? `All ${told.length} ${what} failed. ` : '';
  const untold = left.map(({ target, reason }) => ` ${target.label} was left out: ${reason}.`);
  return new GatewayError(last.error.code, `${many}${told.join(' ')}${untold.join('')}`, last.error.detail);
}

function nobodyTried(model: string, left: readonly LeftOut[], now: number): GatewayError {
  if (left.length === 0) return new GatewayError('no_target', 'No target was left to try.');
  const soonest = left.reduce((best, one) => (one.until < best.until ? one : best));
  const rest = soonest.health.credentials.soonest(soonest.target.model);
  const told = left.map(({ target, reason }) => `${target.label}: ${reason}.`).join(' ');
  const message = `No target of the model "${model}" can be tried now. ${told}`;
  if (rest?.why === 'refused') return new GatewayError('upstream_auth', message);
  const retryAfter = Math.max(1, Math.ceil((soonest.until - now) / 1_000));
  return new GatewayError(rest === undefined ? 'no_target' : 'upstream_rate_limited', message, {
    retryAfter,
  });
}
