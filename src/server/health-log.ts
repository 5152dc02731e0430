// What operators read when a target goes out or comes back: a line for each change, none for each call.
import type { HealthChange } from '../flow/dispatch/health/health-book.ts';
import type { Log } from '../telemetry/log.ts';

const words = {
  up: 'A target is well again.',
  out: 'A target is out.',
  probing: 'A target that was out is probed by a call.',
  ramping: 'A target that was out answers again.',
} as const;

export function tellHealth(log: Log): (change: HealthChange) => void {
  return ({ target, state, wait }) => {
    const again = state === 'out' ? { again_in: `${Math.ceil(wait / 1_000)} s` } : {};
    log.event(state === 'out' ? 'warn' : 'info', words[state], { target, ...again });
  };
}
